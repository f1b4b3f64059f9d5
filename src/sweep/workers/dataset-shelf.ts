/** The datasets a worker has: a folder of dataset folders (or one dataset), found by fingerprint, so that their names may differ between machines. */
import fs from "node:fs";
import path from "node:path";
import { readDataset } from "../../data/index.ts";
import { LatticeworkError, RunError } from "../../errors.ts";

export interface DatasetShelf {
  /** Fingerprints by folder, as last seen. */
  readonly folders: ReadonlyMap<string, string>;
  /** Looks again where it is not known. */
  find(fingerprint: string): Promise<string | undefined>;
}

/** Between two looks at the folders. */
const pauseMilliseconds = 10_000;

async function fingerprintOf(folder: string): Promise<string | undefined> {
  try {
    return (await readDataset(folder)).fingerprint;
  } catch (error) {
    if (error instanceof LatticeworkError) return undefined;
    throw error;
  }
}

/** @throws RunError when the folder does not exist */
export async function openDatasetShelf(root: string): Promise<DatasetShelf> {
  const folders = new Map<string, string>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  const look = async (): Promise<void> => {
    if (performance.now() - lookedAt < pauseMilliseconds) return;
    const below = fs
      .readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => path.join(root, name));
    for (const folder of [root, ...below]) {
      const fingerprint = await fingerprintOf(folder);
      if (fingerprint === undefined) folders.delete(folder);
      else folders.set(folder, fingerprint);
    }
    lookedAt = performance.now();
  };
  if (!fs.statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RunError(`${root} is no folder; give the folder that has the dataset folders (--datasets)`);
  }
  await look();
  const known = (fingerprint: string): string | undefined =>
    [...folders].find(([folder, one]) => one === fingerprint && fs.existsSync(folder))?.[0];
  return {
    folders,
    find: async (fingerprint) => {
      const found = known(fingerprint);
      if (found !== undefined) return found;
      await look();
      return known(fingerprint);
    },
  };
}
