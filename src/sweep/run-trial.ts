/** A trial handed to a process of this machine: started, watched, stopped, and tried once more when the process dies. */
import { type ChildProcess, fork } from "node:child_process";
import type { TrialPlace, TrialProgress } from "./train-trial.ts";
import type { TrialOutcome, TrialTask, Unfit } from "./trial.ts";
import type { TrialMessage } from "./trial-process.ts";

export interface TrialWatch {
  /** When aborted, the trial is saved where it can be. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrialProgress) => void;
}

const running = new Set<ChildProcess>();

function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** @returns undefined when the process ended without a word */
function runOnce(
  task: TrialTask,
  place: TrialPlace,
  watch: TrialWatch,
): Promise<TrialMessage | { readonly died: string }> {
  return new Promise((settle, fail) => {
    const file = import.meta.url.endsWith(".ts") ? "./trial-process.ts" : "./trial-process.js";
    const child = fork(new URL(file, import.meta.url), { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    if (running.size === 0) process.on("exit", killRunning);
    running.add(child);
    const stop = (): void => {
      if (child.connected) child.send("stop");
    };
    let last: TrialMessage | undefined;
    child.on("message", (message: TrialMessage) => {
      if (message.kind === "progress") watch.onProgress(message.progress);
      else last = message;
    });
    child.on("error", fail);
    child.on("close", (code, signal) => {
      running.delete(child);
      if (running.size === 0) process.off("exit", killRunning);
      watch.signal.removeEventListener("abort", stop);
      settle(last ?? { died: signal ?? `code ${code}` });
    });
    child.send({ task, place });
    watch.signal.addEventListener("abort", stop, { once: true });
    if (watch.signal.aborted) stop();
  });
}

/** @returns undefined when the signal ended it @throws Error with the stack of a fault in the trial's process */
export async function runTrialApart(
  task: TrialTask,
  place: TrialPlace,
  watch: TrialWatch,
): Promise<TrialOutcome | Unfit | undefined> {
  for (let attempt = 1; ; attempt++) {
    const message = await runOnce(task, place, watch);
    if ("died" in message) {
      if (watch.signal.aborted) return undefined;
      if (attempt === 1) continue;
      return {
        status: "failed",
        message: `its process ended twice with ${message.died}, perhaps for want of memory; let fewer trials run at a time`,
      };
    }
    switch (message.kind) {
      case "ended":
        return message.outcome;
      case "unfit":
        return { status: "unfit", message: message.message };
      case "interrupted":
        return undefined;
      case "fault":
        throw new Error(message.message);
      case "progress":
        throw new Error("a trial's process ended with progress");
    }
  }
}
