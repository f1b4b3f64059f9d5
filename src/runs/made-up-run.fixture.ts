/**
 * A small run made up by hand for tests of writing, opening and recommending: four users and six items on a line, so
 * that every ranking can be seen by eye. User 3 has no training items.
 */
import type { Interactions } from "../data/dataset.ts";
import { trainingOptionsSchema } from "../training/configuration.ts";
import type { EpochRecord } from "../training/events.ts";
import { runFormatVersion } from "./run-format.ts";
import type { RunContent } from "./write-run.ts";

/** Interactions of four users with six items, from the items of each user. */
export function interactionsOf(items: readonly (readonly number[])[]): Interactions {
  const rowPointers = Int32Array.from([0, ...items.map((_, user) => items.slice(0, user + 1).flat().length)]);
  return { rows: items.length, columns: 6, rowPointers, columnIndices: Int32Array.from(items.flat()) };
}

const history: readonly EpochRecord[] = Array.from({ length: 11 }, (_, epoch) => ({
  epoch,
  loss: 8 / (epoch + 1),
  rankingLoss: 7.9 / (epoch + 1),
  regularisationLoss: 0.1 / (epoch + 1),
  learningRate: 5e-4,
  seconds: 0.25,
  modalityWeights: { image: 0.5 + epoch / 100, text: 0.5 - epoch / 100 },
  ...(epoch % 5 === 0 ? { validation: { "recall@20": 0.1 + epoch / 100 - (epoch > 5 ? 0.06 : 0) } } : {}),
}));

/** A whole run; scores are user position × item position. */
export function madeUpRun(): RunContent {
  return {
    config: {
      formatVersion: runFormatVersion,
      status: "finished",
      model: "lattice",
      backbone: "lightgcn",
      seed: 7,
      options: trainingOptionsSchema.parse({ neighbours: 2, epochs: 11 }),
      dataset: {
        name: "shop <&> co",
        fingerprint: "0123456789abcdef".repeat(4),
        users: 4,
        items: 6,
        interactions: { train: 5, validation: 1, test: 1 },
        modalities: [
          { name: "image", columns: 3 },
          { name: "text", neighbourWidth: 2 },
        ],
      },
      environment: {
        latticework: "0.0.0",
        node: "24.0.0",
        platform: "linux x64",
        engine: "reference",
        precision: "float32",
        threads: 1,
      },
      startedAt: "2026-01-02T03:04:05.000Z",
      finishedAt: "2026-01-02T03:04:09.000Z",
    },
    metrics: {
      model: "lattice",
      backbone: "lightgcn",
      dataset: "shop <&> co",
      seed: 7,
      epochs: 11,
      bestEpoch: 5,
      validation: { "recall@10": 0.11, "recall@20": 0.15, "ndcg@20": 0.06 },
      test: {
        "recall@10": 0.1,
        "recall@20": 0.14,
        "precision@20": 0.01,
        "ndcg@10": 0.04,
        "ndcg@20": 0.05,
        "ndcgRetrieved@20": 0.055,
      },
      seconds: { total: 3.2, perEpoch: 0.25, graph: 0.1 },
      peakMemoryBytes: 123_456_789,
    },
    history,
    ids: {
      users: ["ann", "bob", "cleo", "dan"],
      items: ["i0", "i1", "i2", "i3", "i4", "i5"],
      titles: ["Zero, the first", "One", 'Two "2"', "Three", "Four", "Five"],
    },
    weights: {
      parameters: [
        { name: "embedding.users", value: { rows: 4, columns: 2, data: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]) } },
      ],
      users: { rows: 4, columns: 2, data: Float32Array.from([1, 0, -1, 0, 0, 1, 1, 1]) },
      items: { rows: 6, columns: 2, data: Float32Array.from([0, 5, 1, 4, 2, 3, 3, 2, 4, 1, 5, 0]) },
      itemGraph: {
        rows: 6,
        columns: 6,
        rowPointers: Int32Array.from([0, 2, 4, 6, 8, 10, 11]),
        columnIndices: Int32Array.from([0, 1, 0, 2, 1, 3, 2, 4, 3, 5, 5]),
        values: Float32Array.from([0.5, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 0.5, 0.5, 0.25, 1]),
      },
      neighbours: {
        image: {
          rows: 6,
          width: 2,
          indices: Int32Array.from([0, 5, 1, 4, 2, 3, 3, 2, 4, 1, 5, -1]),
          cosines: Float32Array.from([1, 0.5, 1, 0.25, 1, 0.75, 1, 0.75, 1, 0.25, 1, 0]),
        },
      },
      interactions: {
        train: interactionsOf([[5, 4].sort(), [0], [0, 1], []]),
        validation: interactionsOf([[3], [], [], []]),
        test: interactionsOf([[], [2], [], []]),
      },
    },
  };
}
