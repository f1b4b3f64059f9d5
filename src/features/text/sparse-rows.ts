/** Sparse rows on an engine: filled one after the other, and turned into columns. */
import type { Engine, Floats, Ints, SparseMatrix } from "../../engine/engine.ts";

export interface SparseRows {
  /** Whether a row of so many entries still fits. */
  fits(entries: number): boolean;
  /** Adds a row, its columns ascending: the first `entries` of both arrays. */
  add(columns: Int32Array, values: Float64Array, entries: number): void;
  /** What was added so far; valid until the next `add` or `clear`. */
  matrix(): SparseMatrix & { readonly values: Floats };
  clear(): void;
  release(): void;
}

/** Room for `rows` rows and `entries` entries together. @throws EngineError when memory does not suffice */
export function createSparseRows(engine: Engine, columns: number, rows: number, entries: number): SparseRows {
  const rowPointers = engine.ints(rows + 1);
  const columnIndices = engine.ints(entries);
  const values = engine.floats(entries);
  let row = 0;
  let used = 0;
  return {
    fits: (count) => row < rows && used + count <= entries,
    add: (rowColumns, rowValues, count) => {
      columnIndices.set(rowColumns.subarray(0, count), used);
      values.set(rowValues.subarray(0, count), used);
      used += count;
      rowPointers[++row] = used;
    },
    matrix: () => ({
      rows: row,
      columns,
      rowPointers: rowPointers.subarray(0, row + 1),
      columnIndices: columnIndices.subarray(0, used),
      values: values.subarray(0, used),
    }),
    clear: () => {
      row = 0;
      used = 0;
    },
    release: () => {
      engine.release(rowPointers);
      engine.release(columnIndices);
      engine.release(values);
    },
  };
}

/** The same matrix by columns. Its arrays are long-lived and the caller's. */
export function transposeSparse(
  engine: Engine,
  { rows, columns, rowPointers, columnIndices, values }: SparseMatrix & { readonly values: Floats },
): SparseMatrix & { readonly rowPointers: Ints; readonly values: Floats } {
  const pointers = engine.ints(columns + 1);
  const indices = engine.ints(columnIndices.length);
  const transposed = engine.floats(columnIndices.length);
  for (const column of columnIndices) pointers[column + 1]++;
  for (let column = 0; column < columns; column++) pointers[column + 1] += pointers[column];
  const next = pointers.slice();
  for (let row = 0; row < rows; row++) {
    for (let entry = rowPointers[row]; entry < rowPointers[row + 1]; entry++) {
      const place = next[columnIndices[entry]]++;
      indices[place] = row;
      transposed[place] = values[entry];
    }
  }
  return { rows: columns, columns: rows, rowPointers: pointers, columnIndices: indices, values: transposed };
}
