import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, randomKey } from "./random.ts";

describe("random", () => {
  it("repeats: these numbers must never change, weights depend on them", () => {
    const random = createRandom(42, "parameters/embedding.users");
    expect([random.bits(), random.bits(), random.uniform(), random.below(1000)]).toMatchInlineSnapshot(`
      [
        1272370825,
        1689677573,
        0.10381087617983242,
        534,
      ]
    `);
    expect(randomKey(42, "dropout/0/0")).toMatchInlineSnapshot(`2424062627`);
  });

  it("differs by seed, by purpose, and in the upper half of the seed", () => {
    const first = (seed: number, purpose: string): number => createRandom(seed, purpose).bits();
    const draws = [first(1, "a"), first(2, "a"), first(1, "b"), first(1 + 2 ** 32, "a"), first(1, "a/0")];
    expect(new Set(draws).size).toBe(draws.length);
  });

  it("stays within its bounds", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const random = createRandom(seed, "bounds");
        for (let draw = 0; draw < 20; draw++) {
          const integer = random.below(bound);
          const uniform = random.uniform();
          expect(Number.isInteger(integer) && integer >= 0 && integer < bound && uniform >= 0 && uniform < 1).toBe(
            true,
          );
        }
      }),
    );
  });

  it("is uniform over small ranges (chi-squared, 9 degrees of freedom, p ≈ 1e-6)", () => {
    const random = createRandom(7, "uniform");
    const counts = new Array<number>(10).fill(0);
    const draws = 100_000;
    for (let draw = 0; draw < draws; draw++) counts[random.below(10)] += 1;
    const chiSquared = counts.reduce((sum, count) => sum + (count - draws / 10) ** 2 / (draws / 10), 0);
    expect(chiSquared).toBeLessThan(44.8);
  });
});
