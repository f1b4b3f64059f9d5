/** Streams that repeat and differ by name, and draws without bias. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, randomKey } from "./random.ts";

describe("createRandom", () => {
  it("repeats for the same seed and purpose, and differs for others", () => {
    const draws = (seed: number, purpose: string): number[] => {
      const random = createRandom(seed, purpose);
      return Array.from({ length: 8 }, random.bits);
    };
    expect(draws(1, "a")).toEqual(draws(1, "a"));
    expect(draws(1, "a")).not.toEqual(draws(1, "b"));
    expect(draws(1, "a")).not.toEqual(draws(2, "a"));
    expect(draws(1, "a")).not.toEqual(draws(1 + 2 ** 40, "a"));
    expect(randomKey(1, "a")).toBe(draws(1, "a")[0]);
  });

  it("draws whole numbers below any bound", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.nat(), (bound, seed) => {
        const random = createRandom(seed, "bound");
        for (let draw = 0; draw < 20; draw++) {
          const value = random.below(bound);
          expect(Number.isInteger(value)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThan(bound);
        }
      }),
    );
  });

  it.each([3, 10, 2 ** 21, 2 ** 21 + 1, 3 * 2 ** 30])("draws evenly below %d", (bound) => {
    const random = createRandom(5, "even");
    const parts = new Float64Array(3);
    const draws = 60000;
    for (let draw = 0; draw < draws; draw++) parts[Math.floor((random.below(bound) * 3) / bound)] += 1;
    const expected = bound === 10 ? [0.4, 0.3, 0.3] : [1 / 3, 1 / 3, 1 / 3];
    parts.forEach((count, part) => {
      expect(Math.abs(count / draws - expected[part])).toBeLessThan(0.01);
    });
  });

  it("is uniform in [0, 1)", () => {
    const random = createRandom(6, "uniform");
    let sum = 0;
    let squares = 0;
    let smallest = 1;
    let largest = 0;
    const draws = 60000;
    for (let draw = 0; draw < draws; draw++) {
      const value = random.uniform();
      smallest = Math.min(smallest, value);
      largest = Math.max(largest, value);
      sum += value;
      squares += value * value;
    }
    expect(smallest).toBeGreaterThanOrEqual(0);
    expect(largest).toBeLessThan(1);
    expect(Math.abs(sum / draws - 1 / 2)).toBeLessThan(0.005);
    expect(Math.abs(squares / draws - 1 / 3)).toBeLessThan(0.005);
  });
});
