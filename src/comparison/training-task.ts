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
  /** Its name in the comparison. */
  readonly contender: string;
  readonly model: ModelName;
  readonly backbone: BackboneName | undefined;
  readonly options: TrainingOptions;
  readonly seed: number;
  readonly threads: number;
  /** What the run calls the dataset; default: its name and folder here. */
  readonly shownAs?: { readonly name: string; readonly folder: string } | undefined;
}

export const epochMessageSchema = z.object({
  kind: z.literal("epoch"),
  epoch: z.number(),
  best: z.number().optional(),
  secondsLeft: z.number(),
});

const messageSchema = z.discriminatedUnion("kind", [
  epochMessageSchema,
  z.object({ kind: z.literal("finished") }),
  z.object({ kind: z.literal("interrupted") }),
  z.object({ kind: z.literal("refused"), message: z.string() }),
  /** The machine has too little memory; another may have enough. */
  z.object({ kind: z.literal("unfit"), message: z.string() }),
  z.object({ kind: z.literal("failed"), message: z.string() }),
]);
/** What a training process tells. */
export type TrainingMessage = z.output<typeof messageSchema>;
export type EpochMessage = Extract<TrainingMessage, { readonly kind: "epoch" }>;
/** How a training's process ended; without a word where it died. */
export type TrainingEnd = Exclude<TrainingMessage, EpochMessage> | { readonly kind: "died"; readonly how: string };

export interface TrainingWatch {
  /** When aborted, the epoch is finished and saved where the training runs here. */
  readonly signal: AbortSignal;
  /** A machine has begun it; never called where it is trained here. */
  readonly onWorker?: ((worker: string) => void) | undefined;
  readonly onEpoch?: ((message: EpochMessage) => void) | undefined;
}

/** Trains, or goes on with a training that was begun. @returns whether it ended or was stopped; @throws RunError with the training's own words */
export type TrainTask = (
  task: TrainingTask,
  watch: TrainingWatch,
) => Promise<
  /** The worker that trained it; absent: here. */
  { readonly kind: "finished"; readonly worker?: string | undefined } | { readonly kind: "interrupted" }
>;

const running = new Set<ChildProcess>();

function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** One attempt in a process of its own. */
export function trainOnce(task: TrainingTask, { signal, onEpoch }: TrainingWatch): Promise<TrainingEnd> {
  return new Promise((settle, fail) => {
    const file = import.meta.url.endsWith(".ts") ? "./training-process.ts" : "./training-process.js";
    const child = fork(new URL(file, import.meta.url), { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    if (running.size === 0) process.on("exit", killRunning);
    running.add(child);
    const stop = (): void => {
      if (child.connected) child.send("stop");
    };
    let last: TrainingEnd | undefined;
    child.on("message", (value) => {
      const message = messageSchema.parse(value);
      if (message.kind === "epoch") onEpoch?.(message);
      else last = message;
    });
    child.on("error", fail);
    child.on("close", (code, killed) => {
      running.delete(child);
      if (running.size === 0) process.off("exit", killRunning);
      signal.removeEventListener("abort", stop);
      settle(last ?? { kind: "died", how: killed ?? `code ${code}` });
    });
    child.send({ ...task });
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}

/** Trains in a process of its own. */
export const trainApart: TrainTask = async (task, watch) => {
  const end = await trainOnce(task, watch);
  switch (end.kind) {
    case "finished":
    case "interrupted":
      return end;
    case "refused":
    case "unfit":
      throw new RunError(end.message);
    case "failed":
      throw new Error(end.message);
    case "died":
      throw new RunError(
        `its process ended with ${end.how}, perhaps for want of memory; start the comparison again and it goes on from its last checkpoint`,
      );
  }
};
