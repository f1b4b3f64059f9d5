/** Exposure and breakdowns against small cases by hand, and properties. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Interactions } from "../data/dataset.ts";
import { activityOf, foundByPopularity, groupsByCount, meansByActivity } from "./breakdown.ts";
import { exposureOf, gini, itemCounts } from "./exposure.ts";

function interactionsOf(rows: readonly (readonly number[])[], columns: number): Interactions {
  const rowPointers = Int32Array.from([0, ...rows.map((_, user) => rows.slice(0, user + 1).flat().length)]);
  return { rows: rows.length, columns, rowPointers, columnIndices: Int32Array.from(rows.flat()) };
}

// Item 0 was taken by four users, item 1 by two, item 2 by one, item 3 by nobody.
const train = interactionsOf([[0], [0, 1], [0, 1, 2], [0]], 4);
const test = interactionsOf([[1], [], [3], [1, 2]], 4);
const figures = { users: Int32Array.of(0, 2, 3), lists: Int32Array.of(1, 2, 3, -1, 1, 3), depth: 2, figures: {} };

describe("exposure", () => {
  it("by hand", () => {
    const exposure = exposureOf(figures, train, 2);
    expect(exposure.coverage).toBe(3 / 4);
    // Item 1: 1 bit, items 2 and 3: 2 bits; places 1, 2, 3, 1, 3.
    expect(exposure.novelty).toBeCloseTo((1 + 2 + 2 + 1 + 2) / 5, 12);
    expect(exposure.popularity).toBeCloseTo((1.5 + 0 + 1) / 3, 12);
    expect(exposure.historyPopularity).toBeCloseTo((4 + 7 / 3 + 4) / 3, 12);
    expect(exposure.popularityLift).toBeCloseTo(2.5 / (4 + 7 / 3 + 4) - 1, 12);
    expect(exposure.gini).toBeCloseTo(gini([0, 2, 1, 2]), 12);
    expect(exposureOf(figures, train, 1).coverage).toBe(2 / 4);
  });

  it("Gini: equal 0, one of n has all (n − 1) / n, and half the mean absolute difference over the mean", () => {
    expect(gini([3, 3, 3])).toBe(0);
    expect(gini([0, 0, 0, 8])).toBe(0.75);
    expect(gini([0, 0])).toBe(0);
    fc.assert(
      fc.property(fc.array(fc.nat(30), { minLength: 1, maxLength: 20 }), (amounts) => {
        const total = amounts.reduce((sum, amount) => sum + amount, 0);
        const differences = amounts.flatMap((a) => amounts.map((b) => Math.abs(a - b)));
        const sum = differences.reduce((all, difference) => all + difference, 0);
        expect(gini(amounts)).toBeCloseTo(total === 0 ? 0 : sum / (2 * amounts.length * total), 10);
      }),
    );
  });
});

describe("groups", () => {
  it("cut where the counts change, about equally heavy", () => {
    const ones = new Array<number>(8).fill(1);
    expect(groupsByCount([1, 2, 3, 4, 5, 6, 7, 8], ones)).toEqual(
      [1, 3, 5, 7].map((from) => ({ from, to: from + 1, weight: 2 })),
    );
    expect(groupsByCount([1, 1, 1, 1, 1, 1, 2, 9], ones)).toEqual([
      { from: 1, to: 1, weight: 6 },
      { from: 2, to: 9, weight: 2 },
    ]);
  });

  it("hold every weight once, in order, at most four", () => {
    const subjects = fc.array(fc.tuple(fc.nat(20), fc.nat(5)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(subjects, (pairs) => {
        const counts = pairs.map(([count]) => count);
        const weights = pairs.map(([, weight]) => weight);
        const groups = groupsByCount(counts, weights);
        expect(groups.length).toBeLessThanOrEqual(4);
        groups.forEach(({ from, to, weight }, index) => {
          const inside = pairs.filter(([count]) => count >= from && count <= to);
          expect(inside.reduce((sum, [, own]) => sum + own, 0)).toBe(weight);
          if (index > 0) expect(from).toBeGreaterThan(groups[index - 1]?.to ?? from);
        });
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        expect(groups.reduce((sum, { weight }) => sum + weight, 0)).toBe(total);
      }),
    );
  });
});

describe("breakdowns", () => {
  it("by activity: the mean in each group", () => {
    const activity = activityOf(train, figures.users);
    expect([...activity]).toEqual([1, 3, 1]);
    const groups = groupsByCount(activity, [1, 1, 1]);
    expect(meansByActivity(groups, activity, Float64Array.of(1, 0.5, 0))).toEqual([0.5, 0.5]);
  });

  it("by popularity: found of the held-out, pooled", () => {
    const popularity = itemCounts(train);
    expect([...popularity]).toEqual([4, 2, 1, 0]);
    const groups = groupsByCount(popularity, itemCounts(test));
    expect(groups).toEqual([
      { from: 0, to: 0, weight: 1 },
      { from: 1, to: 1, weight: 1 },
      { from: 2, to: 2, weight: 2 },
    ]);
    expect(foundByPopularity(groups, popularity, figures, test, 2)).toEqual([1, 0, 1]);
    expect(foundByPopularity(groups, popularity, figures, test, 1)).toEqual([1, 0, 1]);
  });
});
