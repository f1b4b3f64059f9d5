/** Warm starts: what a run knows is where its successor begins, by outside ids, whatever the order and number of users and items. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Dataset } from "../data/dataset.ts";
import { createDataset } from "../data/index.ts";
import { openSafetensors } from "../data/safetensors.ts";
import { openEngine } from "../engine/open.ts";
import { RunError } from "../errors.ts";
import type { ModelName } from "../models/configuration.ts";
import { createModel } from "../models/index.ts";
import { parseTrainingOptions } from "../training/parse-options.ts";
import { temporaryFolder } from "./folder.fixture.ts";
import { fileDigest } from "./manifest.ts";
import { runFiles } from "./run-format.ts";
import { smallDataset, smallOptions } from "./small-dataset.fixture.ts";
import { InterruptedError, trainRun } from "./train-run.ts";
import { warmStart } from "./warm-start.ts";

/** The small dataset with its users and items in reverse, one more of each, and without user 0 and item 1. */
function successor(): Dataset {
  const { interactions, userIds, itemIds } = smallDataset();
  const users = ["new user", ...userIds.toReversed().filter((id) => id !== "0")];
  const items = [...itemIds.toReversed().filter((id) => id !== "1"), "new item"];
  const { rowPointers, columnIndices } = interactions.train;
  const train: [number, number][] = [[0, items.length - 1]];
  for (let user = 1; user < userIds.length; user++) {
    for (const item of columnIndices.subarray(rowPointers[user], rowPointers[user + 1])) {
      if (item !== 1) train.push([users.indexOf(userIds[user]), items.indexOf(itemIds[item])]);
    }
  }
  const features = (columns: number) =>
    items.map((_, item) => Array.from({ length: columns }, (_, column) => (item * 7 + column * 3) % 5));
  return createDataset({
    name: "successor",
    userIds: users,
    itemIds: items,
    interactions: { train, validation: [[3, 4]] },
    modalities: [
      { name: "image", features: features(6) },
      { name: "text", features: features(5) },
    ],
  });
}

const models: readonly ModelName[] = [
  "lattice",
  "micro",
  "mf",
  "ngcf",
  "vbpr",
  "mmgcn",
  "grcn",
  "freedom",
  "bm3",
  "mgcn",
];

describe("warmStart", () => {
  it.each(models)("copies every row of %s that is known, and nothing into the others", async (name) => {
    const out = path.join(temporaryFolder(), "run");
    const first = await trainRun({
      dataset: smallDataset(),
      out,
      model: name,
      options: { ...smallOptions, epochs: 1 },
      seed: 5,
      threads: 1,
    });
    const dataset = successor();
    const engine = await openEngine({ threads: 1 });
    const options = parseTrainingOptions({ ...smallOptions }, name);
    const request = { model: name, options, seed: 9 };
    const cold = await createModel(engine, dataset, request);
    const warm = await createModel(engine, dataset, request);
    const counts = warmStart(warm, dataset, { run: out, changedItems: new Set(["2"]) });
    expect(counts).toEqual({ users: 39, items: 25, parameters: warm.parameters.length });
    const stored = openSafetensors(path.join(out, runFiles.weights));
    for (const [place, { name: parameter, value }] of warm.parameters.entries()) {
      const { shape, data: read } = stored.read(parameter);
      const data = Array.from<number | bigint, number>(read, Number);
      const owner = shape[0] === 40 ? "users" : shape[0] === 26 ? "items" : undefined;
      const row = (values: ArrayLike<number>, at: number) =>
        Array.from({ length: value.columns }, (_, column) => values[at * value.columns + column]);
      if (owner === undefined) {
        expect([...value.data], parameter).toEqual(data);
        continue;
      }
      const ids = owner === "users" ? dataset.userIds : dataset.itemIds;
      expect(value.rows).toBe(ids.length);
      for (const [at, id] of ids.entries()) {
        const before = first.ids[owner].indexOf(id);
        const isKept = before >= 0 && !(parameter.startsWith("features.") && id === "2");
        expect(row(value.data, at), `${parameter} of ${id}`).toEqual(
          isKept ? row(data, before) : row(cold.parameters[place].value.data, at),
        );
      }
    }
    stored.close();
    cold.dispose();
    warm.dispose();
    engine.close();
  });

  it("begins where the run stands: its first epoch is better than a cold one's, and the same bytes again", async () => {
    const folder = temporaryFolder();
    const at = (name: string) => path.join(folder, name);
    const request = { dataset: smallDataset(), options: { ...smallOptions, epochs: 30 }, seed: 5, threads: 1 } as const;
    await trainRun({ ...request, out: at("before") });
    const once = { ...request, options: { ...smallOptions, epochs: 1, validateEvery: 1 } };
    const cold = await trainRun({ ...once, out: at("cold") });
    const warm = await trainRun({ ...once, out: at("warm"), warmStart: { run: at("before") } });
    const same = await trainRun({ ...once, out: at("same"), warmStart: { run: at("before") } });
    expect(warm.history[0].rankingLoss).toBeLessThan(cold.history[0].rankingLoss);
    expect([...same.weights().items.data]).toEqual([...warm.weights().items.data]);
  });

  it("is told in the run, and found again by a training that was stopped", async () => {
    const folder = temporaryFolder();
    const at = (name: string) => path.join(folder, name);
    const request = { dataset: smallDataset(), options: { ...smallOptions, epochs: 3 }, seed: 5, threads: 1 } as const;
    const before = await trainRun({ ...request, out: at("before"), seed: 6 });
    const whole = await trainRun({ ...request, out: at("whole"), warmStart: { run: at("before") } });
    const origin = { run: at("before"), weights: fileDigest(path.join(at("before"), runFiles.weights)).sha256 };
    expect(whole.config.warmStart).toEqual(origin);
    expect(before.config.warmStart).toBeUndefined();

    const stopped = async (name: string): Promise<void> => {
      const stop = new AbortController();
      const onEvent = ({ kind }: { readonly kind: string }): void => {
        if (kind === "epoch") stop.abort();
      };
      const warm = { warmStart: { run: at("before") }, signal: stop.signal, onEvent };
      await expect(trainRun({ ...request, ...warm, out: at(name) })).rejects.toThrow(InterruptedError);
    };
    await stopped("resumed");
    const resumed = await trainRun({ dataset: smallDataset(), out: at("resumed"), resume: true, threads: 1 });
    expect([...resumed.weights().items.data]).toEqual([...whole.weights().items.data]);
    expect(resumed.config.warmStart).toEqual(origin);

    await stopped("again");
    fs.rmSync(path.join(at("again"), "checkpoint"), { recursive: true });
    const again = await trainRun({ dataset: smallDataset(), out: at("again"), resume: true, threads: 1 });
    expect([...again.weights().items.data]).toEqual([...whole.weights().items.data]);

    await stopped("late");
    fs.rmSync(path.join(at("late"), "checkpoint"), { recursive: true });
    await trainRun({ ...request, out: at("before"), seed: 7, overwrite: true });
    await expect(trainRun({ dataset: smallDataset(), out: at("late"), resume: true, threads: 1 })).rejects.toThrow(
      "its weights are others",
    );
  });

  it("refuses a run of another model", async () => {
    const out = path.join(temporaryFolder(), "run");
    const small = { dataset: smallDataset(), options: smallOptions, seed: 5, threads: 1 } as const;
    await trainRun({ ...small, out, model: "mf" });
    const next = trainRun({ ...small, out: `${out} next`, model: "lightgcn", warmStart: { run: out } });
    await expect(next).rejects.toThrow(RunError);
    await expect(next).rejects.toThrow("is a run of mf, expected lightgcn");
  });
});
