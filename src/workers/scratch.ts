/** Where a worker's jobs keep their files: a folder named after machine and process, so that the next worker can remove what a killed one left. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { RunError } from "../errors.ts";

const prefix = `latticework-worker-${os.hostname().replaceAll(/[^\w.-]/g, "_")}-`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one too.
    return error instanceof Error && "code" in error && error.code !== "ESRCH";
  }
}

function removeAbandoned(parent: string): void {
  for (const name of fs.readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? /^(\d+)-\w+$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid === undefined || isAlive(Number(pid))) continue;
    fs.rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}

/** @returns a folder that `remove`, or else the end of the process, takes away @throws RunError where none can be made */
export function makeScratch(parent: string): { readonly folder: string; remove(): void } {
  try {
    fs.mkdirSync(parent, { recursive: true });
    removeAbandoned(parent);
    const folder = fs.mkdtempSync(path.join(parent, `${prefix}${process.pid}-`));
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
