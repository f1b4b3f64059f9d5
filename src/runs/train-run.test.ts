import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createDataset } from "../data/index.ts";
import { ConfigError, DatasetError, RunError } from "../errors.ts";
import type { TrainingOptionsInput } from "../training/configuration.ts";
import type { TrainingEvent } from "../training/events.ts";
import { evaluateRun } from "./evaluate-run.ts";
import { temporaryFolder } from "./folder.fixture.ts";
import { openRun } from "./open-run.ts";
import { runFiles } from "./run-format.ts";
import { smallDataset, smallOptions } from "./small-dataset.fixture.ts";
import { InterruptedError, type TrainRunRequest, trainRun } from "./train-run.ts";

function request(out: string, more: Partial<TrainRunRequest> = {}): TrainRunRequest {
  return { dataset: smallDataset(), out, options: smallOptions, seed: 5, threads: 1, ...more };
}

function weightsOf(folder: string): string {
  return createHash("sha256")
    .update(fs.readFileSync(path.join(folder, runFiles.weights)))
    .digest("hex");
}

describe("trainRun", () => {
  it.each([
    ["lattice", "lightgcn"],
    ["lattice", "ngcf"],
    ["lattice", "mf"],
    ["lightgcn", undefined],
    ["ngcf", undefined],
    ["mf", undefined],
  ] as const)("trains %s on %s into a run that evaluates to the same figures", async (model, backbone) => {
    const out = path.join(temporaryFolder(), "run");
    const run = await trainRun(request(out, { model, backbone }));
    expect(run.metrics).toMatchObject({ model, dataset: "parity", seed: 5, epochs: 4 });
    expect(run.config.backbone).toBe(backbone);
    expect(run.history).toHaveLength(4);
    expect([0, 2]).toContain(run.metrics.bestEpoch);
    const keys = ["recall@10", "recall@20", "precision@20", "ndcg@10", "ndcg@20", "ndcgRetrieved@20", "recall@5"];
    expect(Object.keys(run.metrics.test)).toEqual(expect.arrayContaining(keys));
    expect(await evaluateRun(out, { threads: 1, cutoffs: [5, 10, 20] })).toEqual(run.metrics.test);
    expect(await evaluateRun(out, { threads: 1, cutoffs: [5, 10, 20], split: "validation" })).toEqual(
      run.metrics.validation,
    );
    expect("itemGraph" in run.weights() && run.weights().itemGraph !== undefined).toBe(model === "lattice");
    expect(Object.keys(run.weights().neighbours)).toEqual(model === "lattice" ? ["image", "text"] : []);
  });

  it("writes the same weights for any number of threads and anew for another seed", async () => {
    const folder = temporaryFolder();
    const at = (name: string) => path.join(folder, name);
    await trainRun(request(at("one"), { threads: 1 }));
    await trainRun(request(at("two"), { threads: 2 }));
    await trainRun(request(at("other"), { seed: 6 }));
    expect(weightsOf(at("two"))).toBe(weightsOf(at("one")));
    expect(weightsOf(at("other"))).not.toBe(weightsOf(at("one")));
  });

  it.each(["lattice", "ngcf", "mf"] as const)("stops %s on a signal and resumes to the same bytes", async (model) => {
    const folder = temporaryFolder();
    const whole = path.join(folder, "whole");
    const parts = path.join(folder, "parts");
    await trainRun(request(whole, { model }));
    const stop = new AbortController();
    const onEvent = (event: TrainingEvent): void => {
      if (event.kind === "epoch" && event.record.epoch === 1) stop.abort();
    };
    const stopped = trainRun(request(parts, { model, signal: stop.signal, onEvent }));
    await expect(stopped).rejects.toThrow(InterruptedError);
    await expect(stopped).rejects.toMatchObject({ folder: parts, epochs: 2 });
    expect(fs.readdirSync(parts).sort()).toEqual(["checkpoint", "config.json"]);
    expect(() => openRun(parts)).toThrow("is unfinished: continue with train --resume");
    await expect(trainRun(request(parts, { model }))).rejects.toThrow("holds an unfinished training");
    await expect(trainRun(request(parts, { model, resume: true, seed: 6 }))).rejects.toThrow(
      new RunError(
        `${parts} was started with seed 5, found 6; resume with the settings it was started with, or train into a new folder`,
      ),
    );
    const encodedAnew = smallDataset();
    const [image] = encodedAnew.modalities;
    const { features } = image;
    if (features === undefined) throw new Error("the small dataset has image features");
    const read: typeof features.read = (from, to, out) => {
      features.read(from, to, out);
      out[0] += 1;
    };
    const modalities = [{ ...image, features: { ...features, read } }, ...encodedAnew.modalities.slice(1)];
    const changed = { ...encodedAnew, modalities };
    const resumed = { out: parts, threads: 1, resume: true };
    if (model === "lattice") {
      await expect(trainRun({ ...resumed, dataset: changed })).rejects.toThrow(`${parts} was begun with other image`);
    }
    // Where features are not used, other ones are no reason not to go on.
    const run = await trainRun({ ...resumed, dataset: model === "lattice" ? smallDataset() : changed });
    expect(weightsOf(parts)).toBe(weightsOf(whole));
    expect(run.history.map(({ epoch, loss }) => [epoch, loss])).toEqual(
      openRun(whole).history.map(({ epoch, loss }) => [epoch, loss]),
    );
    expect(fs.existsSync(path.join(parts, "checkpoint"))).toBe(false);
  });

  it("resumes from the beginning when nothing was saved yet", async () => {
    const out = path.join(temporaryFolder(), "run");
    const stop = AbortSignal.abort();
    await expect(trainRun(request(out, { signal: stop }))).rejects.toThrow(InterruptedError);
    fs.rmSync(path.join(out, "checkpoint"), { recursive: true, force: true });
    const notices: string[] = [];
    const onEvent = (event: TrainingEvent): void => {
      if (event.kind === "notice") notices.push(event.message);
    };
    await trainRun(request(out, { resume: true, onEvent }));
    expect(notices).toContain("no checkpoint was saved yet: starting from the beginning");
    expect(openRun(out).metrics.epochs).toBe(4);
  });

  it("keeps the training when the run cannot be saved, and finishes it later", async () => {
    const folder = temporaryFolder();
    const whole = path.join(folder, "whole");
    const out = path.join(folder, "run");
    await trainRun(request(whole));
    const inTheWay = path.join(out, runFiles.metrics);
    const onEvent = (event: TrainingEvent): void => {
      if (event.kind === "epoch" && event.record.epoch === 3) fs.mkdirSync(inTheWay);
    };
    const failed = trainRun(request(out, { onEvent }));
    await expect(failed).rejects.toThrow(RunError);
    await expect(failed).rejects.toThrow("the training is kept in its checkpoint: continue with train --resume");
    expect(() => openRun(out)).toThrow("is unfinished: continue with train --resume");
    fs.rmdirSync(inTheWay);
    const epochs: number[] = [];
    await trainRun(
      request(out, {
        resume: true,
        onEvent: (event) => {
          if (event.kind === "epoch") epochs.push(event.record.epoch);
        },
      }),
    );
    expect(epochs).toEqual([]);
    expect(weightsOf(out)).toBe(weightsOf(whole));
  });

  it("overwrites a run only when asked to", async () => {
    const out = path.join(temporaryFolder(), "run");
    await trainRun(request(out));
    const before = weightsOf(out);
    await expect(trainRun(request(out, { seed: 6 }))).rejects.toThrow("holds a finished run");
    await expect(trainRun(request(out, { seed: 6, overwrite: true, options: { skip: 3 } }))).rejects.toThrow(
      ConfigError,
    );
    expect(weightsOf(out)).toBe(before);
    await trainRun(request(out, { seed: 6, overwrite: true }));
    expect(weightsOf(out)).not.toBe(before);
  });

  it("keeps the trained raw features, and leaves frozen ones out", async () => {
    const folder = temporaryFolder();
    await trainRun(request(path.join(folder, "trained")));
    await trainRun(request(path.join(folder, "frozen"), { options: { ...smallOptions, freezeFeatures: true } }));
    const header = (name: string) =>
      fs.readFileSync(path.join(folder, name, runFiles.weights), "latin1").slice(0, 4000);
    expect(header("trained")).toContain('"features.image"');
    expect(header("frozen")).not.toContain('"features.image"');
  });

  it("trains where nothing is held out, and says so", async () => {
    const out = path.join(temporaryFolder(), "run");
    const notices: string[] = [];
    const { validateBy: _, validateEvery: __, ...options } = smallOptions;
    const run = await trainRun(
      request(out, {
        dataset: smallDataset(false),
        options,
        onEvent: (event) => {
          if (event.kind === "notice") notices.push(event.message);
        },
      }),
    );
    expect(run.metrics).toMatchObject({ test: {}, validation: {}, bestEpoch: 3 });
    expect(notices.join("\n")).toContain("nothing is held out for testing");
    await expect(evaluateRun(out)).rejects.toThrow(DatasetError);
  });

  it("trains all epochs and keeps the last when it is told never to validate", async () => {
    for (const heldOut of [true, false]) {
      const out = path.join(temporaryFolder(), "run");
      const options = { ...smallOptions, validateEvery: 0, patience: 0 };
      const run = await trainRun(request(out, { dataset: smallDataset(heldOut), options }));
      expect(run.metrics).toMatchObject({ validation: {}, epochs: 4, bestEpoch: 3 });
      expect(run.history.map(({ validation }) => validation)).toEqual(run.history.map(() => undefined));
      expect(Object.keys(run.metrics.test).length > 0).toBe(heldOut);
      const report = fs.readFileSync(path.join(out, runFiles.report), "utf8");
      expect(report).not.toContain("on the validation set by epoch");
      expect(report).not.toContain("Best epoch");
    }
  });

  it("keeps dislikes in the run, masks them, and says who lacks what", async () => {
    const folder = temporaryFolder();
    const plain = smallDataset();
    const { rows, columns, rowPointers, columnIndices } = plain.interactions.test;
    // Whatever is held out for testing is disliked: masked, it can no longer be found.
    const dislikes = { rows, columns, rowPointers, columnIndices };
    const [image, text] = plain.modalities;
    const modalities = [{ ...image, missing: Int32Array.of(0, 3, 25) }, text];
    const notices: string[] = [];
    const run = await trainRun(
      request(path.join(folder, "disliked"), {
        dataset: { ...plain, modalities, dislikes, fingerprint: "disliked" },
        onEvent: (event) => {
          if (event.kind === "notice") notices.push(event.message);
        },
      }),
    );
    expect(run.metrics.test["recall@20"]).toBe(0);
    expect((await evaluateRun(run.folder))["recall@20"]).toBe(0);
    expect(run.weights().dislikes).toEqual(dislikes);
    expect(run.config.dataset).toMatchObject({ dislikes: columnIndices.length });
    expect(run.config.dataset.modalities.map(({ missing }) => missing)).toEqual([3, undefined]);
    expect(fs.readFileSync(path.join(run.folder, runFiles.report), "utf8")).toContain("3 items lack it");
    const without = await trainRun(request(path.join(folder, "plain")));
    expect(without.weights().dislikes).toBe(undefined);
    expect(without.metrics.test["recall@20"]).toBeGreaterThan(0);
  });
});

describe("trainRun refuses, and writes nothing:", () => {
  const cases: readonly (readonly [string, TrainingOptionsInput, string])[] = [
    ["an unknown key", JSON.parse('{"neighbors": 5}'), 'option "neighbors" does not exist; did you mean "neighbours"?'],
    ["λ outside [0, 1]", { ...smallOptions, skip: 1.5 }, "option skip: found 1.5, expected a number from 0 to 1"],
    [
      "k ≥ items",
      { ...smallOptions, neighbours: 26 },
      "option neighbours: found 26, expected fewer than the 26 items of dataset parity",
    ],
    [
      "a cutoff ≥ items",
      { ...smallOptions, validateBy: "recall@26" },
      "option validateBy: found recall@26, expected a cutoff below the 26 items of dataset parity",
    ],
    [
      "an unknown modality",
      { ...smallOptions, modalities: ["sound"] },
      '"sound" is not a modality of parity; it has image, text',
    ],
  ];
  it.each(cases)("%s", async (_, options, message) => {
    const out = path.join(temporaryFolder(), "run");
    await expect(trainRun(request(out, { options }))).rejects.toThrow(ConfigError);
    await expect(trainRun(request(out, { options }))).rejects.toThrow(message);
    expect(fs.existsSync(out)).toBe(false);
  });

  it("selection by a validation set that is not there", async () => {
    const out = path.join(temporaryFolder(), "run");
    await expect(trainRun(request(out, { dataset: smallDataset(false) }))).rejects.toThrow(
      new DatasetError(
        "dataset parity holds nothing out for validation, which option validateBy asks for; hold some interactions out (x_label 1), or set validateEvery=0 to train all epochs and keep the last",
      ),
    );
    expect(fs.existsSync(out)).toBe(false);
  });

  it("LATTICE on a dataset without modalities", async () => {
    const out = path.join(temporaryFolder(), "run");
    const dataset = createDataset({
      name: "bare",
      interactions: {
        train: [
          [0, 0],
          [1, 1],
          [1, 2],
        ],
      },
    });
    await expect(trainRun(request(out, { dataset, options: {} }))).rejects.toThrow(
      "model lattice needs at least one modality and dataset bare has none",
    );
    expect(fs.existsSync(out)).toBe(false);
  });

  it("a seed that is no seed", async () => {
    const out = path.join(temporaryFolder(), "run");
    await expect(trainRun(request(out, { seed: -1 }))).rejects.toThrow("seed: found -1, expected an integer from 0");
  });
});

describe("evaluateRun", () => {
  it("changes how it measures, and only that", async () => {
    const out = path.join(temporaryFolder(), "run");
    const run = await trainRun(request(out, { model: "mf" }));
    const retrieved = await evaluateRun(out, { threads: 1, set: { ndcg: "retrieved" } });
    expect(retrieved["ndcg@20"]).toBe(run.metrics.test["ndcgRetrieved@20"]);
    const masked = await evaluateRun(out, { threads: 1, set: { maskValidation: true } });
    expect(masked["recall@10"]).toBeGreaterThan(run.metrics.test["recall@10"] ?? 1);
    await expect(evaluateRun(out, { set: { embeddingSize: 4 } })).rejects.toThrow(
      new ConfigError(
        "option embeddingSize belongs to the training and cannot change when a run is evaluated; ndcg and maskValidation can",
      ),
    );
    await expect(evaluateRun(out, { cutoffs: [0] })).rejects.toThrow(ConfigError);
  });
});
