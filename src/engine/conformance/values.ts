/** Conformance of the operations on sparse values: row sums, symmetric normalisation, values moved between patterns. */
import fc from "fast-check";
import { describe, test } from "vitest";
import type { Engine, Pattern } from "../engine.ts";
import { expectAgreement } from "./agreement.ts";
import { type Draw, draw, positiveRowCounts, rowCounts, seeds, shifts, transposed } from "./cases.ts";

/**
 * Values whose row sums are clearly positive, clearly negative, or exact in float32 (and then sometimes zero): the
 * sign of a sum near zero would depend on rounding.
 */
export function valuesWithCertainSigns(from: Draw, pattern: Pattern): Float64Array {
  const values = from.reals(pattern.columnIndices.length);
  const whole = from.integers(values.length, -1, 2);
  for (let i = 0; i < pattern.rows; i++) {
    for (let p = pattern.rowPointers[i]; p < pattern.rowPointers[i + 1]; p++) {
      if (i % 7 === 5) values[p] = -Math.abs(values[p]);
      else if (i % 7 === 6) values[p] = whole[p];
      else values[p] = 0.125 + Math.abs(values[p]) / 2;
    }
  }
  return values;
}

export function valueConformance(engine: () => Engine): void {
  describe("values of sparse matrices", () => {
    test("rowSums", () => {
      fc.assert(
        fc.property(seeds, shifts, rowCounts, positiveRowCounts, (seed, shift, rows, columns) => {
          const from = draw(seed);
          const pattern = from.pattern(rows, columns);
          const [values, start] = [from.reals(pattern.columnIndices.length), from.reals(rows)];
          expectAgreement(engine(), shift, (on) => {
            const out = on.floats(start);
            on.engine.rowSums(on.pattern(pattern), on.floats(values), out);
            return { out };
          });
        }),
      );
    });

    test("symmetricNormalise and its gradient", () => {
      fc.assert(
        fc.property(seeds, shifts, rowCounts, fc.boolean(), (seed, shift, rows, accumulate) => {
          const from = draw(seed);
          const pattern = from.pattern(rows, rows);
          const { transpose, order } = transposed(pattern);
          const entries = pattern.columnIndices.length;
          const graphValues = valuesWithCertainSigns(from, pattern);
          const [upstream, start, startScale] = [from.reals(entries), from.reals(entries), from.reals(rows)];
          expectAgreement(engine(), shift, (on) => {
            const [positions, values] = [on.pattern(pattern), on.floats(graphValues)];
            const [scale, out, into] = [on.floats(startScale), on.floats(start), on.floats(start)];
            on.engine.symmetricNormalise(positions, values, scale, out);
            on.engine.symmetricNormaliseGradient(
              positions,
              values,
              scale,
              on.pattern(transpose),
              on.ints(order),
              on.floats(upstream),
              into,
              accumulate,
            );
            return { scale, out, into };
          });
        }),
      );
    });

    test("scatterAddValues and gatherValues, positions missing", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          rowCounts,
          positiveRowCounts,
          fc.constantFrom(1, 0, -0.75, 0.9),
          fc.boolean(),
          (seed, shift, count, bound, weight, accumulate) => {
            const from = draw(seed);
            const positions = from.distinctOrMissing(Math.min(count, bound), bound);
            const [values, wide, start] = [
              from.reals(positions.length),
              from.reals(bound),
              from.reals(positions.length),
            ];
            expectAgreement(engine(), shift, (on) => {
              const [scattered, gathered] = [on.floats(wide), on.floats(start)];
              on.engine.scatterAddValues(on.floats(values), on.ints(positions), weight, scattered);
              on.engine.gatherValues(on.floats(wide), on.ints(positions), weight, gathered, accumulate);
              return { scattered, gathered };
            });
          },
        ),
      );
    });
  });
}
