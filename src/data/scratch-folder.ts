/**
 * Folders for files that live as long as a piece of work, and never longer than the process. They are named after machine and process, so that whoever
 * makes the next one of the same kind removes those of processes that were killed and could not.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { isRunning } from "./running-process.ts";

function removeAbandoned(parent: string, prefix: string): void {
  for (const name of fs.readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? /^(\d+)-\w+$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    try {
      fs.rmSync(path.join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's, who removes it.
    }
  }
}

/** Those of this process: whoever leaves in a hurry leaves none. */
const own = new Set<string>();

function removeAtExit(folder: string): void {
  if (own.size === 0) {
    process.once("exit", () => {
      for (const one of own) fs.rmSync(one, { recursive: true, force: true });
    });
  }
  own.add(folder);
}

/** @param kind in words of a file name @param parent that exists @returns a folder that whoever asked removes */
export function makeScratchFolder(kind: string, parent: string = os.tmpdir()): string {
  const prefix = `latticework-${kind}-${os.hostname().replaceAll(/[^\w.-]/g, "_")}-`;
  removeAbandoned(parent, prefix);
  const folder = fs.mkdtempSync(path.join(parent, `${prefix}${process.pid}-`));
  removeAtExit(folder);
  return folder;
}
