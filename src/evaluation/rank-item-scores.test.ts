/** Ranking by item scores against the scores written out and sorted. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Interactions } from "../data/dataset.ts";
import { createDataset } from "../data/index.ts";
import { openEngine } from "../engine/open.ts";
import { coOccurrenceScores, transposedScores } from "../graph/co-occurrence.ts";
import { zeros } from "../tensor/tape.ts";
import { restrictToItems } from "./cold-start.ts";
import { evaluate } from "./evaluate.ts";
import { rankByItemScores } from "./rank-item-scores.ts";

const [users, items] = [7, 9];

const rowsOf = (sets: readonly (readonly number[])[]): Interactions => {
  const rowPointers = new Int32Array(sets.length + 1);
  sets.forEach((set, row) => {
    rowPointers[row + 1] = rowPointers[row] + set.length;
  });
  const columnIndices = Int32Array.from(sets.flatMap((set) => [...set].sort((a, b) => a - b)));
  return { rows: sets.length, columns: items, rowPointers, columnIndices };
};
const subsetsOfItems = fc.array(fc.uniqueArray(fc.nat(items - 1), { maxLength: items }), {
  minLength: users,
  maxLength: users,
});

describe("rankByItemScores", () => {
  it("gives the lists that all scores, sorted, give", () => {
    const candidateSets = fc.option(fc.uniqueArray(fc.nat(items - 1), { minLength: 1 }), { nil: undefined });
    const depths = fc.integer({ min: 1, max: items + 2 });
    fc.assert(
      fc.property(
        subsetsOfItems,
        subsetsOfItems,
        candidateSets,
        depths,
        fc.nat(6),
        (sets, hidden, chosen, depth, k) => {
          const train = rowsOf(sets);
          const scores = coOccurrenceScores(train, k + 1, 0);
          const candidates = chosen && Int32Array.from(chosen).sort();
          const ranked = candidates ?? Int32Array.from({ length: items }, (_, item) => item);
          const mask = candidates === undefined ? rowsOf(hidden) : restrictToItems(rowsOf(hidden), candidates);
          const value = (user: number, item: number): number => {
            let sum = 0;
            for (const taken of sets[user].toSorted((a, b) => a - b)) {
              for (let p = scores.rowPointers[item]; p < scores.rowPointers[item + 1]; p++) {
                if (scores.columnIndices[p] === taken) sum += scores.values[p];
              }
            }
            return sum;
          };
          const request = { transposed: transposedScores(scores), profiles: train, mask, candidates, depth };
          const [block] = rankByItemScores({
            ...request,
            users: Int32Array.from({ length: users }, (_, user) => user),
          });
          for (let user = 0; user < users; user++) {
            const expected = Array.from(ranked, (item, place) => ({ item, place, score: value(user, item) }))
              .filter(({ item }) => !hidden[user].includes(item))
              .sort((a, b) => b.score - a.score || a.place - b.place)
              .slice(0, depth);
            const padded = [
              ...expected.map(({ place }) => place),
              ...new Array<number>(depth - expected.length).fill(-1),
            ];
            expect(Array.from(block.items.subarray(user * depth, (user + 1) * depth))).toEqual(padded);
            expected.forEach(({ score }, place) => {
              expect(block.scores[user * depth + place]).toBe(score);
            });
          }
        },
      ),
    );
  });
});

describe("coOccurrenceScores", () => {
  it("keeps each item's k largest cosines, itself left out", () => {
    fc.assert(
      fc.property(subsetsOfItems, fc.integer({ min: 1, max: items }), (sets, k) => {
        const { rowPointers, columnIndices, values } = coOccurrenceScores(rowsOf(sets), k, 0);
        const takers = (item: number): number[] => [...sets.keys()].filter((user) => sets[user].includes(item));
        for (let item = 0; item < items; item++) {
          const own = takers(item);
          const expected = Array.from({ length: items }, (_, other) => {
            const common = takers(other).filter((user) => own.includes(user)).length;
            return { other, cosine: common === 0 ? 0 : common / Math.sqrt(own.length * takers(other).length) };
          })
            .filter(({ other, cosine }) => other !== item && cosine > 0)
            .sort((a, b) => b.cosine - a.cosine || a.other - b.other)
            .slice(0, k)
            .sort((a, b) => a.other - b.other);
          const from = rowPointers[item];
          expect(Array.from(columnIndices.subarray(from, rowPointers[item + 1]))).toEqual(
            expected.map(({ other }) => other),
          );
          expected.forEach(({ cosine }, place) => {
            expect(values[from + place]).toBeCloseTo(cosine, 6);
          });
        }
      }),
    );
  });
});

describe("evaluate", () => {
  it("ranks by item scores, all items or the candidates alone", async () => {
    const dataset = createDataset({
      name: "pairs",
      users: 3,
      items: 4,
      interactions: {
        train: [
          [0, 0],
          [0, 1],
          [1, 0],
          [2, 3],
        ],
        test: [
          [1, 1],
          [2, 2],
        ],
      },
    });
    const { interactions } = dataset;
    const engine = await openEngine({ threads: 1 });
    const embeddings = {
      users: zeros(engine, 3, 0),
      items: zeros(engine, 4, 0),
      itemScores: coOccurrenceScores(interactions.train, 10, 0),
    };
    const request = { engine, embeddings, interactions, split: "test", cutoffs: [1] } as const;
    expect(evaluate(request)["recall@1"]).toBe(0.5);
    expect(evaluate({ ...request, candidates: Int32Array.of(1, 2) })["recall@1"]).toBe(0.5);
    expect(evaluate({ ...request, candidates: Int32Array.of(2) })["recall@1"]).toBe(1);
    engine.close();
  });
});
