/** What each batch promises, for any interactions; and that the draws are uniform. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Interactions } from "../data/dataset.ts";
import { DatasetError } from "../errors.ts";
import type { Batch } from "../models/model.ts";
import { createSampler, type SamplerOptions } from "./samplers.ts";

/** Interactions from the items of each user. */
function interactionsOf(rows: readonly (readonly number[])[], items: number): Interactions {
  const rowPointers = new Int32Array(rows.length + 1);
  rows.forEach((row, u) => {
    rowPointers[u + 1] = (rowPointers[u] ?? 0) + row.length;
  });
  const columnIndices = Int32Array.from(rows.flatMap((row) => [...row].sort((a, b) => a - b)));
  return { rows: rows.length, columns: items, rowPointers, columnIndices };
}

const items = 12;
const histories = fc.array(fc.uniqueArray(fc.nat(items - 1), { maxLength: items }), { minLength: 1, maxLength: 15 });
const settings = fc.record({
  sampler: fc.constantFrom("by-user" as const, "by-interaction" as const),
  negatives: fc.constantFrom("all" as const, "seen" as const),
  batchSize: fc.integer({ min: 1, max: 20 }),
});

const triplesOf = (batches: Iterable<Batch>): [number, number, number][] =>
  [...batches].flatMap((batch) =>
    [...batch.users].map((user, t): [number, number, number] => [
      user,
      batch.positives[t] ?? -1,
      batch.negatives[t] ?? -1,
    ]),
  );

/** Users that have training items and a candidate outside them. */
const usableUsers = (rows: readonly (readonly number[])[], options: SamplerOptions): number[] => {
  const candidates = options.negatives === "all" ? items : new Set(rows.flat()).size;
  return rows.flatMap((row, u) => (row.length > 0 && row.length < candidates ? [u] : []));
};

describe("samplers", () => {
  it("draw a training item and an item outside the training items for usable users only", () => {
    fc.assert(
      fc.property(histories, settings, fc.nat(1000), (rows, options, epoch) => {
        const usable = new Set(usableUsers(rows, options));
        fc.pre(usable.size > 0);
        const seen = new Set(rows.flat());
        const sampler = createSampler(interactionsOf(rows, items), options, 7);
        const batches = [...sampler.batches(epoch)];
        expect(batches.length).toBe(sampler.steps);
        for (const [user, positive, negative] of triplesOf(batches)) {
          expect(usable.has(user)).toBe(true);
          expect(rows[user]).toContain(positive);
          expect(rows[user]).not.toContain(negative);
          expect(negative).toBeGreaterThanOrEqual(0);
          expect(negative).toBeLessThan(items);
          if (options.negatives === "seen") expect(seen.has(negative)).toBe(true);
        }
      }),
    );
  });

  it("by-user: floor(n / B) + 1 full steps of distinct users where there are enough", () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 20 }), (rows, batchSize) => {
        const options = { sampler: "by-user", negatives: "all", batchSize } as const;
        const usable = usableUsers(rows, options).length;
        fc.pre(usable > 0);
        const sampler = createSampler(interactionsOf(rows, items), options, 1);
        expect(sampler.steps).toBe(Math.floor(rows.flat().length / batchSize) + 1);
        for (const batch of sampler.batches(0)) {
          expect(batch.users.length).toBe(batchSize);
          if (usable >= batchSize) expect(new Set(batch.users).size).toBe(batchSize);
        }
      }),
    );
  });

  it("by-interaction: every pair exactly once, the last step short", () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 1, max: 20 }), fc.nat(50), (rows, batchSize, epoch) => {
        const options = { sampler: "by-interaction", negatives: "all", batchSize } as const;
        const usable = usableUsers(rows, options);
        fc.pre(usable.length > 0);
        const expected = usable.flatMap((u) => (rows[u] ?? []).map((item) => `${u}/${item}`)).sort();
        const sampler = createSampler(interactionsOf(rows, items), options, 3);
        expect(sampler.steps).toBe(Math.ceil(expected.length / batchSize));
        const batches = [...sampler.batches(epoch)];
        expect(
          triplesOf(batches)
            .map(([user, positive]) => `${user}/${positive}`)
            .sort(),
        ).toEqual(expected);
        expect(batches.slice(0, -1).every((batch) => batch.users.length === batchSize)).toBe(true);
      }),
    );
  });

  it("an epoch depends on the seed and its number alone", () => {
    const train = interactionsOf([[0, 1], [2], [3, 4, 5], [1, 2]], items);
    const options = { sampler: "by-user", negatives: "all", batchSize: 3 } as const;
    const sampler = createSampler(train, options, 5);
    const third = triplesOf(sampler.batches(3));
    triplesOf(sampler.batches(0));
    expect(triplesOf(sampler.batches(3))).toEqual(third);
    expect(triplesOf(createSampler(train, options, 5).batches(3))).toEqual(third);
    expect(triplesOf(sampler.batches(4))).not.toEqual(third);
    expect(triplesOf(createSampler(train, options, 6).batches(3))).not.toEqual(third);
  });

  it("negatives and positives are uniform", () => {
    const train = interactionsOf(
      [
        [0, 1, 5, 11],
        [2, 3],
      ],
      items,
    );
    const sampler = createSampler(train, { sampler: "by-user", negatives: "all", batchSize: 1 }, 11);
    const negatives = new Map<number, number>();
    const positives = new Map<number, number>();
    let draws = 0;
    for (let epoch = 0; draws < 20000; epoch++) {
      for (const [user, positive, negative] of triplesOf(sampler.batches(epoch))) {
        if (user !== 0) continue;
        draws += 1;
        negatives.set(negative, (negatives.get(negative) ?? 0) + 1);
        positives.set(positive, (positives.get(positive) ?? 0) + 1);
      }
    }
    expect([...negatives.keys()].sort((a, b) => a - b)).toEqual([2, 3, 4, 6, 7, 8, 9, 10]);
    for (const count of negatives.values()) expect(Math.abs(count / draws - 1 / 8)).toBeLessThan(0.015);
    for (const count of positives.values()) expect(Math.abs(count / draws - 1 / 4)).toBeLessThan(0.02);
  });

  it("leaves out users that have every candidate, and says how many", () => {
    const everything = Array.from({ length: items }, (_, i) => i);
    const sampler = createSampler(
      interactionsOf([everything, [1]], items),
      { sampler: "by-interaction", negatives: "all", batchSize: 4 },
      0,
    );
    expect(sampler.usersWithoutNegatives).toBe(1);
    expect(triplesOf(sampler.batches(0)).map(([user]) => user)).toEqual([1]);
  });

  it("refuses interactions that nothing can be drawn from", () => {
    const options = { sampler: "by-user", negatives: "seen", batchSize: 4 } as const;
    expect(() => createSampler(interactionsOf([[], []], items), options, 0)).toThrow(DatasetError);
    expect(() => createSampler(interactionsOf([[], []], items), options, 0)).toThrow(/no interactions/);
    expect(() => createSampler(interactionsOf([[3]], items), options, 0)).toThrow(
      /all 1 users have every candidate item/,
    );
  });
});
