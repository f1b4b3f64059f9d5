/**
 * Raw item features as the model uses them: projected, and trained unless frozen. They can be the largest thing in
 * memory by far, so a product touches them in blocks of rows, and they may live outside the engine: `resident` in its memory,
 * or `streamed` from ordinary memory or a file through a temporary block. The gradient of trained features is never
 * written out: it stays the product gF · W (see `FactoredGradient`). Rows of items without features are projected to zero,
 * bias included, and send no gradient back.
 */
import type { Engine, Matrix } from "../engine/engine.ts";
import type { Parameter } from "./parameter.ts";
import { blank, matrixRows, type Tape, type Variable } from "./tape.ts";

/** Reads rows [from, to) into an engine matrix of that shape. */
export type RowReader = (from: number, to: number, into: Matrix) => void;

export interface FeatureTable {
  readonly rows: number;
  readonly columns: number;
  /** The whole table in engine memory; absent for a streamed one. */
  readonly resident?: Matrix | undefined;
  /** How a streamed table is read. */
  readonly read?: RowReader | undefined;
  /** Present when the features are trained. */
  readonly parameter?: Parameter | undefined;
  /** Rows that hold no features, ascending; ordinary array. Absent: none. */
  readonly missing?: Int32Array | undefined;
}

/** Zeroes the rows of a block that are listed. @param from the row of the whole table that the block starts with */
export function clearRows(rows: Int32Array | undefined, block: Matrix, from = 0): void {
  if (rows === undefined) return;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle] < from) low = middle + 1;
    else high = middle;
  }
  for (; low < rows.length && rows[low] < from + block.rows; low++) {
    const at = (rows[low] - from) * block.columns;
    block.data.fill(0, at, at + block.columns);
  }
}

/** Floats in one block of a streamed table: 4 MiB of float32. */
const streamedBlockFloats = 1 << 20;

/** Calls `visit` with consecutive blocks of rows: one block when resident, several when streamed. Inside a step. */
export function forEachBlock(engine: Engine, table: FeatureTable, visit: (block: Matrix, from: number) => void): void {
  if (table.resident !== undefined) {
    visit(table.resident, 0);
    return;
  }
  if (table.read === undefined) return;
  const blockRows = Math.min(table.rows, Math.max(1, Math.floor(streamedBlockFloats / table.columns)));
  const buffer = blank(engine, blockRows, table.columns);
  for (let from = 0; from < table.rows; from += blockRows) {
    const block = matrixRows(buffer, 0, Math.min(blockRows, table.rows - from));
    table.read(from, from + block.rows, block);
    visit(block, from);
  }
}

/** F = X Wᵀ + b: (n × k), (m × k), (1 × m) → n × m, missing rows 0. Gradients flow to W, b and, in factored form, to trained X. */
export function project(tape: Tape, table: FeatureTable, weight: Variable, bias: Variable): Variable {
  const { engine } = tape;
  const output = tape.output(table.rows, weight.value.rows, [weight, bias]);
  forEachBlock(engine, table, (block, from) => {
    const rows = matrixRows(output.value, from, from + block.rows);
    engine.multiplyTransposed(block, weight.value, rows, { bias: bias.value.data });
  });
  clearRows(table.missing, output.value);
  const { parameter } = table;
  if (parameter !== undefined) parameter.gradient = undefined;
  tape.record(output, (gradient) => {
    clearRows(table.missing, gradient);
    tape.contribute(weight, (into, accumulate) => {
      forEachBlock(engine, table, (block, from) => {
        engine.transposedMultiply(matrixRows(gradient, from, from + block.rows), block, into, accumulate || from > 0);
      });
    });
    tape.contribute(bias, (into, accumulate) => engine.columnSums(gradient, into.data, accumulate));
    if (parameter !== undefined) tape.factoredGradient(parameter, { left: gradient, right: weight.value });
  });
  return output;
}
