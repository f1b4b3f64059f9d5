/** The union of square patterns, and where each of their entries stands in it: what a weighted sum of graphs needs. */
import type { Engine, Ints, Pattern } from "../engine/engine.ts";

export interface PatternUnion {
  readonly pattern: Pattern;
  /** For each part, the position in the union of each of its entries. */
  readonly positions: readonly Ints[];
}

/** @param parts patterns over the same rows and columns, columns ascending */
export function unionOfPatterns(engine: Engine, parts: readonly Pattern[], rows: number): PatternUnion {
  const rowPointers = engine.ints(rows + 1);
  const capacity = parts.reduce((sum, part) => sum + part.columnIndices.length, 0);
  const merged = new Int32Array(capacity);
  const positions = parts.map((part) => engine.ints(part.columnIndices.length));
  const heads = new Int32Array(parts.length);
  let end = 0;
  for (let i = 0; i < rows; i++) {
    for (let m = 0; m < parts.length; m++) heads[m] = parts[m].rowPointers[i];
    for (;;) {
      let smallest = rows;
      for (let m = 0; m < parts.length; m++) {
        const part = parts[m];
        if (heads[m] < part.rowPointers[i + 1]) smallest = Math.min(smallest, part.columnIndices[heads[m]]);
      }
      if (smallest === rows) break;
      for (let m = 0; m < parts.length; m++) {
        const part = parts[m];
        if (heads[m] < part.rowPointers[i + 1] && part.columnIndices[heads[m]] === smallest)
          positions[m][heads[m]++] = end;
      }
      merged[end++] = smallest;
    }
    rowPointers[i + 1] = end;
  }
  const columnIndices = engine.ints(end);
  columnIndices.set(merged.subarray(0, end));
  return { pattern: { rows, columns: rows, rowPointers, columnIndices }, positions };
}
