import fs from "node:fs";
import path from "node:path";
import { expect, it, vi } from "vitest";
import { readDataset, writeDataset } from "../data/index.ts";
import { temporaryFolder } from "../runs/folder.fixture.ts";
import { smallDataset } from "../runs/small-dataset.fixture.ts";
import { identityOf } from "./dataset-identity.ts";
import { openDatasetShelf } from "./dataset-shelf.ts";

const identityAt = async (folder: string) => identityOf(await readDataset(folder));
const featuresOf = (folder: string): string => {
  const name = fs.readdirSync(folder).find((one) => one.endsWith("_feat.npy"));
  if (name === undefined) throw new Error("the dataset has no features");
  return path.join(folder, name);
};
/** A later look is allowed. */
const later = (): void => {
  const now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => now + 60_000);
};

it("finds a dataset by what it holds, whatever its folder is called, and one that was added", async () => {
  const root = temporaryFolder();
  writeDataset(path.join(root, "one"), smallDataset());
  writeDataset(path.join(root, "two"), smallDataset(false));
  fs.writeFileSync(path.join(root, "notes.txt"), "no dataset");
  const shelf = await openDatasetShelf(root);
  expect(shelf.folders()).toEqual([path.join(root, "one"), path.join(root, "two")]);
  const wanted = await identityAt(path.join(root, "two"));
  fs.renameSync(path.join(root, "two"), path.join(root, "renamed"));
  expect(await shelf.find(wanted)).toBeUndefined();
  later();
  expect(await shelf.find(wanted)).toEqual({ folder: path.join(root, "renamed") });
  vi.restoreAllMocks();
});

it("notices features that changed in their place", async () => {
  const root = temporaryFolder();
  const folder = path.join(root, "one");
  writeDataset(folder, smallDataset());
  const before = await identityAt(folder);
  const shelf = await openDatasetShelf(root);
  expect(await shelf.find(before)).toEqual({ folder });
  const bytes = fs.readFileSync(featuresOf(folder));
  bytes.writeFloatLE(0.25, bytes.length - 4);
  fs.writeFileSync(featuresOf(folder), bytes);
  const after = await identityAt(folder);
  expect(after.fingerprint).toBe(before.fingerprint);
  expect(await shelf.find(before)).toEqual({ differs: folder });
  expect(await shelf.find(after)).toEqual({ folder });
});
