/**
 * Patterns of sparse matrices in long-lived engine memory: their transpose, and copies of ordinary ones. Built with plain
 * loops: they touch each entry once or twice an epoch.
 */
import type { Engine, Pattern } from "../engine/engine.ts";
import type { PatternPair } from "../tensor/graph-operations.ts";

/** Copies a pattern from ordinary arrays into the engine's. */
export function patternInEngine(engine: Engine, pattern: Pattern): Pattern {
  const rowPointers = engine.ints(pattern.rowPointers.length);
  const columnIndices = engine.ints(pattern.columnIndices.length);
  rowPointers.set(pattern.rowPointers);
  columnIndices.set(pattern.columnIndices);
  return { rows: pattern.rows, columns: pattern.columns, rowPointers, columnIndices };
}

/** The same entries by column, in engine memory: entry q of the transpose is entry order[q] of the pattern. */
export function withTranspose(engine: Engine, pattern: Pattern): PatternPair {
  const { rows, columns, rowPointers, columnIndices } = pattern;
  const entries = columnIndices.length;
  const pointers = engine.ints(columns + 1);
  const indices = engine.ints(entries);
  const order = engine.ints(entries);
  for (let p = 0; p < entries; p++) pointers[columnIndices[p] + 1] += 1;
  for (let j = 0; j < columns; j++) pointers[j + 1] += pointers[j];
  const next = Int32Array.from(pointers);
  for (let i = 0; i < rows; i++) {
    for (let p = rowPointers[i]; p < rowPointers[i + 1]; p++) {
      const q = next[columnIndices[p]]++;
      indices[q] = i;
      order[q] = p;
    }
  }
  return { pattern, transpose: { rows: columns, columns: rows, rowPointers: pointers, columnIndices: indices }, order };
}

/** Gives the arrays of a pattern back. */
export function releasePattern(engine: Engine, pattern: Pattern): void {
  engine.release(pattern.rowPointers);
  engine.release(pattern.columnIndices);
}

export function releasePatternPair(engine: Engine, pair: PatternPair): void {
  releasePattern(engine, pair.pattern);
  releasePattern(engine, pair.transpose);
  engine.release(pair.order);
}
