/** A finished run that was made beside takes its place: checked whole, its files renamed one by one, the manifest last, so that no moment looks finished and is not. */
import fs from "node:fs";
import path from "node:path";
import { syncFolder } from "../data/atomic-file.ts";
import { clearRun } from "./folder-state.ts";
import { openRun, type Run } from "./open-run.ts";
import { runFiles } from "./run-format.ts";

/**
 * Replaces an unfinished training at `to`; other files there stay.
 * @param from on the same disk; gone afterwards
 * @throws RunError naming the file of `from` that is not as it was written; `to` is as before
 */
export function placeRun(from: string, to: string): Run {
  openRun(from);
  fs.mkdirSync(to, { recursive: true });
  clearRun(to);
  const move = (name: string): void => fs.renameSync(path.join(from, name), path.join(to, name));
  for (const name of Object.values(runFiles)) if (name !== runFiles.manifest) move(name);
  syncFolder(to);
  move(runFiles.manifest);
  syncFolder(to);
  fs.rmSync(from, { recursive: true });
  return openRun(to);
}
