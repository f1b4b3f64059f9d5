/**
 * Writing a finished run: each file beside and renamed, the manifest last. Until the manifest is there the folder says
 * that it is unfinished, and the checkpoint that can finish it is removed only afterwards.
 */
import fs from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../data/atomic-file.ts";
import type { EpochRecord } from "../training/events.ts";
import { writeManifest } from "./manifest.ts";
import { checkpointFolderName, type RunConfig, type RunIds, type RunMetrics, runFiles } from "./run-format.ts";
import { type RunWeights, writeWeights } from "./weights.ts";

/** Everything a run folder holds. */
export interface RunContent {
  readonly config: RunConfig;
  readonly metrics: RunMetrics;
  readonly history: readonly EpochRecord[];
  readonly ids: RunIds;
  readonly weights: RunWeights;
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Marks a folder as holding a training that has begun. */
export function writeUnfinishedConfig(folder: string, config: RunConfig): void {
  fs.mkdirSync(folder, { recursive: true });
  writeFileAtomically(path.join(folder, runFiles.config), json(config));
}

/** Writes a whole run into the folder and drops the checkpoint. @throws LatticeworkError when the disk refuses; the folder then stays unfinished */
export async function writeRun(folder: string, content: RunContent): Promise<void> {
  // The drawing library takes a while to load: only who writes a report waits for it.
  const { renderReport } = await import("./report/report.ts");
  const { config, metrics, history, ids, weights } = content;
  const at = (name: string): string => path.join(folder, name);
  fs.mkdirSync(folder, { recursive: true });
  fs.rmSync(at(runFiles.manifest), { force: true });
  writeWeights(at(runFiles.weights), weights);
  writeFileAtomically(at(runFiles.ids), json(ids));
  writeFileAtomically(
    at(runFiles.history),
    history.map((record) => `${JSON.stringify(record)}\n`),
  );
  writeFileAtomically(at(runFiles.metrics), json(metrics));
  writeFileAtomically(at(runFiles.report), renderReport(content));
  writeFileAtomically(at(runFiles.config), json(config));
  const names = Object.values(runFiles).filter((name) => name !== runFiles.manifest);
  writeManifest(folder, names);
  fs.rmSync(at(checkpointFolderName), { recursive: true, force: true });
}
