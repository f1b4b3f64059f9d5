/**
 * Lets the event loop turn while a long computation runs: progress can be drawn and signals arrive. Steps take a
 * millisecond and a turn costs tens of microseconds, so it is given at intervals, not at each step.
 */
import { setImmediate } from "node:timers/promises";

const millisecondsBetweenTurns = 50;

export interface Breather {
  /** True once the interval has passed: the caller then awaits `turn`. */
  isDue(): boolean;
  turn(): Promise<void>;
}

export function createBreather(): Breather {
  let last = performance.now();
  return {
    isDue: () => performance.now() - last >= millisecondsBetweenTurns,
    turn: async () => {
      await setImmediate();
      last = performance.now();
    },
  };
}
