/** The datasets a worker has: a folder of dataset folders (or one dataset), found by what they hold, so that their names may differ between machines. */
import fs from "node:fs";
import path from "node:path";
import { readDataset } from "../data/index.ts";
import { LatticeworkError, RunError } from "../errors.ts";
import { type DatasetIdentity, identityOf } from "./dataset-identity.ts";

/** Where a dataset is, or where one like it is that has other features. */
export type Found = { readonly folder: string } | { readonly differs: string };

export interface DatasetShelf {
  /** Folders of datasets, as last seen. */
  readonly folders: () => readonly string[];
  /** Looks again where it is not known, or has changed since. */
  find(wanted: DatasetIdentity): Promise<Found | undefined>;
}

interface Shelved {
  readonly stamp: string;
  /** Absent where the folder holds no dataset. */
  readonly fingerprint: string | undefined;
  /** Read when it is first asked for: it takes all features. */
  content?: string;
}

/** Between two looks at the folders. */
const pauseMilliseconds = 10_000;

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

/** @returns undefined for what is no dataset that can be used */
async function usable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof LatticeworkError) return undefined;
    throw error;
  }
}

const isFolder = (place: string): boolean => fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;

/** @throws RunError when the folder does not exist */
export async function openDatasetShelf(root: string): Promise<DatasetShelf> {
  const shelf = new Map<string, Shelved>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  /** @returns what is there now */
  const lookAt = async (folder: string): Promise<Shelved | undefined> => {
    if (!isFolder(folder)) {
      shelf.delete(folder);
      return undefined;
    }
    const stamp = stampOf(folder);
    const before = shelf.get(folder);
    if (before?.stamp === stamp) return before;
    const fingerprint = await usable(async () => (await readDataset(folder)).fingerprint);
    const shelved: Shelved = { stamp, fingerprint };
    shelf.set(folder, shelved);
    return shelved;
  };
  const look = async (): Promise<void> => {
    if (performance.now() - lookedAt < pauseMilliseconds) return;
    const below = isFolder(root) ? fs.readdirSync(root).map((name) => path.join(root, name)) : [];
    for (const folder of [root, ...below]) await lookAt(folder);
    lookedAt = performance.now();
  };
  const known = async ({ fingerprint, content }: DatasetIdentity): Promise<Found | undefined> => {
    let found: Found | undefined;
    for (const folder of [...shelf.keys()]) {
      const shelved = shelf.get(folder)?.fingerprint === fingerprint ? await lookAt(folder) : undefined;
      if (shelved?.fingerprint !== fingerprint) continue;
      shelved.content ??= (await usable(async () => identityOf(await readDataset(folder)).content)) ?? "";
      if (shelved.content === content) return { folder };
      found = { differs: folder };
    }
    return found;
  };

  if (!isFolder(root)) {
    throw new RunError(`${root} is no folder; give the folder that has the dataset folders (--datasets)`);
  }
  await look();
  return {
    folders: () => [...shelf].flatMap(([folder, { fingerprint }]) => (fingerprint === undefined ? [] : [folder])),
    find: async (wanted) => {
      const found = await known(wanted);
      if (found !== undefined && "folder" in found) return found;
      await look();
      return known(wanted);
    },
  };
}
