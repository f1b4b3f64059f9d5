/**
 * Where versions lie: a folder each, below one that several stores may share. Each has a mark of the store that it was begun for, so that no store
 * removes what another one serves. Folders come with their mark and go as a whole, by a rename each: no moment shows a part of one.
 */
import fs from "node:fs";
import path from "node:path";
import { syncFolder, writeFileAtomically } from "../../data/atomic-file.ts";
import { runFiles } from "../../runs/run-format.ts";
import type { Store } from "../store/store.ts";

const namePattern = /^retrained-\d{4}-\d{2}-\d{2}T\d{9}Z$/;
export const versionName = (time: number): string =>
  `retrained-${new Date(time).toISOString().replaceAll(/[:.]/g, "")}`;
export const isVersionName = (name: string): boolean => namePattern.test(name);

export interface VersionFolders {
  readonly root: string;
  readonly run: string;
  readonly dataset: string;
  /** File with the identity of the store. */
  readonly mark: string;
}

export function foldersOf(versions: string, version: string): VersionFolders {
  const root = path.resolve(versions, version);
  return { root, run: path.join(root, "run"), dataset: path.join(root, "dataset"), mark: path.join(root, "store") };
}

/** One at a time of a store, by the lease. */
const begunName = (identity: string): string => `.begun-${identity}`;
const removedPrefix = ".removed-";

/** Makes the folder of a version. The caller has the lease. @throws where there is one already */
export async function beginVersion(store: Store, versions: string, version: string): Promise<VersionFolders> {
  const identity = await store.identity();
  const begun = foldersOf(versions, begunName(identity));
  const folders = foldersOf(versions, version);
  fs.mkdirSync(begun.root, { recursive: true });
  writeFileAtomically(begun.mark, identity);
  fs.renameSync(begun.root, folders.root);
  syncFolder(path.resolve(versions));
  return folders;
}

/** Removes the folder of a version, where there is one. */
export function removeVersion(versions: string, version: string): void {
  const removed = path.resolve(versions, removedPrefix + version);
  fs.rmSync(removed, { recursive: true, force: true });
  try {
    fs.renameSync(foldersOf(versions, version).root, removed);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
  fs.rmSync(removed, { recursive: true, force: true });
}

/** Whether a version was begun for a store. One from before there were marks is anybody's while its run is not finished. */
function isOf(identity: string, { mark, run }: VersionFolders): boolean {
  if (fs.existsSync(mark)) return fs.readFileSync(mark, "utf8") === identity;
  return !fs.existsSync(path.join(run, runFiles.manifest));
}

/** Removes what a killed training of this store left behind. The caller has the lease. */
export async function removeUnlisted(store: Store, versions: string): Promise<void> {
  if (!fs.existsSync(versions)) return;
  const identity = await store.identity();
  const listed = new Set((await store.models()).map(({ version }) => version));
  for (const name of fs.readdirSync(versions)) {
    const isLeft = name === begunName(identity) || name.startsWith(removedPrefix);
    if (isLeft) fs.rmSync(path.join(versions, name), { recursive: true, force: true });
    else if (isVersionName(name) && !listed.has(name) && isOf(identity, foldersOf(versions, name))) {
      removeVersion(versions, name);
    }
  }
}
