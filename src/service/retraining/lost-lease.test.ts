/** Long work of a retraining lets the event loop turn, so that its lease is renewed; and what lost the lease all the same lists nothing. */
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readDataset } from "../../data/index.ts";
import { openRun } from "../../runs/open-run.ts";
import type { Breather } from "../../training/breather.ts";
import { trainSmallRun } from "../service.fixture.ts";
import { openStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { temporaryRoot } from "../temporary-root.fixture.ts";
import { compareRuns } from "./compare-runs.ts";
import { gatherDataset } from "./gather-dataset.ts";
import { retrain } from "./retrain.ts";

const root = temporaryRoot();
const dataset = path.join(root, "dataset");
let run = "";
let store: Store;
beforeAll(async () => {
  run = await trainSmallRun(root);
  store = await openStore(path.join(root, "shop.sqlite"));
  await store.addModel({ version: "first", folder: run, createdAt: 1, note: {} });
  await store.serveModel("first");
  await store.addInteractions(
    Array.from({ length: 90 }, (_, n) => ({
      key: `key ${n}`,
      user: `new${n % 30}`,
      item: `i${n % 28}`,
      event: "purchase",
      weight: 1,
      at: n,
    })),
  );
});
afterAll(async () => {
  await store.close();
  fs.rmSync(root, { recursive: true });
});

/** One that is always due, and counts. */
function countingBreather(): Breather & { turns(): number } {
  let turns = 0;
  return {
    isDue: () => true,
    turn: async () => {
      turns++;
    },
    turns: () => turns,
  };
}

it("can breathe at each user of a comparison, in both runs", async () => {
  const breather = countingBreather();
  const compared = { folder: run, dataset };
  const data = await readDataset(dataset);
  const { rowPointers } = data.interactions.validation;
  const asked = data.userIds.filter((_, user) => rowPointers[user + 1] > rowPointers[user]).length;
  await compareRuns(compared, compared, data, breather);
  expect(asked).toBeGreaterThan(10);
  expect(breather.turns()).toBeGreaterThanOrEqual(2 * asked);
});

it("can breathe at each user of the dataset before, and at each block of the store", async () => {
  const breather = countingBreather();
  const { users } = await readDataset(dataset);
  const out = path.join(root, "gathered");
  await gatherDataset({ store, run: openRun(run), out, name: "gathered", breather });
  expect(breather.turns()).toBeGreaterThan(users);
});

it("lists nothing where another process has the lease by the end", async () => {
  const versions = path.join(root, "versions");
  let asked = 0;
  const overtaken: Store = { ...store, holdLease: async () => asked++ === 0 };
  const outcome = retrain({ store: overtaken, versions, threads: 1, options: { epochs: 2, validateEvery: 1 } });
  await expect(outcome).rejects.toThrow("another process has begun to retrain");
  expect((await store.models()).map(({ version }) => version)).toEqual(["first"]);
  expect(await store.servedModel()).toBe("first");
  expect(fs.readdirSync(versions)).toEqual([]);
});

it("lists nothing where another process had the lease meanwhile, removed the folder and gave the lease back", async () => {
  const versions = path.join(root, "other versions");
  let asked = 0;
  const holdLease: Store["holdLease"] = async (...lease) => {
    if (asked++ > 0) fs.rmSync(versions, { recursive: true });
    return store.holdLease(...lease);
  };
  const outcome = retrain({
    store: { ...store, holdLease },
    versions,
    threads: 1,
    options: { epochs: 2, validateEvery: 1 },
  });
  await expect(outcome).rejects.toThrow("another process has begun to retrain");
  expect((await store.models()).map(({ version }) => version)).toEqual(["first"]);
});
