/**
 * One training of a comparison in a process of its own, so that its peak memory and its time are its own. The task comes as the first message,
 * progress and outcome go back as messages. The message "stop" saves a checkpoint and ends it; when the parent is gone it ends at once, as the
 * parent's next start goes on from the last checkpoint.
 */
import { z } from "zod";
import { readDataset } from "../data/index.ts";
import { LatticeworkError } from "../errors.ts";
import { backboneNames, modelNames } from "../models/configuration.ts";
import { folderState } from "../runs/folder-state.ts";
import { InterruptedError, trainRun } from "../runs/train-run.ts";
import { trainingOptionsSchema } from "../training/configuration.ts";
import { MachineMemoryError } from "../training/estimate.ts";
import type { TrainingMessage } from "./training-task.ts";

const taskSchema = z.object({
  dataset: z.string(),
  out: z.string(),
  model: z.enum(modelNames),
  backbone: z.enum(backboneNames).optional(),
  options: trainingOptionsSchema,
  seed: z.int(),
  threads: z.int().min(1),
  shownAs: z.object({ name: z.string(), folder: z.string() }).optional(),
});

function send(message: TrainingMessage): Promise<void> {
  return new Promise((sent) => {
    if (process.send === undefined) sent();
    else process.send(message, () => sent());
  });
}

async function trainTask(value: unknown, signal: AbortSignal): Promise<TrainingMessage> {
  try {
    const { shownAs, ...task } = taskSchema.parse(value);
    const { modalities } = task.options;
    await trainRun({
      ...task,
      dataset:
        shownAs === undefined ? task.dataset : { ...(await readDataset(task.dataset, { modalities })), ...shownAs },
      signal,
      resume: folderState(task.out) === "unfinished",
      onEvent: (event) => {
        if (event.kind !== "epoch") return;
        const { record, best, secondsLeft } = event;
        void send({ kind: "epoch", epoch: record.epoch, best: best?.value, secondsLeft });
      },
    });
    return { kind: "finished" };
  } catch (error) {
    if (error instanceof InterruptedError) return { kind: "interrupted" };
    if (error instanceof MachineMemoryError) return { kind: "unfit", message: error.message };
    if (error instanceof LatticeworkError) return { kind: "refused", message: error.message };
    return { kind: "failed", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

const stop = new AbortController();
// Ctrl-C reaches every process of the terminal; the parent says what is to be done about it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => stop.abort());
process.once("disconnect", () => process.exit(1));
process.once("message", (task) => {
  process.on("message", (message) => {
    if (message === "stop") stop.abort();
  });
  void trainTask(task, stop.signal).then(async (outcome) => {
    await send(outcome);
    process.exit(0);
  });
});
