/** Cold items alone as candidates, and the split that makes them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Interactions, Split } from "../data/dataset.ts";
import { createDataset } from "../data/index.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { coldItems, coldStartSplit, pairsByItem, restrictToItems } from "./cold-start.ts";
import { evaluate } from "./evaluate.ts";

function interactionsOf(items: number, lists: readonly (readonly number[])[]): Interactions {
  const rowPointers = Int32Array.from([0, ...lists.map((_, user) => lists.slice(0, user + 1).flat().length)]);
  return { rows: lists.length, columns: items, rowPointers, columnIndices: Int32Array.from(lists.flat()) };
}

/** Items 1, 3 and 4 are cold; user 2 holds out a warm item alone. */
const interactions = {
  train: interactionsOf(5, [[0, 2], [0], [2]]),
  validation: interactionsOf(5, [[], [4], []]),
  test: interactionsOf(5, [[1, 4], [2, 3], [0]]),
};

/** Scores of three users for five items, as embeddings of three columns. */
const scores = [
  [9, 1, 8, 3, 2],
  [9, 3, 8, 2, 1],
  [9, 8, 7, 6, 5],
];
const engine = createReferenceEngine("float64");
const matrix = (rows: number, values: readonly number[]) => {
  const data = engine.floats(values.length);
  data.set(values);
  return { rows, columns: values.length / rows, data };
};
const embeddings = {
  users: matrix(3, [1, 0, 0, 0, 1, 0, 0, 0, 1]),
  items: matrix(
    5,
    [0, 1, 2, 3, 4].flatMap((item) => scores.map((row) => row[item])),
  ),
};

describe("evaluate with cold candidates", () => {
  const request = {
    engine,
    embeddings,
    interactions,
    split: "test",
    cutoffs: [1, 2],
  } as const;

  it("ranks the candidates alone, for users who hold one of them out", () => {
    const figures = evaluate({ ...request, candidates: coldItems(interactions.train) });
    // User 0 ranks 3, 4, 1 and holds out 1 and 4; user 1 ranks 1, 3, 4 and holds out 3; user 2 has no cold item.
    expect(figures["recall@1"]).toBe(0);
    expect(figures["recall@2"]).toBe((1 / 2 + 1) / 2);
    expect(figures["mrr@2"]).toBe(1 / 2);
    expect(figures["coverage@2"]).toBe(1);
  });

  it("is the ranking of all items where all are candidates", () => {
    const all = Int32Array.from(scores[0].keys());
    expect(evaluate({ ...request, candidates: all })).toEqual(evaluate(request));
  });

  it("masks validation items among the candidates where asked to", () => {
    const wanted = { ...request, cutoffs: [2], candidates: Int32Array.from([1, 3, 4]) };
    // Of user 1, who validated 4, the list is 1, 3 either way; with one place less before it, 3 moves up where 1 is no candidate.
    const narrow = { ...wanted, cutoffs: [1], candidates: Int32Array.from([3, 4]) };
    expect(evaluate({ ...wanted, maskValidation: true })).toEqual(evaluate(wanted));
    expect(evaluate({ ...narrow, maskValidation: true })["recall@1"]).toBe(1 / 2);
    const lower = { ...interactions, validation: interactionsOf(5, [[], [3], []]) };
    expect(evaluate({ ...narrow, interactions: lower, maskValidation: true })["recall@1"]).toBe(0);
  });

  it("refuses candidates of which none is held out", () => {
    expect(() => evaluate({ ...request, split: "validation", candidates: Int32Array.of(1) })).toThrow(
      "validation set: no interaction with one of the 1 candidates is held out",
    );
  });
});

describe("restrictToItems", () => {
  it("renumbers the columns that stay", () => {
    const { columns, rowPointers, columnIndices } = restrictToItems(interactions.test, Int32Array.from([1, 3, 4]));
    expect({ columns, rowPointers: [...rowPointers], columnIndices: [...columnIndices] }).toEqual({
      columns: 3,
      rowPointers: [0, 2, 3, 3],
      columnIndices: [0, 2, 1],
    });
  });
});

describe("coldStartSplit", () => {
  const pairs = fc.uniqueArray(fc.tuple(fc.nat(11), fc.nat(19)), {
    minLength: 60,
    maxLength: 150,
    selector: (pair) => pair.join(),
  });

  it("takes all interactions of a share of the items away from training, half of the items for each held-out set", () => {
    fc.assert(
      fc.property(pairs, fc.nat(), fc.double({ min: 0.15, max: 0.6, noNaN: true }), (all, seed, share) => {
        const dataset = createDataset({
          name: "any",
          users: 12,
          items: 20,
          interactions: { train: all.slice(0, 40), validation: all.slice(40, 50), test: all.slice(50) },
        });
        const splitOf = coldStartSplit(dataset.interactions, share, seed);
        expect(coldStartSplit(dataset.interactions, share, seed)).toEqual(splitOf);
        const used = new Set(all.map(([, item]) => item));
        const drawn = (split: Split) => [...used].filter((item) => splitOf[item] === split).length;
        const cold = drawn("validation") + drawn("test");
        expect(cold).toBe(Math.floor((used.size * Math.round(share * 1e6)) / 1e6));
        expect(drawn("test") - drawn("validation")).toBe(cold % 2);
        expect(splitOf.filter((split, item) => split !== "train" && !used.has(item))).toEqual([]);
        const split = pairsByItem(dataset, splitOf);
        expect([...split.train, ...split.validation, ...split.test].map(String).sort()).toEqual(all.map(String).sort());
        for (const name of ["train", "validation", "test"] as const) {
          expect(split[name].every(([, item]) => splitOf[item] === name)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("differs from seed to seed and refuses a share that is too small or too large", () => {
    const dataset = createDataset({
      name: "d",
      interactions: { train: Array.from({ length: 50 }, (_, i) => [0, i] as const) },
    });
    expect(coldStartSplit(dataset.interactions, 0.2, 1)).not.toEqual(coldStartSplit(dataset.interactions, 0.2, 2));
    for (const share of [0.01, 1])
      expect(() => coldStartSplit(dataset.interactions, share, 1)).toThrow("cold start: a share of");
  });
});
