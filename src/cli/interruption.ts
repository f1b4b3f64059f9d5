/**
 * Ctrl-C for commands that train: the first one asks the training to finish its epoch and save, the second ends the
 * process at once. A wrapper such as npx passes the terminal's signal on once more, so a second signal within a moment of
 * the first is the same key press.
 */
import type { Terminal } from "./terminal.ts";

export interface Interruption {
  readonly signal: AbortSignal;
  /** Takes the handlers away again, unless there was a signal. */
  dispose(): void;
}

const samePressMilliseconds = 500;

const firstWords = {
  here: "Finishing this epoch, then saving. Press Ctrl-C again to stop at once, without saving.",
  elsewhere: "Stopping. What workers have begun stays with the server, and is collected when this goes on.",
};

/** @param tell says what happens now; called once @param training where it runs */
export function watchInterruption(
  terminal: Terminal,
  tell: (text: string) => void,
  training: keyof typeof firstWords = "here",
): Interruption {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (): void => {
    const now = performance.now();
    if (controller.signal.aborted) {
      if (now - firstAt > samePressMilliseconds) process.exit(130);
      return;
    }
    firstAt = now;
    tell(firstWords[training]);
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  terminal.onReaderGone(() => controller.abort());
  return {
    signal: controller.signal,
    dispose: () => {
      // A process that was stopped is about to end: a second key press until then ends it with the same code.
      if (controller.signal.aborted) return;
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
