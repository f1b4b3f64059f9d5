/** Metrics against golden values of two implementations, against their bounds, and against a table worked out by hand. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createReferenceEngine } from "../engine/reference.ts";
import { ConfigError } from "../errors.ts";
import { createMetricSums } from "./metric-sums.ts";
import {
  averagePrecision,
  coverage,
  discount,
  hitRate,
  ndcg,
  ndcgRetrieved,
  precision,
  recall,
  reciprocalRank,
} from "./metrics.ts";
import { rankInBlocks } from "./rank.ts";

const numbers = z.array(z.number());
const lists = z.array(numbers);
const goldens = z
  .object({
    n_items: z.number(),
    Ks: numbers,
    scores: lists,
    train: lists,
    test: lists,
    top20: lists,
    official: z.object({
      mean: z.record(z.string(), numbers),
      per_user: z.array(z.object({ recall: numbers, precision: numbers, ndcg: numbers, hit_ratio: numbers })),
    }),
    mmrec: z.object({
      mean: z.record(z.string(), numbers),
      per_user: z.array(z.object({ recall: numbers, ndcg: numbers, precision: numbers, map: numbers })),
    }),
    official_tie_example: z.object({ scores: numbers, train: numbers, top20: numbers }),
  })
  .parse(JSON.parse(readFileSync(new URL("goldens/evaluation.json", import.meta.url), "utf8")));

const depth = Math.max(...goldens.Ks);

/** Ranks by given scores: users are the rows of the identity, items the transposed scores. */
function rankByScores(scores: readonly (readonly number[])[], train: readonly (readonly number[])[]): number[][] {
  const engine = createReferenceEngine("float64");
  const users = scores.length;
  const items = scores[0]?.length ?? 0;
  const identity = { rows: users, columns: users, data: engine.floats(users * users) };
  const transposed = { rows: items, columns: users, data: engine.floats(items * users) };
  for (let u = 0; u < users; u++) {
    identity.data[u * users + u] = 1;
    for (let i = 0; i < items; i++) transposed.data[i * users + u] = scores[u]?.[i] ?? 0;
  }
  const rowPointers = Int32Array.from([0, ...train.map((_, u) => train.slice(0, u + 1).flat().length)]);
  const columnIndices = Int32Array.from(train.flatMap((row) => [...row].sort((a, b) => a - b)));
  const mask = { rows: users, columns: items, rowPointers, columnIndices };
  const ranked: number[][] = [];
  const all = Int32Array.from({ length: users }, (_, u) => u);
  for (const block of rankInBlocks({
    engine,
    embeddings: { users: identity, items: transposed },
    users: all,
    mask,
    depth,
  })) {
    for (let row = 0; row < block.count; row++) ranked.push([...block.items.subarray(row * depth, (row + 1) * depth)]);
  }
  return ranked;
}

const near = (found: number, expected: number | undefined): void => {
  expect(Math.abs(found - (expected ?? Number.NaN))).toBeLessThanOrEqual(1e-12);
};

const randomCase = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 30 }).chain((ranked) =>
  fc.record({
    ranked: fc.constant(ranked),
    heldOut: fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 25 }),
    cutoff: fc.integer({ min: 1, max: 35 }),
  }),
);

describe("metrics", () => {
  it("rank as the golden values do, with training items left out", () => {
    expect(rankByScores(goldens.scores, goldens.train)).toEqual(goldens.top20);
  });

  it("rank equal scores by ascending index", () => {
    const { scores, train, top20 } = goldens.official_tie_example;
    expect(rankByScores([scores], [train])).toEqual([top20]);
  });

  it("agree with the golden values of each user", () => {
    goldens.top20.forEach((ranked, u) => {
      const heldOut = goldens.test[u] ?? [];
      const official = goldens.official.per_user[u];
      const benchmark = goldens.mmrec.per_user[u];
      goldens.Ks.forEach((cutoff, c) => {
        near(recall(ranked, heldOut, cutoff), official?.recall[c]);
        near(precision(ranked, heldOut, cutoff), official?.precision[c]);
        near(hitRate(ranked, heldOut, cutoff), official?.hit_ratio[c]);
        near(ndcgRetrieved(ranked, heldOut, cutoff, depth), official?.ndcg[c]);
        near(recall(ranked, heldOut, cutoff), benchmark?.recall[c]);
        near(precision(ranked, heldOut, cutoff), benchmark?.precision[c]);
        near(ndcg(ranked, heldOut, cutoff), benchmark?.ndcg[c]);
        near(averagePrecision(ranked, heldOut, cutoff), benchmark?.map[c]);
      });
    });
  });

  it("sum to the golden means", () => {
    const sums = createMetricSums(goldens.Ks, goldens.n_items);
    goldens.top20.forEach((ranked, u) => {
      const heldOut = [...(goldens.test[u] ?? [])].sort((a, b) => a - b);
      sums.add(ranked, 0, heldOut, 0, heldOut.length);
    });
    const table = sums.table();
    goldens.Ks.forEach((cutoff, c) => {
      near(table[`recall@${cutoff}`] ?? Number.NaN, goldens.official.mean.recall?.[c]);
      near(table[`precision@${cutoff}`] ?? Number.NaN, goldens.official.mean.precision?.[c]);
      near(table[`hitRate@${cutoff}`] ?? Number.NaN, goldens.official.mean.hit_ratio?.[c]);
      near(table[`ndcgRetrieved@${cutoff}`] ?? Number.NaN, goldens.official.mean.ndcg?.[c]);
      near(table[`ndcg@${cutoff}`] ?? Number.NaN, goldens.mmrec.mean.ndcg?.[c]);
      near(table[`map@${cutoff}`] ?? Number.NaN, goldens.mmrec.mean.map?.[c]);
    });
  });

  it("of a list worked out by hand", () => {
    const ranked = [7, 3, 9, 1];
    const heldOut = [3, 1, 20];
    expect(recall(ranked, heldOut, 4)).toBe(2 / 3);
    expect(precision(ranked, heldOut, 2)).toBe(0.5);
    expect(averagePrecision(ranked, heldOut, 4)).toBe((1 / 2 + 2 / 4) / 3);
    expect(reciprocalRank(ranked, heldOut, 4)).toBe(0.5);
    expect(reciprocalRank(ranked, heldOut, 1)).toBe(0);
    expect(discount(1)).toBe(1);
    expect(discount(3)).toBe(0.5);
    expect(ndcg(ranked, heldOut, 4)).toBeCloseTo(
      (1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3) + 0.5),
      14,
    );
    expect(coverage([ranked, [7, 8]], 1, 10)).toBe(0.1);
    expect(coverage([ranked, [7, 8]], 2, 10)).toBe(0.3);
  });

  it("refuse an impossible cutoff", () => {
    for (const cutoff of [0, -1, 1.5, Number.NaN]) {
      for (const metric of [recall, precision, hitRate, averagePrecision, reciprocalRank, ndcg]) {
        expect(() => metric([1], [1], cutoff)).toThrow(/cutoff: found .*, expected a whole number of at least 1/);
      }
      expect(() => coverage([[1]], cutoff, 2)).toThrow(ConfigError);
    }
  });

  it("stay within their bounds and orders", () => {
    fc.assert(
      fc.property(randomCase, ({ ranked, heldOut, cutoff }) => {
        const figures = [recall, precision, hitRate, averagePrecision, reciprocalRank, ndcg].map((metric) =>
          metric(ranked, heldOut, cutoff),
        );
        for (const figure of figures) {
          expect(figure).toBeGreaterThanOrEqual(0);
          expect(figure).toBeLessThanOrEqual(1 + 1e-12);
        }
        expect(recall(ranked, heldOut, cutoff + 1)).toBeGreaterThanOrEqual(recall(ranked, heldOut, cutoff));
        expect(hitRate(ranked, heldOut, cutoff)).toBeGreaterThanOrEqual(recall(ranked, heldOut, cutoff));
        expect(ndcgRetrieved(ranked, heldOut, cutoff, Math.max(cutoff, ranked.length))).toBeGreaterThanOrEqual(
          ndcg(ranked, heldOut, cutoff) - 1e-12,
        );
      }),
    );
  });

  it("give a perfect list 1 and a list of misses 0", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 20 }),
        (heldOut, cutoff) => {
          for (const metric of [hitRate, averagePrecision, reciprocalRank, ndcg]) {
            expect(metric(heldOut, heldOut, cutoff)).toBeCloseTo(1, 12);
          }
          expect(recall(heldOut, heldOut, heldOut.length)).toBe(1);
          const misses = heldOut.map((item) => item + 100);
          for (const metric of [recall, precision, hitRate, averagePrecision, reciprocalRank, ndcg]) {
            expect(metric(misses, heldOut, cutoff)).toBe(0);
          }
        },
      ),
    );
  });

  it("are the same one by one and summed", () => {
    fc.assert(
      fc.property(
        fc.array(randomCase, { minLength: 1, maxLength: 6 }),
        fc.constantFrom("standard" as const, "retrieved" as const),
        (cases, kind) => {
          const cutoffs = [7, 3, 30];
          const sums = createMetricSums(cutoffs, 61, kind);
          const padded = cases.map(({ ranked }) => [
            ...ranked,
            ...Array.from({ length: 30 - ranked.length }, () => -1),
          ]);
          cases.forEach(({ heldOut }, u) => {
            const ascending = [...heldOut].sort((a, b) => a - b);
            sums.add(padded.flat(), u * 30, [-1, ...ascending], 1, ascending.length + 1);
          });
          const table = sums.table();
          const mean = (figure: (ranked: number[], heldOut: number[]) => number): number =>
            cases.reduce((sum, { ranked, heldOut }) => sum + figure(ranked, heldOut), 0) / cases.length;
          for (const cutoff of cutoffs) {
            near(
              table[`recall@${cutoff}`] ?? Number.NaN,
              mean((r, h) => recall(r, h, cutoff)),
            );
            near(
              table[`precision@${cutoff}`] ?? Number.NaN,
              mean((r, h) => precision(r, h, cutoff)),
            );
            near(
              table[`hitRate@${cutoff}`] ?? Number.NaN,
              mean((r, h) => hitRate(r, h, cutoff)),
            );
            near(
              table[`map@${cutoff}`] ?? Number.NaN,
              mean((r, h) => averagePrecision(r, h, cutoff)),
            );
            near(
              table[`mrr@${cutoff}`] ?? Number.NaN,
              mean((r, h) => reciprocalRank(r, h, cutoff)),
            );
            near(
              table[`ndcgRetrieved@${cutoff}`] ?? Number.NaN,
              mean((r, h) => ndcgRetrieved(r, h, cutoff, 30)),
            );
            near(
              table[`ndcg@${cutoff}`] ?? Number.NaN,
              mean((r, h) => (kind === "standard" ? ndcg(r, h, cutoff) : ndcgRetrieved(r, h, cutoff, 30))),
            );
            near(table[`coverage@${cutoff}`] ?? Number.NaN, coverage(padded, cutoff, 61));
          }
        },
      ),
    );
  });
});
