/** An engine that counts the time spent in each of its operations: where an epoch goes. */
import type { Engine } from "../../src/engine/engine.ts";

export interface OperationTime {
  readonly operation: string;
  calls: number;
  seconds: number;
}

/** Not operations but what they stand in: counted by what they run. */
const notTimed: ReadonlySet<PropertyKey> = new Set(["step", "keep", "memory", "close"]);

/**
 * @param engine the engine that does the work
 * @returns the same engine for every caller, and its operations' times so far, which the caller may clear
 */
export function profiledEngine(engine: Engine): {
  readonly engine: Engine;
  readonly times: Map<string, OperationTime>;
} {
  const times = new Map<string, OperationTime>();
  const wrapped = new Map<PropertyKey, unknown>();
  const timed = new Proxy(engine, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function") return member;
      const known = wrapped.get(key);
      if (known !== undefined) return known;
      const operation = String(key);
      const call = (...given: unknown[]): unknown => {
        if (notTimed.has(key)) return Reflect.apply(member, target, given);
        const started = performance.now();
        try {
          return Reflect.apply(member, target, given);
        } finally {
          const time = times.get(operation) ?? { operation, calls: 0, seconds: 0 };
          time.calls += 1;
          time.seconds += (performance.now() - started) / 1000;
          times.set(operation, time);
        }
      };
      wrapped.set(key, call);
      return call;
    },
  });
  return { engine: timed, times };
}
