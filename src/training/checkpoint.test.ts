/** Stopping and resuming to the same bytes, for every kind of model; and checkpoints that must be refused or must survive. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Dataset } from "../data/dataset.ts";
import { createDataset } from "../data/index.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { RunError } from "../errors.ts";
import { createModel } from "../models/index.ts";
import type { Model } from "../models/model.ts";
import { createRandom } from "../tensor/random.ts";
import { envelopeOf } from "./checkpoint-writer.ts";
import type { TrainingOptions } from "./configuration.ts";
import type { TrainingResult } from "./events.ts";
import { smallDataset, smallModel, smallOptions } from "./small-problem.fixture.ts";
import { train } from "./train.ts";

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "checkpoint-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

const engine = createReferenceEngine("float32");
const stateOf = (model: Model): unknown =>
  model.parameters.map(({ name, value, firstMoment, secondMoment, steps }) => ({
    name,
    steps,
    bytes: [value.data, firstMoment, secondMoment].map((array) => Array.from(array)),
  }));

interface Attempt {
  readonly engine?: Engine;
  readonly model: Model;
  readonly dataset: Dataset;
  readonly options: TrainingOptions;
  readonly resume?: boolean;
  /** The signal comes when this epoch is done. */
  readonly stopAfter?: number;
  readonly seed?: number;
  readonly checkpointFolder?: string;
}

function attempt({ stopAfter, ...request }: Attempt): Promise<TrainingResult> {
  const controller = new AbortController();
  return train({
    engine,
    seed: 4,
    ...request,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.kind === "epoch" && event.record.epoch === stopAfter) controller.abort();
    },
  });
}

/** Figures without the clock's. */
const repeatable = ({ history, bestEpoch, validation }: TrainingResult): unknown => ({
  history: history.map(({ seconds: _, ...record }) => record),
  bestEpoch,
  validation,
});

/** As the small dataset, with two modalities that tell its two tastes apart. */
function withFeatures(): Dataset {
  const { interactions, items } = smallDataset();
  const random = createRandom(2, "features");
  const columns = 5;
  const features = () =>
    Float32Array.from({ length: items * columns }, (_, e) => (Math.floor(e / columns) % 2) + random.uniform());
  const pairs = (split: "train" | "validation" | "test"): [number, number][] => {
    const { rows, rowPointers, columnIndices } = interactions[split];
    return Array.from({ length: rows }, (_, user) => user).flatMap((user) =>
      [...columnIndices.subarray(rowPointers[user], rowPointers[user + 1])].map((item): [number, number] => [
        user,
        item,
      ]),
    );
  };
  return createDataset({
    name: "small",
    users: 40,
    items,
    interactions: { train: pairs("train"), validation: pairs("validation"), test: pairs("test") },
    modalities: ["image", "text"].map((name) => ({ name, features: features(), columns })),
  });
}

const kinds = [
  { model: "mf" },
  { model: "lightgcn" },
  { model: "ngcf" },
  { model: "lattice", backbone: "mf" },
  { model: "lattice", backbone: "lightgcn" },
  { model: "lattice", backbone: "ngcf" },
  { model: "lattice", backbone: "lightgcn", freezeFeatures: true, sampler: "by-interaction" },
] as const;

describe("resume", () => {
  it.each(kinds)("continues to the same bytes: %o", async ({ model: name, ...rest }) => {
    const dataset = withFeatures();
    const { backbone, ...settings } = { backbone: undefined, ...rest };
    const options = smallOptions({ epochs: 6, embeddingSize: 8, featureEmbeddingSize: 4, neighbours: 3, ...settings });
    const fresh = () => createModel(engine, dataset, { model: name, backbone, options, seed: 4 });
    const straight = await fresh();
    const expected = await attempt({ model: straight, dataset, options });

    const first = await fresh();
    const stopped = await attempt({ model: first, dataset, options, checkpointFolder: folder, stopAfter: 2 });
    expect([stopped.interrupted, stopped.epochs]).toEqual([true, 3]);
    const second = await fresh();
    const result = await attempt({ model: second, dataset, options, checkpointFolder: folder, resume: true });
    expect(stateOf(second)).toEqual(stateOf(straight));
    expect(repeatable(result)).toEqual(repeatable(expected));
  });

  it("continues to the same bytes with weights, dislikes and missing modalities, never validating", async () => {
    const plain = withFeatures();
    const { train: trained, test: disliked } = plain.interactions;
    const dataset: Dataset = {
      ...plain,
      modalities: plain.modalities.map((modality, m) => ({ ...modality, missing: Int32Array.of(m, 4, 9 + m) })),
      trainWeights: Float32Array.from(trained.columnIndices, (item) => 1 + (item % 3)),
      dislikes: disliked,
    };
    for (const sampler of ["by-user", "by-interaction"] as const) {
      const options = smallOptions({ epochs: 6, featureEmbeddingSize: 4, neighbours: 3, validateEvery: 0, sampler });
      const create = () => createModel(engine, dataset, { model: "lattice", backbone: "lightgcn", options, seed: 4 });
      const whole = await create();
      const expected = await attempt({ model: whole, dataset, options });
      const checkpointFolder = path.join(folder, sampler);
      await attempt({ model: await create(), dataset, options, checkpointFolder, stopAfter: 2 });
      const resumed = await create();
      const result = await attempt({ model: resumed, dataset, options, checkpointFolder, resume: true });
      expect(repeatable(result)).toEqual(repeatable(expected));
      expect(stateOf(resumed)).toEqual(stateOf(whole));
      expect([result.bestEpoch, result.validation]).toEqual([5, {}]);
    }
  });

  it("continues to the same bytes in the WebAssembly engine, on another number of threads too", async () => {
    const dataset = withFeatures();
    const options = smallOptions({ epochs: 5, embeddingSize: 8, featureEmbeddingSize: 4, neighbours: 3 });
    const [one, two] = [await openEngine({ threads: 1 }), await openEngine({ threads: 2 })];
    const fresh = (on: Engine) => createModel(on, dataset, { model: "lattice", options, seed: 4 });
    try {
      const straight = await fresh(one);
      await attempt({ engine: one, model: straight, dataset, options });
      await attempt({ engine: one, model: await fresh(one), dataset, options, checkpointFolder: folder, stopAfter: 1 });
      const resumed = await fresh(two);
      await attempt({ engine: two, model: resumed, dataset, options, checkpointFolder: folder, resume: true });
      expect(stateOf(resumed)).toEqual(stateOf(straight));
    } finally {
      one.close();
      two.close();
    }
  });

  it("wherever and however often it was stopped", async () => {
    const dataset = smallDataset();
    const options = smallOptions({ epochs: 9, patience: 2, validateEvery: 1 });
    const straight = smallModel(engine, dataset, 3);
    const expected = await attempt({ model: straight, dataset, options });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(8), { maxLength: 3 }), async (stops) => {
        fs.rmSync(folder, { recursive: true });
        let resume = false;
        let model = smallModel(engine, dataset, 3);
        for (const stopAfter of stops.sort((a, b) => a - b)) {
          await attempt({ model, dataset, options, checkpointFolder: folder, resume, stopAfter });
          resume = true;
          model = smallModel(engine, dataset, 3);
        }
        const result = await attempt({ model, dataset, options, checkpointFolder: folder, resume });
        expect(stateOf(model)).toEqual(stateOf(straight));
        expect(repeatable(result)).toEqual(repeatable(expected));
      }),
      { numRuns: 12 },
    );
  });

  it("a finished training comes back as it was, and leaves three files", async () => {
    const dataset = smallDataset();
    const options = smallOptions({ epochs: 3 });
    const model = smallModel(engine, dataset, 3);
    const expected = await attempt({ model, dataset, options, checkpointFolder: folder });
    const again = smallModel(engine, dataset, 3);
    const result = await attempt({ model: again, dataset, options, checkpointFolder: folder, resume: true });
    expect(stateOf(again)).toEqual(stateOf(model));
    expect([repeatable(result), result.interrupted]).toEqual([repeatable(expected), false]);
    expect(
      fs
        .readdirSync(folder)
        .map((name) => name.replace(/\d+/, "N"))
        .sort(),
    ).toEqual(["best-N.safetensors", "checkpoint.json", "state-N.safetensors"]);
  });
});

describe("a checkpoint", () => {
  const dataset = smallDataset();
  const options = smallOptions({ epochs: 8, embeddingSize: 2 });
  const stopped = async (stopAfter = 2, resume = false): Promise<void> => {
    const model = smallModel(engine, dataset, 3, 2);
    await attempt({ model, dataset, options, checkpointFolder: folder, stopAfter, resume });
  };
  const resumed = (change: Partial<Attempt> = {}, model = smallModel(engine, dataset, 3, 2)): Promise<TrainingResult> =>
    attempt({ model, dataset, options, checkpointFolder: folder, resume: true, ...change });

  it("cut short at any byte of any file is refused, before a parameter is touched", async () => {
    await stopped();
    const model = smallModel(engine, dataset, 3, 2);
    const before = stateOf(model);
    for (const name of fs.readdirSync(folder)) {
      const file = path.join(folder, name);
      const whole = fs.readFileSync(file);
      const stride = Math.max(1, Math.floor(whole.length / 60));
      for (let length = 0; length < whole.length; length += length + stride < whole.length ? stride : 1) {
        fs.writeFileSync(file, whole.subarray(0, length));
        await expect(resumed({}, model)).rejects.toThrow(RunError);
      }
      fs.writeFileSync(file, whole);
    }
    expect(stateOf(model)).toEqual(before);
    await resumed({}, model);
  });

  it("with a changed byte is refused", async () => {
    await stopped();
    for (const name of fs.readdirSync(folder)) {
      const file = path.join(folder, name);
      const whole = fs.readFileSync(file);
      for (let at = 1; at < whole.length; at += 97) {
        const changed = Buffer.from(whole);
        changed[at] ^= 1;
        fs.writeFileSync(file, changed);
        await expect(resumed()).rejects.toThrow(RunError);
      }
      fs.writeFileSync(file, whole);
    }
  });

  it("with another spelling of the same number is refused", async () => {
    await stopped();
    const file = path.join(folder, "checkpoint.json");
    const text = fs.readFileSync(file, "utf8");
    const changed = text.replace(/"seconds":(\d+\.\d+)/, '"seconds":$10');
    expect(changed).not.toBe(text);
    fs.writeFileSync(file, changed);
    await expect(resumed()).rejects.toThrow("does not match its checksum");
  });

  it("of another training is refused with what differs", async () => {
    await stopped();
    await expect(resumed({ seed: 5 })).rejects.toThrow(/with seed 4, this one has 5/);
    await expect(resumed({ options: smallOptions({ ...options, learningRate: 0.01 }) })).rejects.toThrow(
      /with learningRate 0\.05, this one has 0\.01/,
    );
    await expect(resumed({ options: smallOptions({ ...options, modalities: ["image"] }) })).rejects.toThrow(
      /with modalities unset, this one has \["image"\]/,
    );
    const exact = createReferenceEngine("float64");
    await expect(resumed({ engine: exact }, smallModel(exact, dataset, 3, 2))).rejects.toThrow(
      /with engine "reference float32", this one has "reference float64"/,
    );
    await expect(resumed({ dataset: { ...dataset, fingerprint: "other" } })).rejects.toThrow(/dataset fingerprint/);
    await expect(resumed({}, { ...smallModel(engine, dataset, 3, 2), name: "mf" })).rejects.toThrow(
      /with model "small"/,
    );
  });

  it("of a newer format is refused, and so is a missing one", async () => {
    await stopped();
    const file = path.join(folder, "checkpoint.json");
    const envelope = JSON.parse(fs.readFileSync(file, "utf8"));
    expect(envelopeOf(envelope.content)).toBe(fs.readFileSync(file, "utf8"));
    fs.writeFileSync(file, JSON.stringify({ ...envelope, formatVersion: 2 }));
    await expect(resumed()).rejects.toThrow(/format version 2, this latticework reads up to 1; use a newer/);
    fs.rmSync(file);
    await expect(resumed()).rejects.toThrow(/no checkpoint can be read there/);
    await expect(resumed({ checkpointFolder: undefined })).rejects.toThrow(/no checkpoint folder was given/);
  });

  it("survives a disk that is full while the next one is saved, wherever that happens", async () => {
    await stopped();
    const before = new Map(fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name))]));
    const write = fs.writeSync.bind(fs);
    let failures = 0;
    for (let allowed = 0; allowed < 20; allowed++) {
      let calls = 0;
      const full = vi.spyOn(fs, "writeSync").mockImplementation((...args: unknown[]) => {
        calls += 1;
        if (calls > allowed) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
        return Reflect.apply(write, fs, args);
      });
      const saving = stopped(5, true);
      const failed = await saving.then(
        () => undefined,
        (error: unknown) => error,
      );
      full.mockRestore();
      if (failed === undefined) break;
      failures += 1;
      expect(failed).toBeInstanceOf(RunError);
      expect(String(failed)).toMatch(/checkpoint after 6 epochs was not saved: .*disk is full.*before is whole/);
      expect(new Map(fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name))]))).toEqual(
        before,
      );
    }
    expect(failures).toBeGreaterThan(3);
    expect((await resumed()).epochs).toBe(8);
  });
});
