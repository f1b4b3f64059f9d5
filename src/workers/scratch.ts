/** Where a worker's jobs keep their files: a folder that goes with the process, or with the next worker where that was killed. */
import fs from "node:fs";
import { makeScratchFolder } from "../data/scratch-folder.ts";
import { RunError } from "../errors.ts";

/** @returns a folder that `remove`, or else the end of the process, takes away @throws RunError where none can be made */
export function makeScratch(parent: string): { readonly folder: string; remove(): void } {
  try {
    fs.mkdirSync(parent, { recursive: true });
    const folder = makeScratchFolder("worker", parent);
    const remove = (): void => {
      fs.rmSync(folder, { recursive: true, force: true });
      process.off("exit", remove);
    };
    process.on("exit", remove);
    return { folder, remove };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunError(`${parent} cannot hold the files of jobs (${reason}); choose another folder (--scratch)`, {
      cause: error,
    });
  }
}
