/**
 * What a worker has finished, kept a while by job: when the server was away at the end, or came back empty, the job comes again and is only delivered again.
 * Files of the last few are kept with it; others are removed.
 */
import fs from "node:fs";
import type { FinishedJob } from "./job-kind.ts";

export interface KeptResult {
  readonly finished: FinishedJob;
  readonly folder: string;
}

export interface KeptResults {
  get(id: string): KeptResult | undefined;
  keep(id: string, result: KeptResult): void;
}

const mostResults = 100;
const mostFolders = 4;

export function createKeptResults(): KeptResults {
  const results = new Map<string, KeptResult>();
  const drop = (id: string): void => {
    const folder = results.get(id)?.folder;
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
    results.delete(id);
  };
  return {
    get: (id) => results.get(id),
    keep: (id, result) => {
      results.set(id, result);
      if (result.finished.files === undefined) fs.rmSync(result.folder, { recursive: true, force: true });
      const withFiles = [...results].filter(([, { finished }]) => finished.files !== undefined);
      for (const [old] of withFiles.slice(0, -mostFolders)) drop(old);
      for (const old of [...results.keys()].slice(0, -mostResults)) drop(old);
    },
  };
}
