/** Conformance of smooth functions: the logistic family and softmax over rows, far from 0, with entries that are to have no share, and their gradients. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Engine } from "../engine.ts";
import { expectAgreement, run } from "./agreement.ts";
import { columnCounts, draw, rowCounts, seeds, shifts } from "./cases.ts";

const lengths = fc.oneof(fc.nat(70), fc.constantFrom(1000, 16385));
const curves = fc.constantFrom(
  { steepness: 1, height: 1, base: 0 },
  { steepness: 2, height: 2, base: -1 },
  { steepness: -0.5, height: 3, base: 0.25 },
);
const scales = fc.constantFrom(0.01, 1, 30);

export function smoothConformance(engine: () => Engine): void {
  describe("smooth functions", () => {
    test("logistic and its gradient, in place too", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          lengths,
          curves,
          scales,
          fc.boolean(),
          fc.boolean(),
          (seed, shift, length, curve, scale, accumulate, inPlace) => {
            const from = draw(seed);
            const values = from.reals(length).map((value) => scale * value);
            const [upstream, start] = [from.reals(length), from.reals(length)];
            expectAgreement(engine(), shift, (on) => {
              const x = on.floats(values);
              const y = inPlace ? x : on.floats(start);
              on.engine.logistic(x, curve, y);
              const into = on.floats(start);
              on.engine.logisticGradient(y, curve, on.floats(upstream), into, accumulate);
              return { y, into };
            });
          },
        ),
      );
    });

    test("logistic does not overflow", () => {
      const { y } = run(engine(), 0, (on) => {
        const x = on.floats([-1e30, -200, 0, 200, 1e30]);
        on.engine.logistic(x, { steepness: 1, height: 1, base: 0 }, x);
        return { y: x };
      });
      expect(Array.from(y as Float32Array)).toEqual([0, expect.closeTo(0, 12), 0.5, 1, 1]);
    });

    test("softmaxRows and its gradient, with entries left out by −∞", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          rowCounts,
          columnCounts,
          scales,
          fc.constantFrom(1, 5, 0.2),
          fc.boolean(),
          (seed, shift, rows, columns, scale, sharpness, accumulate) => {
            const from = draw(seed);
            const width = columns + 1;
            const logits = from.matrix(rows, width);
            const data = Float64Array.from(logits.data, (value, e) =>
              e % width !== 0 && e % 7 === 3 ? Number.NEGATIVE_INFINITY : scale * value,
            );
            const [upstream, start] = [from.matrix(rows, width), from.matrix(rows, width)];
            const column = { rows, columns: 1, data: from.reals(rows) };
            expectAgreement(engine(), shift, (on) => {
              const out = on.matrix(start);
              const [largest, totals] = [on.matrix(column).data, on.matrix(column).data];
              on.engine.softmaxRows(on.matrix({ rows, columns: width, data }), sharpness, out, largest, totals);
              const into = on.matrix(start);
              on.engine.softmaxRowsGradient(out, sharpness, on.matrix(upstream), into, accumulate);
              return { out: out.data, largest, totals, into: into.data };
            });
          },
        ),
      );
    });

    test("powers are right to the precision of the engine, over all that float32 can hold", () => {
      const logits = Array.from({ length: 4000 }, (_, e) => Math.fround((-86 * e) / 4000));
      const { out } = run(engine(), 0, (on) => {
        const x = on.matrix({
          rows: logits.length,
          columns: 2,
          data: Float64Array.from(logits.flatMap((v) => [0, v])),
        });
        const y = on.matrix({ ...x, data: new Float64Array(x.data.length) });
        const column = new Float64Array(logits.length);
        const [largest, totals] = [on.floats(column), on.floats(column)];
        on.engine.softmaxRows(x, 1, y, largest, totals);
        return { out: y.data, largest, totals };
      });
      const allowed = engine().precision === "float32" ? 4e-7 : 1e-14;
      const powers = out as Float32Array;
      logits.forEach((logit, i) => {
        const power = powers[2 * i + 1] / powers[2 * i];
        expect(Math.abs(power / Math.exp(logit) - 1), `e^${logit}`).toBeLessThan(allowed);
      });
    });

    test("softmaxEntries and its gradient, with entries and rows left out by −∞", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          rowCounts,
          columnCounts,
          scales,
          fc.boolean(),
          (seed, shift, rows, columns, scale, accumulate) => {
            const from = draw(seed);
            const pattern = from.pattern(rows, columns);
            const entries = pattern.columnIndices.length;
            const values = from
              .reals(entries)
              .map((value, p) => (p % 7 === 3 ? Number.NEGATIVE_INFINITY : scale * value));
            for (let i = 4; i < rows; i += 9) {
              values.fill(Number.NEGATIVE_INFINITY, pattern.rowPointers[i], pattern.rowPointers[i + 1]);
            }
            const [upstream, start] = [from.reals(entries), from.reals(entries)];
            expectAgreement(engine(), shift, (on) => {
              const of = on.pattern(pattern);
              const [out, into] = [on.floats(start), on.floats(start)];
              on.engine.softmaxEntries(of, on.floats(values), out);
              on.engine.softmaxEntriesGradient(of, out, on.floats(upstream), into, accumulate);
              return { out, into };
            });
          },
        ),
      );
    });

    test("softmaxEntries of equal values far from 0, and of a row that is empty", () => {
      const pattern = {
        rows: 3,
        columns: 4,
        rowPointers: Int32Array.of(0, 4, 4, 5),
        columnIndices: Int32Array.of(0, 1, 2, 3, 2),
      };
      const { out } = run(engine(), 0, (on) => {
        const shares = on.floats(new Float64Array(5));
        on.engine.softmaxEntries(on.pattern(pattern), on.floats([1e30, 1e30, 1e30, 1e30, -1e30]), shares);
        return { out: shares };
      });
      expect(Array.from(out as Float32Array)).toEqual([0.25, 0.25, 0.25, 0.25, 1]);
    });
  });
}
