/** The models that learn nothing, against their equations one pair at a time, and what every model owes the trainer. */
import { describe, expect, it } from "vitest";
import type { Dataset } from "../data/dataset.ts";
import { createDataset } from "../data/index.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { Tape } from "../tensor/tape.ts";
import { type FloorName, floorNames, type ModelOptions, modelOptionsSchema } from "./configuration.ts";
import { createModel } from "./index.ts";
import { groupedDataset } from "./model.conformance.ts";
import type { Model } from "./model.ts";

const options = modelOptionsSchema.parse({});

/** score[user][item] from the final embeddings, which are given back, or from the item scores. */
function scoresOf(model: Model, { interactions: { train } }: Dataset): number[][] {
  const { users, items, itemScores } = model.finalEmbeddings();
  if (itemScores !== undefined) {
    const scores = Array.from({ length: users.rows }, () => new Array<number>(items.rows).fill(0));
    for (let item = 0; item < items.rows; item++) {
      for (let p = itemScores.rowPointers[item]; p < itemScores.rowPointers[item + 1]; p++) {
        for (let user = 0; user < users.rows; user++) {
          const own = train.columnIndices.subarray(train.rowPointers[user], train.rowPointers[user + 1]);
          if (own.includes(itemScores.columnIndices[p])) scores[user][item] += itemScores.values[p];
        }
      }
    }
    model.engine.release(users.data);
    model.engine.release(items.data);
    return scores;
  }
  const row = (matrix: typeof users, index: number): number[] =>
    Array.from(matrix.data.subarray(index * matrix.columns, (index + 1) * matrix.columns));
  const scores = Array.from({ length: users.rows }, (_, u) =>
    Array.from({ length: items.rows }, (_, i) => {
      const item = row(items, i);
      return row(users, u).reduce((sum, value, c) => sum + value * item[c], 0);
    }),
  );
  model.engine.release(users.data);
  model.engine.release(items.data);
  return scores;
}

async function withFloor<T>(
  name: FloorName,
  dataset: Dataset,
  engine: Engine,
  use: (model: Model) => T,
  set: ModelOptions = options,
): Promise<T> {
  const model = await createModel(engine, dataset, { model: name, options: set, seed: 1 });
  try {
    return use(model);
  } finally {
    model.dispose();
    engine.close();
  }
}

/** Item 3 has no text, item 4 is described by the neighbour list alone, user 2 has no training items. */
const dataset = createDataset({
  name: "shelf",
  users: 3,
  interactions: {
    train: [
      [0, 0],
      [0, 1],
      [1, 3],
    ],
  },
  modalities: [
    {
      name: "image",
      features: [
        [2, 0],
        [3, 4],
        [0, 5],
        [1, 1],
        [0, 0],
      ],
    },
    {
      name: "text",
      features: [
        [1, 0, 0],
        [0, 2, 0],
        [0, 3, 3],
        [0, 0, 0],
        [0, 0, 0],
      ],
    },
    {
      name: "sound",
      neighbours: {
        rows: 5,
        width: 2,
        indices: Int32Array.from([0, 4, -1, -1, -1, -1, -1, -1, 4, 0]),
        cosines: Float32Array.from([1, 0.5, 0, 0, 0, 0, 0, 0, 1, 0.5]),
      },
    },
  ],
});

describe("popularity", () => {
  it("scores an item by its training interactions, for every user", async () => {
    await withFloor("popularity", dataset, createReferenceEngine("float64"), (model) => {
      expect(scoresOf(model, dataset)).toEqual(Array.from({ length: 3 }, () => [1, 1, 0, 1, 0]));
    });
  });
});

describe("item-knn", () => {
  /** Items 0 and 1 share two users, 1 and 2 one; nobody took 3 and 4. */
  const taken = createDataset({
    name: "taken",
    users: 4,
    items: 5,
    interactions: {
      train: [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
        [2, 1],
        [2, 2],
        [3, 2],
      ],
    },
  });
  const scores = (neighbours: number, shrinkage = 0): Promise<number[][]> => {
    const set = modelOptionsSchema.parse({ neighbours, shrinkage });
    return withFloor("item-knn", taken, createReferenceEngine("float64"), (model) => scoresOf(model, taken), set);
  };
  const [near, far] = [2 / Math.sqrt(6), 1 / Math.sqrt(6)];
  const closeTo = (found: readonly number[], expected: readonly number[]): void =>
    expected.forEach((value, item) => {
      expect(found[item], `item ${item}`).toBeCloseTo(value, 6);
    });

  it("sums the cosines of the items' users", async () => {
    const [ann, , cat, dan] = await scores(4);
    closeTo(ann, [near, near, far, 0, 0]);
    closeTo(cat, [near, far, far, 0, 0]);
    closeTo(dan, [0, far, 0, 0, 0]);
  });

  it("keeps the nearest of the item that is scored", async () => {
    const [ann, , cat, dan] = await scores(1);
    closeTo(ann, [near, near, far, 0, 0]);
    closeTo(cat, [near, 0, far, 0, 0]);
    closeTo(dan, [0, 0, 0, 0, 0]);
  });

  it("shrinks what few users say", async () => {
    const [ann] = await scores(4, 3);
    closeTo(ann, [2 / (Math.sqrt(6) + 3), 2 / (Math.sqrt(6) + 3), 1 / (Math.sqrt(6) + 3), 0, 0]);
  });
});

describe("content-knn", () => {
  const cosine = (a: readonly number[], b: readonly number[]): number => {
    const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, c) => sum + value * y[c], 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };

  it("is the mean of the cosines with the profile, over the modalities that the item has", async () => {
    await withFloor("content-knn", dataset, createReferenceEngine("float64"), (model) => {
      const [ann, bob, nobody] = scoresOf(model, dataset);
      const imageProfile = [1 + 0.6, 0.8];
      const textProfile = [1, 1, 0];
      const soundProfile = [1, 0, 0, 0, 0.5];
      expect(ann[2]).toBeCloseTo((cosine(imageProfile, [0, 5]) + cosine(textProfile, [0, 3, 3])) / 2, 6);
      expect(ann[3]).toBeCloseTo(cosine(imageProfile, [1, 1]), 6);
      expect(ann[4]).toBeCloseTo(cosine(soundProfile, [0.5, 0, 0, 0, 1]), 6);
      expect(bob[0]).toBeCloseTo(cosine([1, 1], [2, 0]) / 3, 6);
      expect(nobody).toEqual([0, 0, 0, 0, 0]);
    });
  });

  it("says what is missing", async () => {
    const bare = createDataset({ name: "bare", interactions: { train: [[0, 1]] } });
    await expect(
      withFloor("content-knn", bare, createReferenceEngine("float64"), (model) => scoresOf(model, bare)),
    ).rejects.toThrow("content-knn: bare has no modality");
  });
});

describe.each(floorNames)("%s as a model", (name) => {
  const grouped = groupedDataset();

  it("gives the same bytes on another engine's threads, and its memory back", async () => {
    const run = async (threads: number) => {
      const engine = await openEngine({ threads });
      const before = engine.memory().inUse;
      const model = await createModel(engine, grouped, { model: name, options, seed: threads });
      const scores = scoresOf(model, grouped);
      model.dispose();
      expect(engine.memory().inUse).toBe(before);
      engine.close();
      return scores;
    };
    expect(await run(1)).toEqual(await run(2));
  });

  it("has a loss that is its scores'", async () => {
    await withFloor(name, grouped, createReferenceEngine("float64"), (model) => {
      const batch = {
        users: Int32Array.from([0, 3, 3]),
        positives: Int32Array.from([4, 7, 3]),
        negatives: Int32Array.from([1, 2, 2]),
      };
      const scores = scoresOf(model, grouped);
      const expected = [0, 1, 2].map((t) =>
        Math.log1p(Math.exp(scores[batch.users[t]][batch.negatives[t]] - scores[batch.users[t]][batch.positives[t]])),
      );
      const { ranking } = model.engine.step(() =>
        model.loss(
          new Tape(model.engine),
          batch,
          { epoch: 0, step: 0, dropoutKey: 0 },
          { regularisation: 0, batchSize: 3 },
        ),
      );
      expect(ranking).toBeCloseTo(expected.reduce((a, b) => a + b) / 3, 8);
      expect(model.parameters).toEqual([]);
      if (name !== "item-knn") expect(model.itemGraph()).toBeUndefined();
      expect(model.modalityWeights()).toBeUndefined();
    });
  });
});
