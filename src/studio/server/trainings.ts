/**
 * Trainings as they run and as they ended. A finished run has its epochs in `history.jsonl`; one in training has those up to its last checkpoint in
 * `checkpoint/checkpoint.json`, which is replaced as a whole, so that it can be read at any moment.
 */
import fs from "node:fs";
import path from "node:path";
import { leaderboard } from "../../comparison/leaderboard.ts";
import { leaderboardTables, tableTitle } from "../../comparison/leaderboard-tables.ts";
import { folderState } from "../../runs/folder-state.ts";
import { openRun, type Run, readRunConfig } from "../../runs/open-run.ts";
import { modelTitle } from "../../runs/report/names.ts";
import { checkpointFolderName, epochRecordSchema, type RunConfig, runFiles } from "../../runs/run-format.ts";
import { parseJsonLines } from "../../runs/run-json.ts";
import { checkpointFile, contentSchema, envelopeSchema } from "../../training/checkpoint-format.ts";
import type { EpochRecord } from "../../training/events.ts";
import type { ComparisonPage, Training } from "../api.ts";

function historyOf(folder: string): readonly EpochRecord[] {
  if (folderState(folder) === "finished") return parseJsonLines(path.join(folder, runFiles.history), epochRecordSchema);
  const file = path.join(folder, checkpointFolderName, checkpointFile);
  if (!fs.existsSync(file)) return [];
  const { content } = envelopeSchema.parse(JSON.parse(fs.readFileSync(file, "utf8")));
  return contentSchema.parse(content).history;
}

/** @throws RunError when the folder has no configuration that can be read */
export const readTraining = (folder: string): Training => trainingOf(readRunConfig(folder), historyOf(folder));

/** @param history epochs so far */
export function trainingOf({ status, options }: RunConfig, history: readonly EpochRecord[]): Training {
  return {
    status,
    validateBy: options.validateBy,
    history: history.map(({ epoch, loss, validation, modalityWeights }) => {
      const figure = validation?.[options.validateBy];
      return {
        epoch,
        loss,
        ...(figure === undefined ? {} : { validation: figure }),
        ...(modalityWeights === undefined ? {} : { modalityWeights: { ...modalityWeights } }),
      };
    }),
  };
}

/** A finished run's line beside others. */
export function figuresOf(
  name: string,
  { config, metrics }: Pick<Run, "config" | "metrics">,
): ComparisonPage["runs"][number] {
  const { epochs, bestEpoch, seconds, validation, test } = metrics;
  return {
    name,
    title: modelTitle(config),
    seed: config.seed,
    epochs,
    bestEpoch,
    seconds: seconds.total,
    validation,
    test,
  };
}

/** @param folders of all runs by name; those in training are left out */
export function compareRuns(folders: ReadonlyMap<string, string>): ComparisonPage {
  const finished = [...folders].filter(([, folder]) => folderState(folder) === "finished");
  const tables = finished.length === 0 ? [] : leaderboardTables(leaderboard({ folders: finished.map(([, at]) => at) }));
  return {
    runs: finished.map(([name, folder]) => figuresOf(name, openRun(folder))),
    leaderboard: tables.map((table) => ({
      title: tableTitle(table),
      head: [...table.head],
      rows: table.rows.map((row) => [...row]),
    })),
  };
}
