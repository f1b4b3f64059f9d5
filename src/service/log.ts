/** The service's log: JSON a line on standard output, some lines at a time, since a write for each would cost more than most answers. */
import pino, { type Logger } from "pino";

export interface ServiceLog {
  readonly logger: Logger;
  /** Writes what is held back. */
  end(): void;
}

const heldBytes = 8192;
/** Nobody who reads along waits longer. */
const heldMilliseconds = 500;

/** @param destination a file; default: standard output */
export function openLog(level: string, destination: string | number = 1): ServiceLog {
  const stream = pino.destination({ dest: destination, minLength: heldBytes, sync: true });
  const flush = (): void => {
    try {
      stream.flushSync();
    } catch {
      // A reader of the log that is slow or gone is no reason to stop.
    }
  };
  const timer = setInterval(flush, heldMilliseconds);
  timer.unref();
  stream.on("error", () => undefined);
  return {
    logger: pino({ level, base: { pid: process.pid } }, stream),
    end: () => {
      clearInterval(timer);
      flush();
    },
  };
}
