/** Folders of versions: what a store removes of them, and what is not its own. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { createMemoryStore } from "../store/memory-store.fixture.ts";
import { temporaryRoot } from "../temporary-root.fixture.ts";
import { beginVersion, foldersOf, removeUnlisted, removeVersion, versionName } from "./version-folders.ts";

const root = temporaryRoot();
afterAll(() => fs.rmSync(root, { recursive: true }));
let versions = "";
let folders = 0;
beforeEach(() => {
  versions = path.join(root, `versions ${folders++}`);
});

const store = createMemoryStore();
const other = createMemoryStore();
const names = () => (fs.existsSync(versions) ? fs.readdirSync(versions).toSorted() : []);
const [first, second, third] = [1, 2, 3].map(versionName);

/** One without a mark, as versions were before there were marks. */
function unmarked(version: string, isFinished: boolean): void {
  const { run, dataset } = foldersOf(versions, version);
  for (const folder of [run, dataset]) fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(run, isFinished ? "manifest.json" : "config.json"), "{}");
}

it("removes what is begun and not listed, of its own store alone", async () => {
  await beginVersion(store, versions, first);
  await beginVersion(store, versions, second);
  await beginVersion(other, versions, third);
  const listing = createMemoryStore();
  await listing.addModel({ version: second, folder: foldersOf(versions, second).run, createdAt: 2, note: {} });
  await removeUnlisted({ ...store, models: listing.models }, versions);
  expect(names()).toEqual([second, third]);
  await removeUnlisted(createMemoryStore(), versions);
  expect(names()).toEqual([second, third]);
  await removeUnlisted(other, versions);
  expect(names()).toEqual([second]);
});

it("removes of folders without a mark those whose run is not finished", async () => {
  unmarked(first, true);
  unmarked(second, false);
  fs.mkdirSync(path.join(versions, "mine"));
  await removeUnlisted(store, versions);
  expect(names()).toEqual([first, "mine"].toSorted());
});

it("takes no folder that is there already, and finishes what killed ones began or were removing", async () => {
  await beginVersion(other, versions, first);
  await expect(beginVersion(store, versions, first)).rejects.toThrow();
  expect(names()).toHaveLength(2);
  fs.mkdirSync(path.join(versions, `.removed-${second}`, "run"), { recursive: true });
  await removeUnlisted(store, versions);
  expect(names()).toEqual([first]);
  await removeUnlisted(other, versions);
  removeVersion(versions, first);
  expect(names()).toEqual([]);
});

it("has nothing to remove where there is no folder yet", async () => {
  await removeUnlisted(store, versions);
  expect(names()).toEqual([]);
});
