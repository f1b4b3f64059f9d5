/**
 * What stands at the path of a run, before anything is written there: nothing, a finished run, an unfinished training, or
 * somebody's other files, which are never touched.
 */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { RunError } from "../errors.ts";
import { checkpointFolderName, runFiles } from "./run-format.ts";

const runMark = z.object({ formatVersion: z.number(), status: z.enum(["unfinished", "finished"]) });

export type FolderState = "absent" | "empty" | "finished" | "unfinished" | "foreign";

/** Whether a `config.json` is a run's (of any format) and not some other program's. */
function isRunConfig(file: string): boolean {
  try {
    return runMark.safeParse(JSON.parse(fs.readFileSync(file, "utf8"))).success;
  } catch {
    return false;
  }
}

export function folderState(folder: string): FolderState {
  const status = fs.statSync(folder, { throwIfNoEntry: false });
  if (status === undefined) return "absent";
  if (!status.isDirectory()) return "foreign";
  const names = new Set(fs.readdirSync(folder));
  if (names.has(runFiles.manifest)) return "finished";
  if (names.has(runFiles.config) && isRunConfig(path.join(folder, runFiles.config))) return "unfinished";
  return names.size === 0 ? "empty" : "foreign";
}

/** Removes the run's own files, the manifest first so that no moment looks finished; other files stay. */
export function clearRun(folder: string): void {
  for (const name of [runFiles.manifest, ...Object.values(runFiles)])
    fs.rmSync(path.join(folder, name), { force: true });
  fs.rmSync(path.join(folder, checkpointFolderName), { recursive: true, force: true });
}

/**
 * Whether a folder could be made or written to, found out before the work and not after it.
 * @throws RunError when a file stands in the way or permission is missing
 */
export function checkWritable(folder: string): void {
  let existing = path.resolve(folder);
  while (!fs.existsSync(existing)) existing = path.dirname(existing);
  try {
    fs.accessSync(existing, fs.constants.W_OK);
  } catch (error) {
    throw new RunError(`${folder}: ${existing} cannot be written to; choose another folder`, {
      cause: error,
    });
  }
  if (!fs.statSync(existing).isDirectory()) {
    throw new RunError(`${folder}: ${existing} is a file; choose another folder`);
  }
}

/** How a training may begin at a folder. */
export interface StartRules {
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/**
 * Whether a training may begin there, changing nothing yet.
 * @throws RunError where it would lose a run or files that are not a run's, or where there is nothing to resume
 */
export function checkStart(folder: string, { resume, overwrite }: StartRules): void {
  checkWritable(folder);
  const state = folderState(folder);
  switch (state) {
    case "foreign":
      throw new RunError(`${folder} is not a run folder and not empty; choose a new folder for the run`);
    case "finished":
      if (resume) throw new RunError(`${folder} is a finished run, there is nothing to resume; choose a new folder`);
      if (!overwrite) throw new RunError(`${folder} holds a finished run; choose a new folder, or ask to overwrite it`);
      return;
    case "unfinished":
      if (resume || overwrite) return;
      throw new RunError(
        `${folder} holds an unfinished training; continue it with train --resume, or ask to overwrite it`,
      );
    case "absent":
    case "empty":
      if (resume) throw new RunError(`${folder} holds no training to resume; train without resume first`);
  }
}
