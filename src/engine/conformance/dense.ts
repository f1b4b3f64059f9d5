/** Conformance of the dense operations: products in three transposes, column sums, normalised rows. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Engine, Matrix } from "../engine.ts";
import { expectAgreement, run } from "./agreement.ts";
import { columnCounts, draw, positiveRowCounts, rowCounts, seeds, shifts } from "./cases.ts";

/** Rows of unit size, with every fourth row zero and every other fourth far below the smallest norm. */
function withVanishingRows(matrix: Matrix): Matrix {
  const factors = [1, 0, 1, 2 ** -47];
  const data = matrix.data.map((value, e) => value * factors[Math.floor(e / matrix.columns) % 4]);
  return { ...matrix, data };
}

export function denseConformance(engine: () => Engine): void {
  describe("dense", () => {
    test("multiply", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          rowCounts,
          columnCounts,
          columnCounts,
          fc.boolean(),
          (seed, shift, m, k, n, accumulate) => {
            const from = draw(seed);
            const [a, b, start] = [from.matrix(m, k), from.matrix(k, n), from.matrix(m, n)];
            expectAgreement(engine(), shift, (on) => {
              const out = on.matrix(start);
              on.engine.multiply(on.matrix(a), on.matrix(b), out, accumulate);
              return { out: out.data };
            });
          },
        ),
      );
    });

    test("multiplyTransposed", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          rowCounts,
          columnCounts,
          columnCounts,
          fc.boolean(),
          fc.boolean(),
          (seed, shift, m, k, n, accumulate, biased) => {
            const from = draw(seed);
            const [a, b, start] = [from.matrix(m, k), from.matrix(n, k), from.matrix(m, n)];
            const biases = from.reals(n);
            expectAgreement(engine(), shift, (on) => {
              const out = on.matrix(start);
              const bias = biased ? { bias: on.floats(biases) } : {};
              on.engine.multiplyTransposed(on.matrix(a), on.matrix(b), out, { ...bias, accumulate });
              return { out: out.data };
            });
          },
        ),
      );
    });

    test("transposedMultiply", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          rowCounts,
          columnCounts,
          columnCounts,
          fc.boolean(),
          (seed, shift, m, k, n, accumulate) => {
            const from = draw(seed);
            const [a, b, start] = [from.matrix(m, k), from.matrix(m, n), from.matrix(k, n)];
            expectAgreement(engine(), shift, (on) => {
              const out = on.matrix(start);
              on.engine.transposedMultiply(on.matrix(a), on.matrix(b), out, accumulate);
              return { out: out.data };
            });
          },
        ),
      );
    });

    test("multiplyChosen and transposedMultiplyChosen, rows repeated and subtracted", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          positiveRowCounts,
          rowCounts,
          columnCounts,
          columnCounts,
          fc.boolean(),
          fc.boolean(),
          fc.boolean(),
          (seed, shift, tableRows, count, k, n, subtracted, accumulate, biased) => {
            const from = draw(seed);
            const [table, b, g] = [from.matrix(tableRows, k), from.matrix(n, k), from.matrix(count, n)];
            const [start, weightStart] = [from.matrix(count, n), from.matrix(n, k)];
            const [biases, plus, less] = [
              from.reals(n),
              from.integers(count, 0, tableRows - 1),
              from.integers(count, 0, tableRows - 1),
            ];
            expectAgreement(engine(), shift, (on) => {
              const [out, weights] = [on.matrix(start), on.matrix(weightStart)];
              const minus = subtracted ? { minus: on.ints(less) } : {};
              const x = { of: on.matrix(table), rows: on.ints(plus), ...minus };
              on.engine.multiplyChosen(x, on.matrix(b), out, biased ? on.floats(biases) : undefined);
              on.engine.transposedMultiplyChosen(on.matrix(g), x, weights, accumulate);
              return { out: out.data, weights: weights.data };
            });
          },
        ),
      );
    });

    test("products of long chosen rows are those of the rows written out, to the byte", () => {
      const [table, b, g] = [draw(8).matrix(900, 700), draw(9).matrix(65, 700), draw(10).matrix(1301, 65)];
      const chosen = draw(11).integers(1301, 0, 899);
      const results = [true, false].map((writtenOut) =>
        run(engine(), 0, (on) => {
          const [of, rows] = [on.matrix(table), on.ints(chosen)];
          const out = on.matrix({ ...g, data: new Float64Array(g.data.length) });
          const weights = on.matrix({ ...b, data: new Float64Array(b.data.length) });
          if (writtenOut) {
            const x = { rows: 1301, columns: 700, data: on.engine.floats(1301 * 700) };
            on.engine.gatherRows(of, rows, 1, x);
            on.engine.multiplyTransposed(x, on.matrix(b), out);
            on.engine.transposedMultiply(on.matrix(g), x, weights);
          } else {
            on.engine.multiplyChosen({ of, rows }, on.matrix(b), out);
            on.engine.transposedMultiplyChosen(on.matrix(g), { of, rows }, weights);
          }
          return { out: out.data, weights: weights.data };
        }),
      );
      expect(results[0]).toEqual(results[1]);
    });

    test("products of long matrices", () => {
      const [m, k, n] = [1301, 67, 33];
      const from = draw(7);
      const [a, b, w, g] = [from.matrix(m, k), from.matrix(k, n), from.matrix(n, k), from.matrix(m, n)];
      expectAgreement(engine(), 1, (on) => {
        const [forward, transposed] = [on.matrix({ ...g, data: new Float64Array(m * n) }), on.matrix(g)];
        const weightGradient = on.matrix({ rows: k, columns: n, data: new Float64Array(k * n) });
        const long = on.matrix(a);
        on.engine.multiply(long, on.matrix(b), forward);
        on.engine.multiplyTransposed(long, on.matrix(w), transposed, { accumulate: true });
        on.engine.transposedMultiply(long, on.matrix(g), weightGradient);
        return { forward: forward.data, transposed: transposed.data, weightGradient: weightGradient.data };
      });
    });

    test("columnSums", () => {
      fc.assert(
        fc.property(seeds, shifts, rowCounts, columnCounts, fc.boolean(), (seed, shift, m, n, accumulate) => {
          const from = draw(seed);
          const [a, start] = [from.matrix(m, n), from.reals(n)];
          expectAgreement(engine(), shift, (on) => {
            const out = on.floats(start);
            on.engine.columnSums(on.matrix(a), out, accumulate);
            return { out };
          });
        }),
      );
    });

    test("normaliseRows, in place too", () => {
      fc.assert(
        fc.property(seeds, shifts, rowCounts, columnCounts, fc.boolean(), (seed, shift, m, n, inPlace) => {
          const from = draw(seed);
          const [rows, start, startNorms] = [withVanishingRows(from.matrix(m, n)), from.matrix(m, n), from.reals(m)];
          expectAgreement(engine(), shift, (on) => {
            const x = on.matrix(rows);
            const out = inPlace ? x : on.matrix(start);
            const norms = on.floats(startNorms);
            on.engine.normaliseRows(x, out, norms);
            return { out: out.data, norms };
          });
        }),
      );
    });

    test("normaliseRowsGradient", () => {
      fc.assert(
        fc.property(seeds, shifts, rowCounts, columnCounts, fc.boolean(), (seed, shift, m, n, accumulate) => {
          const from = draw(seed);
          const [rows, start] = [withVanishingRows(from.matrix(m, n)), from.matrix(m, n)];
          // Divided by a clamped norm, only gradients of its own size stay comparable with the others.
          const gradients = from.matrix(m, n);
          const small = gradients.data.map((g, e) => (Math.floor(e / n) % 2 === 0 ? g : g * 2 ** -40));
          expectAgreement(engine(), shift, (on) => {
            const y = on.matrix(rows);
            const norms = on.floats(new Float64Array(m));
            const into = on.matrix(start);
            on.engine.normaliseRows(y, y, norms);
            on.engine.normaliseRowsGradient(y, norms, on.matrix({ ...gradients, data: small }), into, accumulate);
            return { y: y.data, norms, into: into.data };
          });
        }),
      );
    });
  });
}
