/**
 * Sparse products of the reference engine, row by row as the sums are written: s · x in full, at chosen rows, and from
 * a row-sparse x; and the gradient of a sparse matrix's values, which is needed at its pattern only.
 */
import type { Engine, Matrix, SparseMatrix } from "../engine.ts";
import type { Checks } from "./checks.ts";

export type SparseOperations = Pick<Engine, "spmm" | "spmmRows" | "spmmFromRows" | "sampledProduct">;

function entry(s: SparseMatrix, row: number, position: number): number {
  const value = s.values?.[position] ?? 1;
  return (s.rowScale?.[row] ?? 1) * value * (s.columnScale?.[s.columnIndices[position]] ?? 1);
}

/** out[outRow] (+)= (s · x)[row]; column j of s meets row slots[j] of x (j itself without slots), or zero where -1. */
function productRow(
  s: SparseMatrix,
  row: number,
  x: Matrix,
  slots: Int32Array | undefined,
  out: Matrix,
  outRow: number,
  accumulate: boolean,
): void {
  for (let c = 0; c < out.columns; c++) {
    let sum = accumulate ? out.data[outRow * out.columns + c] : 0;
    for (let p = s.rowPointers[row]; p < s.rowPointers[row + 1]; p++) {
      const column = s.columnIndices[p];
      const slot = slots === undefined ? column : slots[column];
      if (slot !== -1) sum += entry(s, row, p) * x.data[slot * x.columns + c];
    }
    out.data[outRow * out.columns + c] = sum;
  }
}

export function sparseOperations(check: Checks): SparseOperations {
  return {
    spmm(s, x, out, accumulate = false) {
      check.sparse("spmm", "s", s);
      check.matrix("spmm", "x", x, s.columns);
      check.matrix("spmm", "out", out, s.rows, x.columns);
      check.apart("spmm", out.data, x.data);
      for (let i = 0; i < s.rows; i++) productRow(s, i, x, undefined, out, i, accumulate);
    },

    spmmRows(s, x, rows, out, accumulate = false) {
      check.sparse("spmmRows", "s", s);
      check.matrix("spmmRows", "x", x, s.columns);
      check.indices("spmmRows", "rows", rows, s.rows);
      check.matrix("spmmRows", "out", out, rows.length, x.columns);
      check.apart("spmmRows", out.data, x.data);
      for (const [t, row] of rows.entries()) productRow(s, row, x, undefined, out, t, accumulate);
    },

    spmmFromRows(s, x, slots, out, accumulate = false) {
      check.sparse("spmmFromRows", "s", s);
      check.matrix("spmmFromRows", "x", x);
      check.array("spmmFromRows", "slots", slots, s.columns);
      check.indices("spmmFromRows", "slots", slots, x.rows, -1);
      check.matrix("spmmFromRows", "out", out, s.rows, x.columns);
      check.apart("spmmFromRows", out.data, x.data);
      for (let i = 0; i < s.rows; i++) productRow(s, i, x, slots, out, i, accumulate);
    },

    sampledProduct(pattern, left, right, out, { slots, accumulate = false } = {}) {
      check.pattern("sampledProduct", "pattern", pattern);
      check.matrix("sampledProduct", "left", left, slots === undefined ? pattern.rows : left.rows);
      check.matrix("sampledProduct", "right", right, pattern.columns, left.columns);
      check.array("sampledProduct", "out", out, pattern.columnIndices.length);
      check.apart("sampledProduct", out, left.data, right.data);
      if (slots !== undefined) {
        check.array("sampledProduct", "slots", slots, pattern.rows);
        check.indices("sampledProduct", "slots", slots, left.rows, -1);
      }
      for (let i = 0; i < pattern.rows; i++) {
        const slot = slots === undefined ? i : slots[i];
        for (let p = pattern.rowPointers[i]; p < pattern.rowPointers[i + 1]; p++) {
          let sum = accumulate ? out[p] : 0;
          if (slot !== -1) {
            const j = pattern.columnIndices[p];
            for (let c = 0; c < left.columns; c++) {
              sum += left.data[slot * left.columns + c] * right.data[j * right.columns + c];
            }
          }
          out[p] = sum;
        }
      }
    },
  };
}
