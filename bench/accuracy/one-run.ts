/**
 * One training of an accuracy suite, in a process of its own so that its peak memory is its own. Takes its task as
 * JSON in the first argument and prints a line for each validated epoch. SIGINT or SIGTERM saves a checkpoint and ends it.
 */
import { z } from "zod";
import { LatticeworkError } from "../../src/errors.ts";
import { backboneNames, modelNames } from "../../src/models/configuration.ts";
import { folderState } from "../../src/runs/folder-state.ts";
import { InterruptedError, trainRun } from "../../src/runs/train-run.ts";
import type { TrainingEvent } from "../../src/training/events.ts";
import { parseTrainingOptions } from "../../src/training/parse-options.ts";

export const taskSchema = z.object({
  dataset: z.string(),
  out: z.string(),
  model: z.enum(modelNames),
  backbone: z.enum(backboneNames).optional(),
  options: z.record(z.string(), z.unknown()),
  seed: z.int(),
  threads: z.int().min(1),
});

export type Task = z.infer<typeof taskSchema>;

function report(event: TrainingEvent): void {
  switch (event.kind) {
    case "epoch": {
      const { record, best } = event;
      const recall = record.validation?.["recall@20"];
      if (recall === undefined && record.epoch > 0) return;
      const bestSoFar = best === undefined ? "" : `, best ${best.value.toFixed(4)} at ${best.epoch}`;
      const validation = recall === undefined ? "" : `, validation R@20 ${recall.toFixed(4)}${bestSoFar}`;
      console.log(
        `epoch ${record.epoch}: loss ${record.loss.toFixed(4)}${validation}, ${record.seconds.toFixed(2)} s, ` +
          `${Math.round(event.secondsLeft)} s left at most`,
      );
      return;
    }
    case "notice":
      console.log(event.message);
      return;
    case "step":
    case "checkpoint":
      return;
  }
}

async function main(): Promise<void> {
  const task = taskSchema.parse(JSON.parse(process.argv[2] ?? ""));
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  await trainRun({
    dataset: task.dataset,
    out: task.out,
    model: task.model,
    backbone: task.backbone,
    options: parseTrainingOptions(task.options),
    seed: task.seed,
    threads: task.threads,
    signal: stop.signal,
    onEvent: report,
    resume: folderState(task.out) === "unfinished",
  });
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof LatticeworkError)) throw error;
    console.log(`${error.name}: ${error.message}`);
    process.exitCode = error instanceof InterruptedError ? 130 : 1;
  }
}
