/** Evaluating a finished run again, from its folder alone: another split, other cutoffs, another way of measuring. */
import type { Interactions } from "../data/dataset.ts";
import type { Engine, Matrix } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { ConfigError, DatasetError } from "../errors.ts";
import { coldItems } from "../evaluation/cold-start.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import type { MetricTable } from "../evaluation/metric-table.ts";
import type { ListListener } from "../evaluation/user-figures.ts";
import type { TrainingOptionsInput } from "../training/configuration.ts";
import { parseTrainingOptions } from "../training/parse-options.ts";
import { openRun } from "./open-run.ts";
import { itemScoresOf } from "./weights.ts";

/** Options that say how a run is measured; the others shaped the training and cannot change any more. */
const measuringKeys = ["ndcg", "maskValidation"] as const;

export interface EvaluateRunOptions {
  /** Default: test. */
  readonly split?: "validation" | "test" | undefined;
  /** Which items are ranked: all (the default), or only those without a training interaction; then only users who hold one out count. */
  readonly candidates?: "all" | "cold" | undefined;
  /** List lengths; default: 10 and 20. */
  readonly cutoffs?: readonly number[] | undefined;
  /** Measuring options that differ from the run's: `ndcg`, `maskValidation`. */
  readonly set?: TrainingOptionsInput | undefined;
  readonly threads?: number | undefined;
  /** To compute on, kept open; default: one is opened and closed. */
  readonly engine?: Engine | undefined;
  /** Takes every user's list, users ascending, as long as the largest cutoff. */
  readonly onList?: ListListener | undefined;
}

/** A copy in long-lived engine memory; the caller releases its data. */
export function toEngine(engine: Engine, { rows, columns, data }: Matrix): Matrix {
  const copy = { rows, columns, data: engine.floats(rows * columns) };
  copy.data.set(data);
  return copy;
}

/** @throws DatasetError where there is none */
function coldCandidates(train: Interactions, folder: string): Int32Array {
  const cold = coldItems(train);
  if (cold.length > 0) return cold;
  throw new DatasetError(
    `candidates cold: every item of run ${folder} has training interactions; train on a cold-start split, or rank all items`,
  );
}

/**
 * @returns figures by name and cutoff
 * @throws RunError when the run is not whole; ConfigError for an option that is not about measuring, or an impossible cutoff;
 * DatasetError when nothing is held out in the split, or no item is cold and only those are to be ranked
 */
export async function evaluateRun(folder: string, options: EvaluateRunOptions = {}): Promise<MetricTable> {
  const { set = {}, split = "test", cutoffs = [10, 20] } = options;
  const run = openRun(folder);
  const measuring = parseTrainingOptions({ ...run.config.options, ...set });
  const fixed = Object.keys(set).find((key) => !measuringKeys.some((allowed) => allowed === key));
  if (fixed !== undefined) {
    throw new ConfigError(
      `option ${fixed} belongs to the training and cannot change when a run is evaluated; ${measuringKeys.join(" and ")} can`,
    );
  }
  const weights = run.weights();
  const candidates = options.candidates === "cold" ? coldCandidates(weights.interactions.train, folder) : undefined;
  const engine =
    options.engine ?? (await openEngine(options.threads === undefined ? {} : { threads: options.threads }));
  try {
    const embeddings = {
      users: toEngine(engine, weights.users),
      items: toEngine(engine, weights.items),
      itemScores: itemScoresOf(weights),
    };
    try {
      return evaluate({
        engine,
        embeddings,
        interactions: weights.interactions,
        dislikes: weights.dislikes,
        split,
        cutoffs,
        maskValidation: measuring.maskValidation,
        ndcg: measuring.ndcg,
        candidates,
        onList: options.onList,
      });
    } finally {
      engine.release(embeddings.users.data);
      engine.release(embeddings.items.data);
    }
  } finally {
    if (options.engine === undefined) engine.close();
  }
}
