/**
 * Trainings as they run and as they ended. A finished run has its epochs in `history.jsonl`; one in training has those up to its last checkpoint in
 * `checkpoint/checkpoint.json`, which is replaced as a whole, so that it can be read at any moment.
 */
import fs from "node:fs";
import path from "node:path";
import { leaderboard } from "../../comparison/leaderboard.ts";
import { leaderboardTables, tableTitle } from "../../comparison/leaderboard-tables.ts";
import { folderState } from "../../runs/folder-state.ts";
import { openRun, readRunConfig } from "../../runs/open-run.ts";
import { modelTitle } from "../../runs/report/names.ts";
import { checkpointFolderName, epochRecordSchema, runFiles } from "../../runs/run-format.ts";
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
export function readTraining(folder: string): Training {
  const { status, options } = readRunConfig(folder);
  return {
    status,
    validateBy: options.validateBy,
    history: historyOf(folder).map(({ epoch, loss, validation, modalityWeights }) => {
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

/** @param folders of all runs by name; those in training are left out */
export function compareRuns(folders: ReadonlyMap<string, string>): ComparisonPage {
  const finished = [...folders].filter(([, folder]) => folderState(folder) === "finished");
  const tables = finished.length === 0 ? [] : leaderboardTables(leaderboard({ folders: finished.map(([, at]) => at) }));
  return {
    runs: finished.map(([name, folder]) => {
      const { config, metrics } = openRun(folder);
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
    }),
    leaderboard: tables.map((table) => ({
      title: tableTitle(table),
      head: [...table.head],
      rows: table.rows.map((row) => [...row]),
    })),
  };
}
