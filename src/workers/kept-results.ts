/**
 * What a worker has finished, kept a while by job: when the server was away at the end, or came back empty, the job comes again and is only delivered again.
 * Files of the last few are kept with it; others are removed. A failure is not kept: when its job comes again, it is tried again.
 */
import fs from "node:fs";
import type { FinishedJob } from "./job-kind.ts";

export interface KeptResult {
  readonly finished: FinishedJob;
  readonly folder: string;
}

export interface KeptResults {
  /** Takes it out, so that nothing removes its files while they are delivered. */
  take(id: string): KeptResult | undefined;
  /** After it was delivered, or could not be. */
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
    take: (id) => {
      const result = results.get(id);
      results.delete(id);
      return result;
    },
    keep: (id, result) => {
      drop(id);
      const { finished, folder } = result;
      if (finished.files === undefined) fs.rmSync(folder, { recursive: true, force: true });
      if (finished.isFailure === true) return;
      results.set(id, result);
      const withFiles = [...results].filter(([, { finished }]) => finished.files !== undefined);
      for (const [old] of withFiles.slice(0, -mostFolders)) drop(old);
      for (const old of [...results.keys()].slice(0, -mostResults)) drop(old);
    },
  };
}
