/** The unit of raw features: a power of two that brings the rows' root mean square length near 1. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Modality } from "../data/dataset.ts";
import { featureUnit } from "./feature-unit.ts";

function modalityOf(rows: readonly (readonly number[])[], missing?: readonly number[]): Modality {
  const columns = rows[0].length;
  const data = Float32Array.from(rows.flat());
  return {
    name: "made up",
    features: {
      rows: rows.length,
      columns,
      read: (from, to, out) => out.set(data.subarray(from * columns, to * columns)),
    },
    missing: missing === undefined ? undefined : Int32Array.from(missing),
  };
}

describe("featureUnit", () => {
  it("is a power of two after which rows have a root mean square length in [√½, √2)", () => {
    const value = fc.double({ min: -300, max: 300, noNaN: true });
    const matrix = fc.array(fc.array(value, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(matrix, (rows) => {
        fc.pre(rows.flat().some((x) => Math.abs(x) > 1e-3));
        const unit = featureUnit(modalityOf(rows));
        expect(Number.isInteger(Math.log2(unit))).toBe(true);
        const single = Array.from(Float32Array.from(rows.flat()), (x) => x * unit);
        const square = single.reduce((sum, x) => sum + x * x, 0) / rows.length;
        expect(square).toBeGreaterThanOrEqual(0.5);
        expect(square).toBeLessThan(2);
      }),
    );
  });

  it("does not count items that lack the modality", () => {
    const rows = [
      [300, 400],
      [0, 0],
      [0, 0],
      [0, 0],
    ];
    expect(featureUnit(modalityOf(rows, [1, 2, 3]))).toBe(featureUnit(modalityOf(rows.slice(0, 1))));
    expect(featureUnit(modalityOf(rows))).toBe(2 * featureUnit(modalityOf(rows, [1, 2, 3])));
  });

  it("is 1 where there is nothing to measure", () => {
    expect(featureUnit({ name: "neighbours alone" })).toBe(1);
    expect(featureUnit(modalityOf([[0, 0]]))).toBe(1);
  });
});
