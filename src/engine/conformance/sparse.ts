/** Conformance of the sparse products, with every combination of values and scales, empty and nearly full rows. */
import fc from "fast-check";
import { describe, test } from "vitest";
import type { Engine } from "../engine.ts";
import { expectAgreement, expectNear, run, tolerance } from "./agreement.ts";
import { columnCounts, draw, positiveRowCounts, rowCounts, seeds, shifts, sparseParts } from "./cases.ts";

export function sparseConformance(engine: () => Engine): void {
  describe("sparse", () => {
    test("spmm", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          sparseParts,
          rowCounts,
          positiveRowCounts,
          columnCounts,
          fc.boolean(),
          (seed, shift, parts, rows, inner, columns, accumulate) => {
            const from = draw(seed);
            const [s, x, start] = [
              from.sparse(rows, inner, parts),
              from.matrix(inner, columns),
              from.matrix(rows, columns),
            ];
            expectAgreement(engine(), shift, (on) => {
              const out = on.matrix(start);
              on.engine.spmm(on.sparse(s), on.matrix(x), out, accumulate);
              return { out: out.data };
            });
          },
        ),
      );
    });

    test("spmm is the product with the dense matrix of the same entries", () => {
      fc.assert(
        fc.property(seeds, sparseParts, positiveRowCounts, positiveRowCounts, (seed, parts, rows, inner) => {
          const from = draw(seed);
          const [s, x] = [from.sparse(rows, inner, parts), from.matrix(inner, 5)];
          const expected = new Float64Array(rows * 5);
          for (let i = 0; i < rows; i++) {
            for (let p = s.rowPointers[i]; p < s.rowPointers[i + 1]; p++) {
              const j = s.columnIndices[p];
              const entry = (s.rowScale?.[i] ?? 1) * (s.values?.[p] ?? 1) * (s.columnScale?.[j] ?? 1);
              for (let c = 0; c < 5; c++) expected[i * 5 + c] += entry * x.data[j * 5 + c];
            }
          }
          const { found } = run(engine(), 0, (on) => {
            const out = on.matrix({ rows, columns: 5, data: new Float64Array(rows * 5) });
            on.engine.spmm(on.sparse(s), on.matrix(x), out);
            return { found: out.data };
          });
          expectNear("out", found, expected, tolerance(engine()));
        }),
      );
    });

    test("spmmRows, rows repeated", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          sparseParts,
          positiveRowCounts,
          positiveRowCounts,
          rowCounts,
          columnCounts,
          fc.boolean(),
          (seed, shift, parts, rows, inner, chosen, columns, accumulate) => {
            const from = draw(seed);
            const [s, x, start] = [
              from.sparse(rows, inner, parts),
              from.matrix(inner, columns),
              from.matrix(chosen, columns),
            ];
            const chosenRows = from.integers(chosen, 0, rows - 1);
            expectAgreement(engine(), shift, (on) => {
              const out = on.matrix(start);
              on.engine.spmmRows(on.sparse(s), on.matrix(x), on.ints(chosenRows), out, accumulate);
              return { out: out.data };
            });
          },
        ),
      );
    });

    test("spmmFromRows, most rows missing or few", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          sparseParts,
          rowCounts,
          positiveRowCounts,
          positiveRowCounts,
          columnCounts,
          fc.boolean(),
          (seed, shift, parts, rows, inner, slotCount, columns, accumulate) => {
            const from = draw(seed);
            const [s, x, start] = [
              from.sparse(rows, inner, parts),
              from.matrix(slotCount, columns),
              from.matrix(rows, columns),
            ];
            const slots = new Int32Array(inner).fill(-1);
            slots.set(from.distinctOrMissing(Math.min(inner, slotCount), slotCount));
            expectAgreement(engine(), shift, (on) => {
              const out = on.matrix(start);
              on.engine.spmmFromRows(on.sparse(s), on.matrix(x), on.ints(slots), out, accumulate);
              return { out: out.data };
            });
          },
        ),
      );
    });

    test("sampledProduct, with slots and without", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          positiveRowCounts,
          positiveRowCounts,
          positiveRowCounts,
          columnCounts,
          fc.boolean(),
          fc.boolean(),
          (seed, shift, rows, columns, slotCount, width, slotted, accumulate) => {
            const from = draw(seed);
            const pattern = from.pattern(rows, columns);
            const [left, right] = [from.matrix(slotted ? slotCount : rows, width), from.matrix(columns, width)];
            const start = from.reals(pattern.columnIndices.length);
            const slotNumbers = from.integers(rows, -1, slotCount - 1);
            expectAgreement(engine(), shift, (on) => {
              const out = on.floats(start);
              const slots = slotted ? { slots: on.ints(slotNumbers) } : {};
              on.engine.sampledProduct(on.pattern(pattern), on.matrix(left), on.matrix(right), out, {
                ...slots,
                accumulate,
              });
              return { out };
            });
          },
        ),
      );
    });

    test("products with a large graph of 64 columns", () => {
      const nodes = 700;
      const from = draw(11);
      const graph = from.sparse(nodes, nodes, { values: false, rowScale: true, columnScale: false });
      const [x, batch] = [from.matrix(nodes, 64), from.matrix(50, 64)];
      const rows = from.permutation(nodes).subarray(0, 50);
      const slots = new Int32Array(nodes).fill(-1);
      for (const [slot, row] of rows.entries()) slots[row] = slot;
      expectAgreement(engine(), 0, (on) => {
        const s = on.sparse(graph);
        const zero = { rows: nodes, columns: 64, data: new Float64Array(nodes * 64) };
        const [all, some, back] = [on.matrix(zero), on.matrix(batch), on.matrix(zero)];
        const sampled = on.floats(new Float64Array(graph.columnIndices.length));
        on.engine.spmm(s, on.matrix(x), all);
        on.engine.spmmRows(s, on.matrix(x), on.ints(rows), some, true);
        on.engine.spmmFromRows(s, on.matrix(batch), on.ints(slots), back);
        on.engine.sampledProduct(s, on.matrix(batch), on.matrix(x), sampled, { slots: on.ints(slots) });
        return { all: all.data, some: some.data, back: back.data, sampled };
      });
    });
  });
}
