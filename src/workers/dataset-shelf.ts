/** The datasets a worker has: a folder of dataset folders (or one dataset), found by fingerprint, so that their names may differ between machines. */
import fs from "node:fs";
import path from "node:path";
import { readDataset } from "../data/index.ts";
import { LatticeworkError, RunError } from "../errors.ts";

export interface DatasetShelf {
  /** Fingerprints by folder, as last seen. */
  readonly folders: ReadonlyMap<string, string>;
  /** Looks again where it is not known, or has changed since. */
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

/** Names, sizes and times of what lies in a dataset's folders: changes with the dataset. */
function stampOf(folder: string): string {
  const folders = [folder, path.join(folder, "5-core")].filter((one) => fs.existsSync(one));
  const files = folders.flatMap((one) => fs.readdirSync(one).map((name) => path.join(one, name)));
  return files
    .map((file) => {
      const found = fs.statSync(file, { throwIfNoEntry: false });
      return `${file} ${found?.size} ${found?.mtimeMs}`;
    })
    .join("\n");
}

/** @throws RunError when the folder does not exist */
export async function openDatasetShelf(root: string): Promise<DatasetShelf> {
  const folders = new Map<string, string>();
  const stamps = new Map<string, string>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  const readAgain = async (folder: string): Promise<void> => {
    const stamp = stampOf(folder);
    if (stamps.get(folder) === stamp) return;
    const fingerprint = await fingerprintOf(folder);
    stamps.set(folder, stamp);
    if (fingerprint === undefined) folders.delete(folder);
    else folders.set(folder, fingerprint);
  };
  const look = async (): Promise<void> => {
    if (performance.now() - lookedAt < pauseMilliseconds) return;
    const below = fs
      .readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => path.join(root, name));
    for (const folder of [root, ...below].filter((one) => fs.statSync(one, { throwIfNoEntry: false })?.isDirectory()))
      await readAgain(folder);
    lookedAt = performance.now();
  };
  if (!fs.statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RunError(`${root} is no folder; give the folder that has the dataset folders (--datasets)`);
  }
  await look();
  const known = async (fingerprint: string): Promise<string | undefined> => {
    for (const [folder, one] of [...folders]) {
      if (one !== fingerprint) continue;
      if (!fs.existsSync(folder)) folders.delete(folder);
      else await readAgain(folder);
      if (folders.get(folder) === fingerprint) return folder;
    }
    return undefined;
  };
  return {
    folders,
    find: async (fingerprint) => {
      const found = await known(fingerprint);
      if (found !== undefined) return found;
      await look();
      return known(fingerprint);
    },
  };
}
