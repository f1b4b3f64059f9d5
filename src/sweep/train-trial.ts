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
import type { EpochRecord, TrainingResult } from "../training/events.ts";
import { train } from "../training/train.ts";
import { type Curve, stoppedAfter, validationsOfGrace } from "./median-rule.ts";
import type { MeasuredOutcome, TrialTask } from "./trial.ts";

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

function curveOf(history: readonly EpochRecord[], figure: string): Curve {
  return history.flatMap(({ epoch, validation }): Curve => {
    const value = validation?.[figure];
    return value === undefined ? [] : [[epoch, value]];
  });
}

/** What counts of a training: its curve up to the end of the rung, or to where the median rule stops it, however far it really ran. */
function measure(result: TrainingResult, task: TrialTask): MeasuredOutcome {
  const { validateBy } = task.options;
  const untrained = result.validation[validateBy];
  const curve: Curve =
    result.history.length === 0 && untrained !== undefined
      ? [[0, untrained]]
      : curveOf(result.history.slice(0, task.epochs), validateBy);
  const stopped = stoppedAfter(curve, task.thresholds);
  const counted = curve.slice(0, stopped);
  const [bestEpoch, best] = counted.reduce((best, point) => (point[1] > best[1] ? point : best), counted[0] ?? [0, 0]);
  return {
    status: stopped === undefined ? "finished" : "stopped",
    curve: counted.map(([epoch, value]) => [epoch, value]),
    best,
    bestEpoch,
    epochs: stopped === undefined ? Math.min(result.epochs, task.epochs) : (counted.at(-1)?.[0] ?? 0) + 1,
    validation: result.history[bestEpoch]?.validation ?? result.validation,
    seconds: result.seconds.total + result.seconds.graph,
    peakMemoryBytes: result.peakMemoryBytes,
  };
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
  const points: (readonly [number, number])[] = [];
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
        if (event.kind !== "epoch") return;
        const { epoch, validation } = event.record;
        const value = validation?.[options.validateBy];
        if (value !== undefined) points.push([epoch, value]);
        const isSlow = points.length > validationsOfGrace && stoppedAfter(points, task.thresholds) !== undefined;
        if (epoch + 1 >= task.epochs || isSlow) enough.abort();
        onProgress({ epoch, best: event.best?.value });
      },
    });
    model.dispose();
    return result.interrupted && !enough.signal.aborted ? undefined : measure(result, task);
  } finally {
    engine.close();
  }
}
