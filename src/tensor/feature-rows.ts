/**
 * A batch's rows of raw features, projected: F_r = X_r Wᵀ + b for the rows r that a step needs, or their differences, so that a model which
 * reads features in every step does not multiply all of them.
 */
import type { ChosenRows, Ints, Matrix } from "../engine/engine.ts";
import { clearRows, type FeatureTable } from "./features.ts";
import { blank, matrixRows, type Tape, type Variable, zeros } from "./tape.ts";

/** Rows of the table, less others where they are given. */
export interface FeatureRows {
  readonly rows: Ints;
  readonly minus?: Ints | undefined;
}

/** Reads a row of the table; one without features as zeros, whatever stands there. */
function readRow(table: FeatureTable, lacking: ReadonlySet<number>, row: number, into: Matrix): void {
  const { resident, read, columns } = table;
  if (lacking.has(row)) into.data.fill(0);
  else if (resident !== undefined) into.data.set(resident.data.subarray(row * columns, (row + 1) * columns));
  else read?.(row, row + 1, into);
}

/** The rows where they lie in the engine; of a streamed table, and of a trained one with gaps, copied into a temporary matrix. */
function chosenRows(tape: Tape, table: FeatureTable, { rows, minus }: FeatureRows): ChosenRows {
  const { resident, columns, parameter } = table;
  const lacking = new Set(table.missing);
  // Frozen features are zeros where there are none; those of a parameter need not be.
  const hasGaps = parameter !== undefined && [...rows, ...(minus ?? [])].some((row) => lacking.has(row));
  if (resident !== undefined && !hasGaps) return { of: resident, rows, minus };
  const { engine } = tape;
  const block = blank(engine, rows.length, columns);
  const one = blank(engine, 1, columns);
  const numbers = engine.ints(rows.length);
  for (const [t, row] of rows.entries()) {
    const into = matrixRows(block, t, t + 1);
    readRow(table, lacking, row, into);
    if (minus !== undefined) {
      readRow(table, lacking, minus[t], one);
      engine.scale(-1, one.data, into.data, true);
    }
    numbers[t] = t;
  }
  return { of: block, rows: numbers };
}

/** For each row, how often the bias is in it: 1 where there are features and 0 where not, less the same of what is subtracted. */
function biasCounts({ missing }: FeatureTable, { rows, minus }: FeatureRows): Int8Array {
  const lacking = new Set(missing);
  const count = (row: number): number => (lacking.has(row) ? 0 : 1);
  return Int8Array.from(rows, (row, t) => count(row) - (minus === undefined ? 0 : count(minus[t])));
}

/** into_t += counts_t · bias */
function addBias(counts: Int8Array, bias: Matrix, into: Matrix): void {
  counts.forEach((count, t) => {
    if (count === 0) return;
    for (let j = 0; j < into.columns; j++) into.data[t * into.columns + j] += count * bias.data[j];
  });
}

/** into += Σ_t counts_t · gradient_t */
function addBiasGradient(counts: Int8Array, gradient: Matrix, into: Matrix): void {
  counts.forEach((count, t) => {
    if (count === 0) return;
    for (let j = 0; j < into.columns; j++) into.data[j] += count * gradient.data[t * into.columns + j];
  });
}

/**
 * @param table n × k, its `missing` rows 0 and projected to 0
 * @param weight m × k
 * @param bias 1 × m
 * @param wanted which of the n, a row as often as it is wanted; with `minus`, F_rows − F_minus, where the bias cancels
 * @returns wanted.rows.length × m; gradients flow to weight, bias and, in factored form, to trained features
 */
export function projectRows(
  tape: Tape,
  table: FeatureTable,
  weight: Variable,
  bias: Variable,
  wanted: FeatureRows,
): Variable {
  const { engine } = tape;
  const x = chosenRows(tape, table, wanted);
  const counts = biasCounts(table, wanted);
  const everywhere = counts.every((count) => count === 1);
  const { parameter } = table;
  if (parameter !== undefined) parameter.gradient = undefined;
  const output = tape.output(wanted.rows.length, weight.value.rows, [weight, bias]);
  engine.multiplyChosen(x, weight.value, output.value, everywhere ? bias.value.data : undefined);
  if (!everywhere) addBias(counts, bias.value, output.value);
  tape.record(output, (gradient) => {
    tape.contribute(weight, (into, accumulate) => engine.transposedMultiplyChosen(gradient, x, into, accumulate));
    tape.contribute(bias, (into, accumulate) => {
      if (everywhere) engine.columnSums(gradient, into.data, accumulate);
      else {
        if (!accumulate) engine.fill(into.data, 0);
        addBiasGradient(counts, gradient, into);
      }
    });
    if (parameter === undefined) return;
    const left = zeros(engine, table.rows, gradient.columns);
    engine.scatterAddRows(gradient, wanted.rows, 1, left);
    if (wanted.minus !== undefined) engine.scatterAddRows(gradient, wanted.minus, -1, left);
    clearRows(table.missing, left);
    tape.factoredGradient(parameter, { left, right: weight.value });
  });
  return output;
}
