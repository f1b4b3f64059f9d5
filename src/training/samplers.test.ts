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

/** How often each value comes, as a share. */
function shares(values: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1 / values.length);
  return counts;
}

const manyTriples = (sampler: ReturnType<typeof createSampler>, count: number): [number, number, number][] => {
  const triples: [number, number, number][] = [];
  for (let epoch = 0; triples.length < count; epoch++) triples.push(...triplesOf(sampler.batches(epoch)));
  return triples;
};

describe("weights of training interactions", () => {
  const train = interactionsOf([[0, 1, 5], [2, 3], [4]], items);
  const trainWeights = Float32Array.of(1, 2, 5, 0.25, 0.75, 11);

  it("by-user: a user's positive comes in proportion to its weight", () => {
    const options = { sampler: "by-user", negatives: "all", batchSize: 3 } as const;
    const triples = manyTriples(createSampler(train, options, 2, { trainWeights }), 60_000);
    const ofUser = (user: number) => shares(triples.flatMap(([other, positive]) => (other === user ? [positive] : [])));
    const [first, second] = [ofUser(0), ofUser(1)];
    expect(first.get(0)).toBeCloseTo(1 / 8, 1.7);
    expect(first.get(1)).toBeCloseTo(2 / 8, 1.7);
    expect(first.get(5)).toBeCloseTo(5 / 8, 1.7);
    expect(second.get(2)).toBeCloseTo(1 / 4, 1.7);
    expect(triples.filter(([user]) => user === 2).length).toBe(triples.length / 3);
  });

  it("by-interaction: as many pairs an epoch as there are, drawn in proportion to their weights", () => {
    const options = { sampler: "by-interaction", negatives: "all", batchSize: 4 } as const;
    const sampler = createSampler(train, options, 2, { trainWeights });
    expect([...sampler.batches(0)].map((batch) => batch.users.length)).toEqual([4, 2]);
    const drawn = shares(manyTriples(sampler, 60_000).map(([user, positive]) => user * items + positive));
    const total = 20;
    trainWeights.forEach((weight, p) => {
      const user = [0, 0, 0, 1, 1, 2][p];
      expect(drawn.get(user * items + train.columnIndices[p])).toBeCloseTo(weight / total, 1.7);
    });
  });

  it("draw only what may be drawn, whatever the weights", () => {
    const weight = fc.double({ min: 1e-30, max: 1e30, noNaN: true });
    fc.assert(
      fc.property(histories, settings, fc.array(weight, { minLength: 200, maxLength: 200 }), (rows, options, list) => {
        fc.pre(usableUsers(rows, options).length > 0);
        const given = interactionsOf(rows, items);
        const weights = Float32Array.from(list.slice(0, given.columnIndices.length));
        const sampler = createSampler(given, options, 7, { trainWeights: weights });
        const plain = createSampler(given, options, 7);
        expect(sampler.steps).toBe(plain.steps);
        const triples = triplesOf(sampler.batches(0));
        expect(triples.length).toBe(triplesOf(plain.batches(0)).length);
        for (const [user, positive, negative] of triples) {
          expect(rows[user]).toContain(positive);
          expect(rows[user]).not.toContain(negative);
        }
      }),
    );
  });
});

describe("dislikes", () => {
  const train = interactionsOf(
    [
      [0, 1, 5],
      [2, 3],
      [0, 1, 2, 3, 5],
    ],
    items,
  );
  const dislikes = interactionsOf([[7, 8], [], [9]], items);
  const options = { sampler: "by-user", negatives: "all", batchSize: 3 } as const;

  it("are negatives as often as the user has dislikes among likes and dislikes", () => {
    const triples = manyTriples(createSampler(train, options, 4, { dislikes }), 60_000);
    const negatives = (user: number) =>
      shares(triples.flatMap(([other, , negative]) => (other === user ? [negative] : [])));
    // Two of five opinions, and two of the nine candidates that the other draws are uniform over.
    const first = negatives(0);
    const disliked = (first.get(7) ?? 0) + (first.get(8) ?? 0);
    expect(disliked).toBeCloseTo(2 / 5 + (3 / 5) * (2 / 9), 1.7);
    expect(first.get(7)).toBeCloseTo(disliked / 2, 1.7);
    expect(negatives(1).get(7)).toBeCloseTo(1 / 10, 1.7);
    for (const [user, positive] of triples) expect(dislikes.columnIndices.includes(positive), `${user}`).toBe(false);
  });

  it("serve users who have every candidate", () => {
    const seen = { sampler: "by-interaction", negatives: "seen", batchSize: 10 } as const;
    const everything = interactionsOf([[0, 1, 2], [1]], items);
    const opinions = interactionsOf([[6], []], items);
    expect(createSampler(everything, seen, 1).usersWithoutNegatives).toBe(1);
    const sampler = createSampler(everything, seen, 1, { dislikes: opinions });
    expect(sampler.usersWithoutNegatives).toBe(0);
    for (const [user, , negative] of triplesOf(sampler.batches(0))) if (user === 0) expect(negative).toBe(6);
  });

  it("leave the draws of everybody else as they are where nobody dislikes anything", () => {
    const nobody = interactionsOf([[], [], []], items);
    for (const sampler of ["by-user", "by-interaction"] as const) {
      const chosen = { ...options, sampler };
      const without = triplesOf(createSampler(train, chosen, 4).batches(2));
      expect(triplesOf(createSampler(train, chosen, 4, { dislikes: nobody }).batches(2))).toEqual(without);
    }
  });
});
