/**
 * A leaderboard: the test figures of run folders, averaged over seeds, beside published ones. A run stands beside published figures of a split only where
 * it is said to be of that split; otherwise its split is a hash of its interactions, and figures of different splits or protocols never share a table.
 */
import fs from "node:fs";
import path from "node:path";
import { ConfigError, RunError } from "../errors.ts";
import { nearestName } from "../features/nearest-name.ts";
import { folderState } from "../runs/folder-state.ts";
import { openRun, type Run } from "../runs/open-run.ts";
import { publishedFigures, publishedSplits } from "./published-figures.ts";
import { groupRuns } from "./run-groups.ts";
import { spreadOf } from "./statistics/spread.ts";

export interface LeaderboardRow {
  readonly task: string;
  readonly dataset: string;
  /** Which division of the data into training and test, and what else belongs to the protocol. */
  readonly split: string;
  /** `recall@20`, `ndcg@20` (standard), `ndcgRetrieved@20`. */
  readonly metric: string;
  readonly value: number;
  readonly deviation?: number | undefined;
  /** Runs that the value is the mean of, one a seed; absent for published figures. */
  readonly seeds?: number | undefined;
  readonly model: string;
  readonly source: string;
}

export interface LeaderboardRequest {
  /** Run folders, or folders with run folders somewhere below. */
  readonly folders: readonly string[];
  /** The published split that all these runs are of; absent: none. */
  readonly split?: string | undefined;
  /** Default: recall, precision and both NDCGs at 20. */
  readonly metrics?: readonly string[] | undefined;
}

export const defaultMetrics: readonly string[] = ["recall@20", "precision@20", "ndcg@20", "ndcgRetrieved@20"];
const deepest = 5;

function runFolders(folder: string, depth = 0): string[] {
  const state = folderState(folder);
  if (state === "finished") return [folder];
  if (state === "unfinished" || depth === deepest) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .flatMap((entry) => runFolders(path.join(folder, entry.name), depth + 1))
    .sort();
}

function openAll(folders: readonly string[]): Run[] {
  return folders.flatMap((folder) => {
    if (folderState(folder) === "absent") {
      throw new RunError(`${folder} does not exist; give run folders, or the folder of a comparison`);
    }
    const found = fs.statSync(folder).isDirectory() ? runFolders(folder) : [];
    if (found.length > 0) return found.map(openRun);
    throw new RunError(`${folder} holds no finished run; give run folders, or the folder of a comparison`);
  });
}

function checkSplit(split: string | undefined): void {
  if (split === undefined || publishedSplits.includes(split)) return;
  const near = nearestName(split, publishedSplits);
  throw new ConfigError(
    `split "${split}" is none that figures were published for; ${near === undefined ? `expected one of ${publishedSplits.join(", ")}` : `did you mean "${near}"?`}`,
  );
}

/** What a run calls ndcg is the retrieved one where it was asked for, which stands there under its own name too. */
const isMisnamed = (run: Run, metric: string): boolean =>
  metric.startsWith("ndcg@") && run.config.options.ndcg === "retrieved";

function ownRows(runs: readonly Run[], said: string | undefined, metrics: readonly string[]): LeaderboardRow[] {
  return groupRuns(runs, said).flatMap(({ runs: group, task, dataset, split, name, source }) =>
    metrics.flatMap((metric): LeaderboardRow[] => {
      const values = group.flatMap((run) => (isMisnamed(run, metric) ? [] : (run.metrics.test[metric] ?? [])));
      if (values.length === 0) return [];
      const { mean, deviation } = spreadOf(values);
      return [{ task, dataset, split, metric, value: mean, deviation, seeds: values.length, model: name, source }];
    }),
  );
}

function publishedRows(datasets: ReadonlySet<string> | undefined, metrics: readonly string[]): LeaderboardRow[] {
  const { task, splits, sources, figures } = publishedFigures;
  return figures
    .filter(({ dataset }) => datasets === undefined || datasets.has(dataset.toLowerCase()))
    .flatMap(({ dataset, split, model, source, values }) =>
      metrics.flatMap((metric): LeaderboardRow[] => {
        const value = values[metric];
        const of = { split: splits[split] ?? split, source: sources[source] ?? source };
        return value === undefined ? [] : [{ task, dataset, metric, value, model, ...of }];
      }),
    );
}

/** @throws RunError for a folder without finished runs; ConfigError for an unknown split */
export function leaderboard({ folders, split, metrics = defaultMetrics }: LeaderboardRequest): LeaderboardRow[] {
  checkSplit(split);
  const own = ownRows(openAll(folders), split, metrics);
  const datasets = folders.length === 0 ? undefined : new Set(own.map(({ dataset }) => dataset.toLowerCase()));
  return [...own, ...publishedRows(datasets, metrics)];
}
