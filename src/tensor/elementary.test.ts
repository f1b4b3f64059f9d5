/** The functions against the platform's own, which are right to about one unit in the last place. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exponential, logarithm, power } from "./elementary.ts";

const relative = (found: number, expected: number): number =>
  expected === 0 ? Math.abs(found) : Math.abs(found - expected) / Math.abs(expected);

describe("elementary functions", () => {
  it("exponential is within 1e-15 over the whole range", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -700, max: 709, noNaN: true }),
        (x) => relative(exponential(x), Math.exp(x)) < 1e-15,
      ),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (x) => relative(exponential(x), Math.exp(x)) < 5e-16),
    );
  });

  it("exponential at its ends", () => {
    expect(exponential(0)).toBe(1);
    expect(relative(exponential(1), Math.E)).toBeLessThan(3e-16);
    expect(exponential(710)).toBe(Number.POSITIVE_INFINITY);
    expect(relative(exponential(709.7), Math.exp(709.7))).toBeLessThan(1e-15);
    expect(exponential(-746)).toBe(0);
    expect(exponential(-740)).toBeGreaterThan(0);
    expect(relative(exponential(-740), Math.exp(-740))).toBeLessThan(0.1);
    expect(exponential(Number.NaN)).toBeNaN();
  });

  it("logarithm is within 1e-15, near 1 and for subnormal numbers too", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-320, max: 1e308, noNaN: true }),
        (x) => relative(logarithm(x), Math.log(x)) < 1e-15,
      ),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (x) => relative(logarithm(x), Math.log(x)) < 1e-15),
      {
        numRuns: 5000,
      },
    );
    expect(logarithm(1)).toBe(0);
    expect(logarithm(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(logarithm(-1)).toBeNaN();
    expect(logarithm(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });

  it("power is exact for small whole exponents and within 1e-14 for others", () => {
    expect(power(2, 10)).toBe(1024);
    expect(power(3, 0)).toBe(1);
    expect(power(2, -3)).toBe(0.125);
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 40, noNaN: true }),
        (base, exponent) => relative(power(base, exponent), base ** exponent) < 1e-14,
      ),
      { numRuns: 2000 },
    );
  });

  it("holds the bits of a few values", () => {
    expect([exponential(0.1), exponential(-3.7), logarithm(7), logarithm(0.96), power(0.96, 0.02)]).toEqual([
      1.1051709180756477, 0.024723526470339388, 1.9459101490553132, -0.040821994520255166, 0.9991838933059578,
    ]);
  });
});
