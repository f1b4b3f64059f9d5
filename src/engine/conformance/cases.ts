/**
 * Made-up operands for the conformance suite. fast-check draws shapes and a seed; the numbers follow from the seed by
 * an integer hash, so that large operands cost nothing to draw and a failing case is named by a few integers. All
 * numbers are exact in float32, so that every engine starts from the same ones.
 */
import fc from "fast-check";
import { mixedBits } from "../dropout.ts";
import type { Matrix, Pattern, SparseMatrix } from "../engine.ts";

export const seeds = fc.nat(0x7fffffff);
/** Elements between an array and the alignment of its allocation. */
export const shifts = fc.nat(3);
/** Row counts: none, one, few, around vector and tile widths, and enough for several chunks. */
export const rowCounts = fc.oneof(
  fc.constantFrom(0, 1, 31, 32, 33, 64, 65),
  fc.integer({ min: 2, max: 9 }),
  fc.integer({ min: 90, max: 150 }),
);
/** As `rowCounts` without zero: for operands that indices point into. */
export const positiveRowCounts = rowCounts.map((rows) => Math.max(rows, 1));
export const columnCounts = fc.oneof(
  fc.constantFrom(1, 8, 15, 16, 17, 63, 64, 64, 65, 128),
  fc.integer({ min: 2, max: 7 }),
);

/** Which of the factors of a sparse matrix are there. */
export const sparseParts = fc.record({ values: fc.boolean(), rowScale: fc.boolean(), columnScale: fc.boolean() });
export type SparseParts = Readonly<Record<"values" | "rowScale" | "columnScale", boolean>>;

export interface Draw {
  /** Uniform in [-1, 1). */
  reals(length: number): Float64Array;
  /** Uniform integers from `least` to `most`. */
  integers(length: number, least: number, most: number): Int32Array;
  matrix(rows: number, columns: number): Matrix;
  /** Rows with 1, 4, 16 or 64 entries ±1, so that every norm, product and cosine is exact and ties abound; about every ninth row is zero. */
  tiedMatrix(rows: number, columns: number): Matrix;
  /** About a fifth of the rows empty, about a tenth nearly full. */
  pattern(rows: number, columns: number): Pattern;
  sparse(rows: number, columns: number, parts: SparseParts): SparseMatrix;
  /** `length` different integers from 0 to bound - 1, about a fifth of them replaced by -1. */
  distinctOrMissing(length: number, bound: number): Int32Array;
  /** 0 to count - 1 in another order. */
  permutation(count: number): Int32Array;
}

/** Numbers that follow from the seed and the order of the calls. */
export function draw(seed: number): Draw {
  let element = 0;
  const bits = (): number => mixedBits(seed, element++);
  const below = (bound: number): number => bits() % bound;

  const reals = (length: number): Float64Array =>
    Float64Array.from({ length }, () => Math.fround((bits() >>> 8) / 0x800000 - 1));

  const integers = (length: number, least: number, most: number): Int32Array =>
    Int32Array.from({ length }, () => least + below(most - least + 1));

  const permutation = (count: number): Int32Array => {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  };

  const pattern = (rows: number, columns: number): Pattern => {
    const rowPointers = new Int32Array(rows + 1);
    const columnIndices: number[] = [];
    for (let i = 0; i < rows; i++) {
      const kind = below(10);
      const share = kind < 2 ? 0 : kind === 9 ? 90 : 12;
      for (let j = 0; j < columns; j++) if (below(100) < share) columnIndices.push(j);
      rowPointers[i + 1] = columnIndices.length;
    }
    return { rows, columns, rowPointers, columnIndices: Int32Array.from(columnIndices) };
  };

  return {
    reals,
    integers,
    permutation,
    pattern,
    matrix: (rows, columns) => ({ rows, columns, data: reals(rows * columns) }),
    tiedMatrix(rows, columns) {
      const data = new Float64Array(rows * columns);
      const widths = [1, 4, 16, 64].filter((width) => width <= columns);
      for (let i = 0; i < rows; i++) {
        if (below(9) === 0) continue;
        const width = widths[below(widths.length)];
        const start = below(columns);
        for (let l = 0; l < width; l++) data[i * columns + ((start + l) % columns)] = below(2) === 0 ? 1 : -1;
      }
      return { rows, columns, data };
    },
    sparse(rows, columns, parts) {
      const positions = pattern(rows, columns);
      return {
        ...positions,
        values: parts.values ? reals(positions.columnIndices.length) : undefined,
        rowScale: parts.rowScale ? reals(rows) : undefined,
        columnScale: parts.columnScale ? reals(columns) : undefined,
      };
    },
    distinctOrMissing: (length, bound) =>
      permutation(bound)
        .subarray(0, length)
        .map((position) => (below(5) === 0 ? -1 : position)),
  };
}

/** The transpose of a pattern, with the entry of the pattern that each of its entries is. */
export function transposed(pattern: Pattern): { readonly transpose: Pattern; readonly order: Int32Array } {
  const entries: { readonly row: number; readonly column: number; readonly position: number }[] = [];
  for (let row = 0; row < pattern.rows; row++) {
    for (let position = pattern.rowPointers[row]; position < pattern.rowPointers[row + 1]; position++) {
      entries.push({ row, column: pattern.columnIndices[position], position });
    }
  }
  entries.sort((a, b) => a.column - b.column || a.row - b.row);
  const rowPointers = new Int32Array(pattern.columns + 1);
  for (const { column } of entries) rowPointers[column + 1]++;
  for (let j = 0; j < pattern.columns; j++) rowPointers[j + 1] += rowPointers[j];
  return {
    transpose: {
      rows: pattern.columns,
      columns: pattern.rows,
      rowPointers,
      columnIndices: Int32Array.from(entries, ({ row }) => row),
    },
    order: Int32Array.from(entries, ({ position }) => position),
  };
}
