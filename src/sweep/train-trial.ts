/**
 * A trial trained in this process: no run folder, no look at the test set; what is left is its validation curve. A checkpoint folder, where one is
 * given, lets it go on after a kill, and to its next rung.
 */
import fs from "node:fs";
import path from "node:path";
import { readDataset } from "../data/index.ts";
import { openEngine } from "../engine/open.ts";
import { createModel } from "../models/index.ts";
import { checkOptions } from "../runs/check-options.ts";
import { checkpointFile } from "../training/checkpoint-format.ts";
import { estimateMemory } from "../training/estimate.ts";
import type { EpochRecord } from "../training/events.ts";
import { train } from "../training/train.ts";
import type { MeasuredOutcome, TrialTask } from "./trial.ts";
import { isDecided, outcomeOf } from "./trial-outcome.ts";

export interface TrialPlace {
  /** Dataset folder. */
  readonly dataset: string;
  readonly threads: number;
  /** Where its checkpoint is kept; absent: none is. */
  readonly checkpoints?: string | undefined;
}

export interface TrialProgress {
  readonly epoch: number;
  readonly best?: number | undefined;
}

/**
 * @param signal when aborted, the epoch is finished and saved, and undefined returned
 * @throws LatticeworkError for what this dataset, these options or this machine refuse
 */
export async function trainTrial(
  task: TrialTask,
  { dataset: folder, threads, checkpoints }: TrialPlace,
  signal: AbortSignal,
  onProgress: (progress: TrialProgress) => void,
): Promise<MeasuredOutcome | undefined> {
  const { model: name, backbone, options, seed } = task;
  const dataset = await readDataset(folder, { modalities: options.modalities });
  checkOptions(dataset, name, options, {});
  estimateMemory(dataset, name, options, threads, { backbone });
  const enough = new AbortController();
  const history: EpochRecord[] = [];
  const engine = await openEngine({ threads });
  try {
    const model = await createModel(engine, dataset, { model: name, backbone: backbone ?? "lightgcn", options, seed });
    const result = await train({
      engine,
      model,
      dataset,
      options,
      seed,
      signal: AbortSignal.any([signal, enough.signal]),
      checkpointFolder: checkpoints,
      resume: checkpoints !== undefined && fs.existsSync(path.join(checkpoints, checkpointFile)),
      onEvent: (event) => {
        if (event.kind !== "epoch" && event.kind !== "resumed") return;
        history.push(...(event.kind === "epoch" ? [event.record] : event.history));
        if (isDecided(history, task)) enough.abort();
        if (event.kind === "epoch") onProgress({ epoch: event.record.epoch, best: event.best?.value });
      },
    });
    model.dispose();
    return result.interrupted && !enough.signal.aborted ? undefined : outcomeOf(result, task);
  } finally {
    engine.close();
  }
}
