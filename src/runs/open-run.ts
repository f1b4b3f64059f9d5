/**
 * Opening a run folder: refused unless it is whole, of a known format and finished; then its small files are read, and
 * its weights when asked for.
 */
import fs from "node:fs";
import path from "node:path";
import { RunError } from "../errors.ts";
import type { EpochRecord } from "../training/events.ts";
import { verifyManifest } from "./manifest.ts";
import {
  epochRecordSchema,
  type RunConfig,
  type RunIds,
  type RunMetrics,
  runConfigSchema,
  runFiles,
  runIdsSchema,
  runMetricsSchema,
} from "./run-format.ts";
import { parseJsonFile, parseJsonLines } from "./run-json.ts";
import { type RunWeights, readWeights } from "./weights.ts";

/** A finished run on disk, every file held against its SHA-256 when it was opened. */
export interface Run {
  /** Absolute. */
  readonly folder: string;
  readonly config: RunConfig;
  readonly metrics: RunMetrics;
  readonly history: readonly EpochRecord[];
  readonly ids: RunIds;
  /** Reads the tensors for evaluating and recommending: everything but the parameters. */
  weights(): Omit<RunWeights, "parameters">;
}

/** The configuration of a run or of an unfinished training. @throws RunError when there is none to read */
export function readRunConfig(folder: string): RunConfig {
  if (!fs.existsSync(folder))
    throw new RunError(`run folder ${folder} does not exist; check the path, or train it first`);
  const file = path.join(folder, runFiles.config);
  if (!fs.existsSync(file)) {
    throw new RunError(
      `${folder} is no run folder: it has no ${runFiles.config}; give the folder that train wrote (--out)`,
    );
  }
  return parseJsonFile(file, runConfigSchema);
}

/**
 * @throws RunError when the folder is missing, is no run, is unfinished, was cut short or changed (naming the file), or is of
 * a newer format
 */
export function openRun(folder: string): Run {
  const absolute = path.resolve(folder);
  const config = readRunConfig(folder);
  if (config.status === "unfinished") {
    throw new RunError(`run ${folder} is unfinished: continue with train --resume`);
  }
  verifyManifest(folder);
  const at = (name: string): string => path.join(absolute, name);
  const ids = parseJsonFile(at(runFiles.ids), runIdsSchema);
  return {
    folder: absolute,
    config,
    metrics: parseJsonFile(at(runFiles.metrics), runMetricsSchema),
    history: parseJsonLines(at(runFiles.history), epochRecordSchema),
    ids,
    weights: () => {
      const weights = readWeights(at(runFiles.weights));
      if (weights.users.rows !== ids.users.length || weights.items.rows !== ids.items.length) {
        throw new RunError(
          `${at(runFiles.ids)} names ${ids.users.length} users and ${ids.items.length} items, the weights hold ${weights.users.rows} and ${weights.items.rows}; train the run again`,
        );
      }
      return weights;
    },
  };
}
