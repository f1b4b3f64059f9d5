/** A comparison made up by hand: LATTICE with few and with many neighbours, the latter better. */
import { trainingOptionsSchema } from "../training/configuration.ts";
import type { Comparison, ContenderResult } from "./comparison-format.ts";

function contender(name: string, neighbours: number, recall: number): ContenderResult {
  const figures = { "recall@20": { mean: recall, deviation: 0.01 }, "ndcg@20": { mean: recall / 2, deviation: 0.01 } };
  const table = { "recall@20": recall, "ndcg@20": recall / 2 };
  const seconds = 100 * (recall - 0.1);
  return {
    name,
    model: "lattice",
    backbone: "lightgcn",
    options: trainingOptionsSchema.parse({ neighbours }),
    runs: [
      {
        seed: 1,
        folder: `runs/${name}/seed-1`,
        validation: table,
        test: table,
        epochs: 10,
        bestEpoch: 5,
        seconds: { total: seconds, perEpoch: 1, graph: 0.5 },
        peakMemoryBytes: 2e8,
        threads: 1,
      },
    ],
    validation: figures,
    test: figures,
    intervals: { "recall@20": [recall - 0.02, recall + 0.02], "ndcg@20": [recall / 2 - 0.02, recall / 2 + 0.02] },
    significance: {},
    exposure: { coverage: 0.5, novelty: 5, popularity: 12, historyPopularity: 10, popularityLift: 0.2, gini: 0.7 },
    cost: { seconds: { mean: seconds }, secondsPerEpoch: { mean: 1 }, epochs: { mean: 10 }, peakMemoryBytes: 2e8 },
    byActivity: { "recall@20": [recall, recall / 2], "ndcg@20": [0.1, 0.2] },
    byPopularity: [recall / 3, recall],
    modalityWeights: { image: 0.25, text: 0.75 },
  };
}

export function madeUpComparison(): Comparison {
  const test = { users: 40, zeros: 60, method: "exact" as const };
  return {
    formatVersion: 1,
    kind: "comparison",
    latticework: "0.0.0",
    finishedAt: "2026-01-02T03:04:05.000Z",
    dataset: {
      name: "shop",
      fingerprint: "0123456789abcdef",
      users: 120,
      items: 50,
      interactions: { train: 900, validation: 100, test: 100 },
      modalities: ["image", "text"],
    },
    protocol: {
      split: "test",
      validateBy: "recall@20",
      tested: ["recall@20", "ndcg@20"],
      cutoffs: [10, 20],
      ndcg: "standard",
      maskValidation: false,
      seeds: [1, 2],
      users: 100,
      resamples: 1000,
      confidence: 0.95,
      cutoff: 20,
    },
    reference: { name: "wide", chosenBy: "validation" },
    breakdown: {
      activity: [
        { from: 1, to: 4, weight: 50 },
        { from: 5, to: 9, weight: 50 },
      ],
      popularity: [
        { from: 0, to: 3, weight: 60 },
        { from: 4, to: 40, weight: 40 },
      ],
    },
    contenders: [
      {
        ...contender("narrow", 5, 0.2),
        significance: {
          "recall@20": { ...test, difference: -0.1, interval: [-0.12, -0.08], p: 0.01, corrected: 0.02 },
          "ndcg@20": { ...test, difference: -0.05, interval: [-0.06, 0.01], p: 0.2, corrected: 0.2 },
        },
      },
      contender("wide", 20, 0.3),
    ],
    sensitivity: [
      {
        option: "neighbours",
        points: [
          { value: 5, contender: "narrow" },
          { value: 20, contender: "wide" },
        ],
      },
    ],
  };
}
