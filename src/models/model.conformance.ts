/**
 * What every model has to pass: gradients against finite differences, a batch's rows equal to the full forward pass,
 * same seed → same bytes, save and load, constant memory, and that it learns.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Dataset } from "../data/dataset.ts";
import { createDataset } from "../data/index.ts";
import { readSafetensors, writeSafetensors } from "../data/safetensors.ts";
import type { Engine, Floats } from "../engine/engine.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { updateParameters } from "../tensor/adam.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { createRandom } from "../tensor/random.ts";
import { Tape, type Variable } from "../tensor/tape.ts";
import type { Batch, Model } from "./model.ts";

const users = 30;
const items = 24;
const groups = 4;

/** Users and items in hidden groups: users take items of their own group, features tell an item's group. */
export function groupedDataset(): Dataset {
  const random = createRandom(5, "grouped");
  const train: [number, number][] = [];
  for (let u = 0; u < users; u++) {
    for (let i = 0; i < items; i++) if (i % groups === u % groups && random.uniform() < 0.7) train.push([u, i]);
    train.push([u, random.below(items)]);
  }
  const features = (columns: number): number[][] =>
    Array.from({ length: items }, (_, i) =>
      Array.from({ length: columns }, (_, c) => (c % groups === i % groups ? 1 : 0) + 0.5 * random.uniform()),
    );
  const matrix = (columns: number) => ({ columns, features: Float32Array.from(features(columns).flat()) });
  return createDataset({
    name: "grouped",
    users,
    items,
    interactions: { train },
    modalities: [
      { name: "image", ...matrix(9) },
      { name: "text", ...matrix(6) },
    ],
  });
}

const grouped = groupedDataset();

/** Two thirds of the items lack the picture, a few the text, and item 5 lacks both. */
export function datasetWithMissing(): Dataset {
  const items = [...Array(grouped.items).keys()];
  const missing: Readonly<Record<string, readonly number[]>> = {
    image: items.filter((i) => i % 3 !== 1 || i === 5),
    text: [2, 5, 13, 22],
  };
  return {
    ...grouped,
    name: "grouped, with missing modalities",
    modalities: grouped.modalities.map((modality) => ({
      ...modality,
      missing: Int32Array.from(missing[modality.name] ?? []),
    })),
  };
}

function randomBatch(size: number, key: number): Batch {
  const random = createRandom(key, "batch");
  const { rowPointers, columnIndices } = grouped.interactions.train;
  const draw = (make: (t: number) => number) => Int32Array.from({ length: size }, (_, t) => make(t));
  const batchUsers = draw(() => random.below(users));
  const positives = draw((t) => {
    const from = rowPointers[batchUsers[t]];
    return columnIndices[from + random.below(rowPointers[batchUsers[t] + 1] - from)];
  });
  const own = (t: number) => columnIndices.subarray(rowPointers[batchUsers[t]], rowPointers[batchUsers[t] + 1]);
  const negatives = draw((t) => {
    let item = random.below(items);
    while (own(t).includes(item)) item = random.below(items);
    return item;
  });
  return { users: batchUsers, positives, negatives };
}

const lossOptions = { regularisation: 0.01, batchSize: 32 };

/** Holds the targets of an objective, which no gradient passes through, at what they were when first met. */
class HoldingTape extends Tape {
  private readonly held: Floats[];
  private met = 0;

  /** @param held shared by the tapes of one comparison, empty at first */
  constructor(engine: Engine, held: Floats[]) {
    super(engine);
    this.held = held;
  }

  override stopGradient(of: Variable): Variable {
    const place = this.met++;
    this.held[place] ??= of.value.data.slice();
    const { rows, columns } = of.value;
    const data = this.engine.floats(rows * columns);
    data.set(this.held[place]);
    return this.constant({ rows, columns, data });
  }
}

function trainSteps(model: Model, epochs: number, learningRate: number): number {
  let last = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let step = 0; step < 3; step++) {
      const batch = randomBatch(lossOptions.batchSize, epoch * 3 + step);
      model.engine.step(() => {
        const context = { epoch, step, dropoutKey: epoch * 3 + step };
        last = model.loss(new Tape(model.engine), batch, context, lossOptions).ranking;
        updateParameters(model.engine, model.parameters, learningRate);
      });
    }
  }
  return last;
}

function writtenGradient(engine: Engine, { gradient, value }: Parameter): number[] {
  if (gradient === undefined) return new Array<number>(value.data.length).fill(0);
  if (!("left" in gradient)) return Array.from(gradient.data);
  const data = engine.floats(value.data.length);
  engine.multiply(gradient.left, gradient.right, { rows: value.rows, columns: value.columns, data });
  return Array.from(data);
}

const bytesOf = (model: Model): Buffer =>
  Buffer.concat(model.parameters.map(({ value }) => Buffer.from(value.data.slice().buffer)));

const finalOf = (model: Model): { users: number[]; items: number[] } => {
  const final = model.finalEmbeddings();
  const copy = { users: Array.from(final.users.data), items: Array.from(final.items.data) };
  model.engine.release(final.users.data);
  model.engine.release(final.items.data);
  return copy;
};

export type CreateModelFor = (engine: Engine, dataset: Dataset, seed: number) => Promise<Model>;

/**
 * @param open the engine under test; gradients are checked on the float64 reference
 * @param ownTerms true for an objective that is not the BPR of the final embeddings alone, or is of other graphs than evaluation's
 */
export function modelConformance(
  name: string,
  create: CreateModelFor,
  open: () => Promise<Engine>,
  dataset: Dataset = grouped,
  { ownTerms = false }: { readonly ownTerms?: boolean } = {},
): void {
  const withModel = async <T>(seed: number, use: (model: Model) => T | Promise<T>): Promise<T> => {
    const engine = await open();
    const model = await create(engine, dataset, seed);
    try {
      return await use(model);
    } finally {
      model.dispose();
      engine.close();
    }
  };

  describe(`model conformance: ${name}`, () => {
    it("has the gradients that finite differences give", async () => {
      const engine = createReferenceEngine("float64");
      const model = await create(engine, dataset, 3);
      trainSteps(model, 2, 0.01);
      const batch = randomBatch(lossOptions.batchSize, 77);
      const held: Floats[] = [];
      const context = { epoch: 0, step: 0, dropoutKey: 9 };
      const total = (): number =>
        engine.step(() => {
          const { ranking, regularisation } = model.loss(new HoldingTape(engine, held), batch, context, lossOptions);
          return ranking + regularisation;
        });
      const gradients = engine.step(() => {
        model.loss(new Tape(engine), batch, context, lossOptions);
        return model.parameters.map((parameter) => writtenGradient(engine, parameter));
      });
      const random = createRandom(11, "entries");
      const here = total();
      model.parameters.forEach(({ name: parameterName, value }, p) => {
        const largest = Math.max(...gradients[p].map(Math.abs), 1e-6);
        let smooth = 0;
        for (let trial = 0; trial < 12; trial++) {
          const entry = random.below(value.data.length);
          const before = value.data[entry];
          const width = 1e-5;
          value.data[entry] = before + width;
          const above = total();
          value.data[entry] = before - width;
          const below = total();
          value.data[entry] = before;
          const difference = (above - below) / (2 * width);
          const oneSided = (above - here) / width;
          if (Math.abs(oneSided - difference) > 1e-3 * largest) continue;
          smooth += 1;
          expect(Math.abs(difference - gradients[p][entry]) / largest, `${parameterName}[${entry}]`).toBeLessThan(2e-4);
        }
        expect(smooth, `${parameterName}: entries away from a kink`).toBeGreaterThanOrEqual(6);
      });
    });

    const computesAlike = async (): Promise<void> => {
      const engine = createReferenceEngine("float64");
      const model = await create(engine, dataset, 4);
      const batch = randomBatch(lossOptions.batchSize, 5);
      const { ranking } = engine.step(() =>
        model.loss(new Tape(engine, true), batch, { epoch: 0, step: 0, dropoutKey: 1 }, lossOptions),
      );
      const final = finalOf(model);
      const size = final.users.length / users;
      const score = (u: number, i: number): number => {
        let sum = 0;
        for (let c = 0; c < size; c++) sum += final.users[u * size + c] * final.items[i * size + c];
        return sum;
      };
      const expected =
        batch.users.reduce(
          (sum, u, t) => sum + Math.log1p(Math.exp(score(u, batch.negatives[t]) - score(u, batch.positives[t]))),
          0,
        ) / batch.users.length;
      expect(ranking).toBeCloseTo(expected, name.includes("ngcf") ? 1 : 10);
    };
    if (!ownTerms) it("computes at a batch's rows what it computes for all", computesAlike);

    it("gives the same bytes for the same seed, others for another", async () => {
      const run = (seed: number) =>
        withModel(seed, (model) => {
          trainSteps(model, 3, 0.01);
          return bytesOf(model);
        });
      const first = await run(1);
      expect((await run(1)).equals(first)).toBe(true);
      expect((await run(2)).equals(first)).toBe(false);
    });

    it("is the same model after saving and loading its parameters", async () => {
      const folder = mkdtempSync(join(tmpdir(), "latticework-"));
      const path = join(folder, "weights.safetensors");
      try {
        const saved = await withModel(1, async (model) => {
          trainSteps(model, 3, 0.01);
          const tensors = model.parameters.map(({ name: tensor, value }) => ({
            name: tensor,
            shape: [value.rows, value.columns],
            dtype: "F32" as const,
            data: value.data,
          }));
          await writeSafetensors(path, tensors, {});
          return finalOf(model);
        });
        const loaded = await withModel(2, async (model) => {
          const { tensors } = readSafetensors(path);
          for (const parameter of model.parameters) {
            const tensor = tensors.get(parameter.name);
            parameter.value.data.set(Float32Array.from(tensor?.data ?? [], Number));
          }
          return finalOf(model);
        });
        expect(loaded).toEqual(saved);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it("trains at constant memory and gives it all back", async () => {
      const engine = await open();
      const before = engine.memory().inUse;
      const model = await create(engine, dataset, 1);
      trainSteps(model, 4, 0.01);
      finalOf(model);
      const early = engine.memory().inUse;
      trainSteps(model, 20, 0.01);
      finalOf(model);
      expect(engine.memory().inUse).toBeLessThanOrEqual(early * 1.02 + 4096);
      model.dispose();
      expect(engine.memory().inUse).toBe(before);
      engine.close();
    });

    it("learns: the loss falls and hidden groups separate", async () => {
      await withModel(1, (model) => {
        const first = trainSteps(model, 1, 0.01);
        const last = trainSteps(model, 60, 0.01);
        expect(last).toBeLessThan(first * 0.6);
        const final = finalOf(model);
        const size = final.users.length / users;
        let right = 0;
        for (let u = 0; u < users; u++) {
          const scores = Array.from({ length: items }, (_, i) => {
            let sum = 0;
            for (let c = 0; c < size; c++) sum += final.users[u * size + c] * final.items[i * size + c];
            return sum;
          });
          const best = scores
            .map((score, i) => ({ score, i }))
            .sort((a, b) => b.score - a.score)
            .slice(0, 5);
          right += best.filter(({ i }) => i % groups === u % groups).length;
        }
        expect(right / (5 * users)).toBeGreaterThan(0.7);
      });
    });
  });
}
