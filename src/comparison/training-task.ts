/** A training as a task for another process: what goes there, what comes back, and how it is started, watched and stopped from here. */
import { type ChildProcess, fork } from "node:child_process";
import { z } from "zod";
import { RunError } from "../errors.ts";
import type { BackboneName, ModelName } from "../models/configuration.ts";
import type { TrainingOptions } from "../training/configuration.ts";

export interface TrainingTask {
  /** Folder. */
  readonly dataset: string;
  readonly out: string;
  readonly model: ModelName;
  readonly backbone: BackboneName | undefined;
  readonly options: TrainingOptions;
  readonly seed: number;
  readonly threads: number;
}

const messageSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("epoch"),
    epoch: z.number(),
    best: z.number().optional(),
    secondsLeft: z.number(),
  }),
  z.object({ kind: z.literal("finished") }),
  z.object({ kind: z.literal("interrupted") }),
  z.object({ kind: z.literal("refused"), message: z.string() }),
  z.object({ kind: z.literal("failed"), message: z.string() }),
]);
/** What a training process tells. */
export type TrainingMessage = z.output<typeof messageSchema>;
export type EpochMessage = Extract<TrainingMessage, { readonly kind: "epoch" }>;

export interface TrainingWatch {
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch?: ((message: EpochMessage) => void) | undefined;
}

/** Trains, or goes on with a training that was begun. @returns whether it ended or was stopped and saved; @throws RunError with the training's own words */
export type TrainTask = (task: TrainingTask, watch: TrainingWatch) => Promise<"finished" | "interrupted">;

const running = new Set<ChildProcess>();

function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Trains in a process of its own. */
export const trainApart: TrainTask = (task, { signal, onEpoch }) =>
  new Promise((settle, fail) => {
    const file = import.meta.url.endsWith(".ts") ? "./training-process.ts" : "./training-process.js";
    const child = fork(new URL(file, import.meta.url), { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    if (running.size === 0) process.on("exit", killRunning);
    running.add(child);
    const stop = (): void => {
      if (child.connected) child.send("stop");
    };
    let last: TrainingMessage | undefined;
    child.on("message", (value) => {
      const message = messageSchema.parse(value);
      if (message.kind === "epoch") onEpoch?.(message);
      else last = message;
    });
    child.on("error", fail);
    child.on("close", (code, killed) => {
      running.delete(child);
      if (running.size === 0) process.off("exit", killRunning);
      signal?.removeEventListener("abort", stop);
      if (last?.kind === "finished" || last?.kind === "interrupted") settle(last.kind);
      else if (last?.kind === "refused") fail(new RunError(last.message));
      else if (last?.kind === "failed") fail(new Error(last.message));
      else {
        fail(
          new RunError(
            `its process ended with ${killed ?? `code ${code}`}, perhaps for want of memory; start the comparison again and it goes on from its last checkpoint`,
          ),
        );
      }
    });
    child.send({ ...task });
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
  });
