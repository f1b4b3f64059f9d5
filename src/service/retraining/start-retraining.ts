/** Starts a retraining in a process of its own, and tells how it ended. */
import { fork } from "node:child_process";
import os from "node:os";
import { z } from "zod";
import type { TrainingOptionsInput } from "../../training/configuration.ts";
import { retrainingNoteSchema } from "./versions.ts";

export interface RetrainingTask {
  /** Address. */
  readonly store: string;
  readonly versions: string;
  readonly keep: number;
  readonly dataset?: string | undefined;
  readonly threads: number;
  readonly options: TrainingOptionsInput;
  /** Builds the index of what is to be served, so that no service has to. */
  readonly index: boolean;
}

const messageSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("epoch"), epoch: z.number() }),
  z.object({ kind: z.literal("busy") }),
  z.object({ kind: z.literal("finished"), version: z.string(), note: retrainingNoteSchema }),
  /** ours: a refusal in plain words, else with its stack. */
  z.object({ kind: z.literal("failed"), message: z.string(), ours: z.boolean() }),
]);
export type RetrainingMessage = z.output<typeof messageSchema>;
export type RetrainingEnd = Exclude<RetrainingMessage, { readonly kind: "epoch" }>;

export interface RunningRetraining {
  readonly ended: Promise<RetrainingEnd>;
  /** Ends it at once; nothing of it remains. */
  kill(): void;
}

export interface StartOptions {
  readonly onEpoch?: ((epoch: number) => void) | undefined;
  /** Beside a service, whose requests come first. */
  readonly inBackground?: boolean | undefined;
}

export function startRetraining(task: RetrainingTask, options: StartOptions = {}): RunningRetraining {
  const file = import.meta.url.endsWith(".ts") ? "./retraining-process.ts" : "./retraining-process.js";
  const child = fork(new URL(file, import.meta.url), { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
  if (options.inBackground === true && child.pid !== undefined) {
    try {
      os.setPriority(child.pid, os.constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // Where priorities cannot be set, or it has ended, it runs as it is.
    }
  }
  const killWithParent = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", killWithParent);
  const ended = new Promise<RetrainingEnd>((settle, fail) => {
    let last: RetrainingEnd | undefined;
    child.on("message", (value) => {
      const message = messageSchema.parse(value);
      if (message.kind === "epoch") options.onEpoch?.(message.epoch);
      else last = message;
    });
    child.once("error", fail);
    child.once("close", (code, signal) => {
      process.off("exit", killWithParent);
      settle(
        last ?? {
          kind: "failed",
          message: `its process ended with ${signal ?? `code ${code}`}, perhaps for want of memory`,
          ours: true,
        },
      );
    });
  });
  child.send({ ...task });
  return { ended, kill: () => child.kill("SIGKILL") };
}
