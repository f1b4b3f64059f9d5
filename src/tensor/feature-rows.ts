/**
 * A batch's rows of raw features, projected: F_r = X_r Wᵀ + b for the rows r that a step needs, so that a model which reads features in
 * every step does not multiply all of them.
 */
import type { Ints, Matrix } from "../engine/engine.ts";
import type { FeatureTable } from "./features.ts";
import { blank, matrixRows, type Tape, type Variable, zeros } from "./tape.ts";

/** Copies the rows into a temporary matrix. */
function rowsOf(tape: Tape, { resident, read, columns }: FeatureTable, rows: Ints): Matrix {
  const block = blank(tape.engine, rows.length, columns);
  if (resident !== undefined) tape.engine.gatherRows(resident, rows, 1, block);
  else for (const [t, row] of rows.entries()) read?.(row, row + 1, matrixRows(block, t, t + 1));
  return block;
}

/** Zeroes the rows whose item has no features. */
function clearMissing(block: Matrix, rows: Ints, missing: ReadonlySet<number>): void {
  rows.forEach((row, t) => {
    if (missing.has(row)) block.data.fill(0, t * block.columns, (t + 1) * block.columns);
  });
}

/**
 * @param table n × k, its `missing` rows projected to 0
 * @param weight m × k
 * @param bias 1 × m
 * @param rows which of the n, each once
 * @returns rows.length × m; gradients flow to weight, bias and, in factored form, to trained features
 */
export function projectRows(tape: Tape, table: FeatureTable, weight: Variable, bias: Variable, rows: Ints): Variable {
  const { engine } = tape;
  const block = rowsOf(tape, table, rows);
  const missing = new Set(table.missing);
  const { parameter } = table;
  if (parameter !== undefined) parameter.gradient = undefined;
  const output = tape.output(rows.length, weight.value.rows, [weight, bias]);
  engine.multiplyTransposed(block, weight.value, output.value, { bias: bias.value.data });
  if (missing.size > 0) clearMissing(output.value, rows, missing);
  tape.record(output, (gradient) => {
    if (missing.size > 0) clearMissing(gradient, rows, missing);
    tape.contribute(weight, (into, accumulate) => engine.transposedMultiply(gradient, block, into, accumulate));
    tape.contribute(bias, (into, accumulate) => engine.columnSums(gradient, into.data, accumulate));
    if (parameter === undefined) return;
    const left = zeros(engine, table.rows, gradient.columns);
    engine.scatterAddRows(gradient, rows, 1, left);
    tape.factoredGradient(parameter, { left, right: weight.value });
  });
  return output;
}
