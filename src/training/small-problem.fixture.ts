/** A dataset and a matrix factorisation small enough for the tests of training: two tastes, each user of one of them. */
import type { Dataset, Interactions } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import type { Model } from "../models/model.ts";
import { createParameter } from "../tensor/parameter.ts";
import { createRandom } from "../tensor/random.ts";
import { type TrainingOptionsInput, trainingOptionsSchema } from "./configuration.ts";

function interactionsOf(rows: readonly (readonly number[])[], items: number): Interactions {
  const rowPointers = new Int32Array(rows.length + 1);
  rows.forEach((row, u) => {
    rowPointers[u + 1] = rowPointers[u] + row.length;
  });
  return {
    rows: rows.length,
    columns: items,
    rowPointers,
    columnIndices: Int32Array.from(rows.flatMap((row) => [...row].sort((a, b) => a - b))),
  };
}

/** 40 users × 30 items; a user likes items of the same parity. One item a user is held out for validation and one for test. */
export function smallDataset(withValidation = true): Dataset {
  const random = createRandom(1, "small-problem");
  const rows = Array.from({ length: 40 }, (_, user) => {
    const liked = Array.from({ length: 15 }, (__, i) => 2 * i + (user % 2));
    for (let at = 0; at < 8; at++) {
      const other = at + random.below(liked.length - at);
      [liked[at], liked[other]] = [liked[other], liked[at]];
    }
    return liked.slice(0, 8);
  });
  const items = 30;
  return {
    name: "small",
    users: rows.length,
    items,
    userIds: rows.map((_, user) => String(user)),
    itemIds: Array.from({ length: items }, (_, item) => String(item)),
    interactions: {
      train: interactionsOf(
        rows.map((row) => row.slice(0, 6)),
        items,
      ),
      validation: interactionsOf(
        rows.map((row) => (withValidation ? row.slice(6, 7) : [])),
        items,
      ),
      test: interactionsOf(
        rows.map((row) => row.slice(7)),
        items,
      ),
    },
    modalities: [],
    warnings: [],
    fingerprint: `small-${withValidation}`,
  };
}

/** x̂_u = E_u, x̂_i = E_i, written on the engine alone. */
export function smallModel(engine: Engine, dataset: Dataset, seed: number, size = 8): Model {
  const users = createParameter(engine, "users.embedding", dataset.users, size);
  const items = createParameter(engine, "items.embedding", dataset.items, size);
  const random = createRandom(seed, "small-model");
  for (const { data } of [users.value, items.value]) {
    for (let e = 0; e < data.length; e++) data[e] = (random.uniform() - 0.5) * 0.2;
  }
  return {
    name: "small",
    engine,
    users: dataset.users,
    items: dataset.items,
    parameters: [users, items],
    graphSeconds: 0,
    initialNeighbours: {},
    loss: (_tape, batch, _context, options) => {
      const wholeGradient = (rows: number) => ({ rows, columns: size, data: engine.floats(rows * size) });
      const userGradient = wholeGradient(dataset.users);
      const itemGradient = wholeGradient(dataset.items);
      const slots = (indices: Int32Array): Int32Array => {
        const copy = engine.ints(indices.length);
        copy.set(indices);
        return copy;
      };
      const triples = {
        users: slots(batch.users),
        positives: slots(batch.positives),
        negatives: slots(batch.negatives),
      };
      const { regularisation, batchSize } = options;
      const loss = engine.bpr(users.value, items.value, triples, regularisation, batchSize, userGradient, itemGradient);
      users.gradient = userGradient;
      items.gradient = itemGradient;
      return loss;
    },
    finalEmbeddings: () => {
      const copyOf = ({ rows, columns, data }: typeof users.value) => {
        const copy = engine.floats(data.length);
        copy.set(data);
        return { rows, columns, data: copy };
      };
      return { users: copyOf(users.value), items: copyOf(items.value) };
    },
    itemGraph: () => undefined,
    modalityWeights: () => undefined,
    dispose: () => {},
  };
}

export const smallOptions = (input: TrainingOptionsInput = {}) =>
  trainingOptionsSchema.parse({
    batchSize: 32,
    epochs: 12,
    learningRate: 0.05,
    validateEvery: 2,
    validateBy: "recall@10",
    ...input,
  });
