/** The statistics against what enumeration of small cases, known tables and plain properties say. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../tensor/random.ts";
import { bootstrapIntervals, quantile } from "./bootstrap.ts";
import { holm } from "./holm.ts";
import { normalTail } from "./normal.ts";
import { signedRank } from "./signed-rank.ts";
import { meanOf, spreadOf } from "./spread.ts";

/** The two-sided p-value from all 2ⁿ assignments of signs, ranks counted by comparing every pair. */
function enumerated(differences: readonly number[]): number {
  const sizes = differences.filter((d) => d !== 0).map(Math.abs);
  const ranks = sizes.map(
    (size) => sizes.filter((other) => other < size).length + (sizes.filter((other) => other === size).length + 1) / 2,
  );
  const signs = differences.filter((d) => d !== 0).map((d) => d > 0);
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const distance = (positive: number): number => Math.abs(positive - total / 2);
  const observed = distance(ranks.reduce((sum, rank, i) => sum + (signs[i] ? rank : 0), 0));
  let extreme = 0;
  for (let code = 0; code < 2 ** ranks.length; code++) {
    const positive = ranks.reduce((sum, rank, i) => sum + ((code >> i) & 1) * rank, 0);
    if (distance(positive) >= observed) extreme += 1;
  }
  return extreme / 2 ** ranks.length;
}

describe("the signed-rank test", () => {
  it("agrees with the enumeration of all signs, ties and zeros included", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 11 }), (differences) => {
        expect(signedRank(differences).p).toBeCloseTo(enumerated(differences), 12);
      }),
    );
  });

  it("has the p-values of the published table: n = 5, 6 and 10, all one way; W = 8 of 10", () => {
    expect(signedRank([1, 2, 3, 4, 5]).p).toBe(2 / 32);
    expect(signedRank([1, 2, 3, 4, 5, 6]).p).toBe(2 / 64);
    expect(signedRank([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((d) => -d)).p).toBe(2 / 1024);
    const eight = signedRank([1, 2, 3, 4, 5, 6, 7, -8, 9, 10]);
    expect([eight.negativeRanks, eight.positiveRanks]).toEqual([8, 47]);
    expect(eight.p).toBeCloseTo(50 / 1024, 12);
  });

  it("goes over into the normal approximation without a jump", () => {
    const random = createRandom(5, "differences");
    const draw = (count: number): number[] => Array.from({ length: count }, () => random.below(9) - 3.5);
    for (let repeat = 0; repeat < 20; repeat++) {
      const differences = draw(50);
      const exact = signedRank(differences);
      const beyond = signedRank([...differences, 1e-9]);
      expect([exact.method, beyond.method]).toEqual(["exact", "normal"]);
      expect(Math.abs(exact.p - beyond.p)).toBeLessThan(0.04);
    }
  });

  it("computes the approximation with ties as written out by hand", () => {
    // 40 differences of +1 and 20 of −1: one group of 60, each of rank 30.5.
    const differences = [...new Array<number>(40).fill(1), ...new Array<number>(20).fill(-1), 0, 0, 0];
    const result = signedRank(differences);
    expect(result).toMatchObject({ count: 60, zeros: 3, positiveRanks: 1220, negativeRanks: 610, method: "normal" });
    const variance = (60 * 61 * 121) / 24 - (60 ** 3 - 60) / 48;
    const z = (1220 - 915 - 0.5) / Math.sqrt(variance);
    expect(result.p).toBeCloseTo(2 * normalTail(z), 14);
    expect(z).toBeCloseTo(2.5778, 4);
  });

  it("does not care for the unit, and turning all signs turns the ranks", () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(values, (differences) => {
        const result = signedRank(differences);
        const turned = signedRank(differences.map((d) => -4 * d));
        expect(turned.p).toBe(result.p);
        expect(turned.positiveRanks).toBe(result.negativeRanks);
        expect(result.p).toBeGreaterThan(0);
        expect(result.p).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("says 1 where nothing differs", () => {
    expect(signedRank([0, 0, 0])).toMatchObject({ count: 0, zeros: 3, p: 1 });
    expect(signedRank([]).p).toBe(1);
  });
});

describe("the normal tail", () => {
  it("has the values of the tables", () => {
    for (const [z, tail] of [
      [0, 0.5],
      [1, 0.15865525393145705],
      [1.959963984540054, 0.025],
      [2.5758293035489004, 0.005],
      [3, 0.0013498980316300946],
      [5, 2.866515718791939e-7],
      [10, 7.619853024160525e-24],
    ] as const) {
      expect(normalTail(z) / tail).toBeCloseTo(1, 11);
      expect(normalTail(-z)).toBeCloseTo(1 - tail, 12);
    }
  });

  it("agrees with Simpson's rule between any two points", () => {
    const density = (z: number): number => Math.exp(-z * z * 0.5) / Math.sqrt(2 * Math.PI);
    for (const [from, to] of [
      [-1, 0.5],
      [2.5, 3.5],
      [2.999, 3.001],
    ] as const) {
      const steps = 2000;
      const width = (to - from) / steps;
      let sum = density(from) + density(to);
      for (let step = 1; step < steps; step++) sum += (step % 2 === 1 ? 4 : 2) * density(from + step * width);
      expect(normalTail(from) - normalTail(to)).toBeCloseTo((sum * width) / 3, 12);
    }
  });
});

describe("Holm's correction", () => {
  it("computes an example by hand, in the order given", () => {
    const corrected = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((value, index) => {
      expect(corrected[index]).toBeCloseTo(value, 12);
    });
  });

  it("lies between no correction and Bonferroni's, and keeps the order", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }), (values) => {
        const corrected = holm(values);
        expect(corrected).toHaveLength(values.length);
        values.forEach((p, i) => {
          expect(corrected[i]).toBeGreaterThanOrEqual(p);
          expect(corrected[i]).toBeLessThanOrEqual(Math.min(1, p * values.length));
          values.forEach((q, j) => {
            if (p < q) expect(corrected[i]).toBeLessThanOrEqual(corrected[j] ?? 1);
          });
        });
      }),
    );
  });
});

describe("bootstrap intervals", () => {
  const options = { resamples: 2000, seed: 1, confidence: 0.95 };

  it("are about x̄ ± 1.96 s/√n wide for many users", () => {
    const random = createRandom(2, "values");
    const values = Float64Array.from({ length: 400 }, () => random.uniform());
    const [interval] = bootstrapIntervals([values], options);
    const { mean, deviation = 0 } = spreadOf([...values]);
    const half = (1.96 * deviation) / Math.sqrt(400);
    expect(interval?.[0]).toBeGreaterThan(mean - 1.15 * half);
    expect(interval?.[0]).toBeLessThan(mean - 0.85 * half);
    expect(interval?.[1]).toBeGreaterThan(mean + 0.85 * half);
    expect(interval?.[1]).toBeLessThan(mean + 1.15 * half);
  });

  it("find the exact distribution of two users: 0, ½ and 1 with a quarter, a half, a quarter", () => {
    const [half] = bootstrapIntervals([Float64Array.of(0, 1)], { ...options, confidence: 0.4 });
    const [most] = bootstrapIntervals([Float64Array.of(0, 1)], { ...options, confidence: 0.6 });
    expect(half).toEqual([0.5, 0.5]);
    expect(most).toEqual([0, 1]);
  });

  it("repeat with their seed, and draw all series alike", () => {
    const values = Float64Array.from({ length: 50 }, (_, index) => (index * 7) % 11);
    const shifted = values.map((value) => value + 3);
    const [plain, moved] = bootstrapIntervals([values, shifted], options);
    expect(bootstrapIntervals([values, shifted], options)).toEqual([plain, moved]);
    expect(moved?.[0]).toBeCloseTo((plain?.[0] ?? 0) + 3, 12);
    expect(bootstrapIntervals([values], { ...options, seed: 2 })[0]).not.toEqual(plain);
  });

  it("are a point where all users are alike", () => {
    expect(bootstrapIntervals([new Float64Array(9).fill(0.25)], options)).toEqual([[0.25, 0.25]]);
  });

  it("take quantiles between the values", () => {
    expect([0, 0.25, 0.5, 0.9, 1].map((share) => quantile([1, 2, 3, 4, 5], share))).toEqual([1, 2, 3, 4.6, 5]);
  });
});

describe("mean and standard deviation", () => {
  it("by hand", () => {
    expect(spreadOf([2, 4, 9])).toEqual({ mean: 5, deviation: Math.sqrt(13) });
    expect(spreadOf([3])).toEqual({ mean: 3 });
    expect(meanOf([])).toBe(0);
  });
});
