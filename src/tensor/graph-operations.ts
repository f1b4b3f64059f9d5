/**
 * Operations on the values of sparse matrices: the differentiable half of a learned item graph. Values are 1 × entries
 * variables beside a constant pattern; which entries exist is never differentiated (specification, section 2).
 */
import type { Ints, Pattern } from "../engine/engine.ts";
import { exponential } from "./elementary.ts";
import type { Tape, Variable } from "./tape.ts";

/** A pattern with its transpose: entry q of `transpose` is entry order[q] of `pattern`. */
export interface PatternPair {
  readonly pattern: Pattern;
  readonly transpose: Pattern;
  readonly order: Ints;
}

/** softmax over a 1 × M variable. */
export function softmax(tape: Tape, x: Variable): Variable {
  const output = tape.output(1, x.value.columns, [x]);
  const inputs = Array.from(x.value.data);
  const largest = Math.max(...inputs);
  const powers = inputs.map((value) => exponential(value - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const shares = powers.map((power) => power / total);
  output.value.data.set(shares);
  tape.record(output, (gradient) => {
    const inner = shares.reduce((sum, share, m) => sum + share * gradient.data[m], 0);
    tape.contribute(x, (into, accumulate) => {
      into.data.set(shares.map((share, m) => (accumulate ? into.data[m] : 0) + share * (gradient.data[m] - inner)));
    });
  });
  return output;
}

/** Which columns each row of something takes part in; rows with the same columns share a set. Ordinary arrays. */
export interface RowSets {
  /** By set, its columns, ascending. */
  readonly sets: readonly (readonly number[])[];
  /** The set of each row. */
  readonly setOf: Int32Array;
}

/**
 * r_i = 1 / Σ_{m ∈ set of row i} α_m, rows × 1, for 1 × M weights that sum to 1: so the full set gives 1 exactly, without a
 * gradient. The empty set gives 0.
 */
export function reciprocalSums(tape: Tape, weights: Variable, { sets, setOf }: RowSets): Variable {
  const rows = setOf.length;
  const output = tape.output(rows, 1, [weights]);
  const alpha = weights.value.data;
  const isFull = (set: readonly number[]): boolean => set.length === alpha.length;
  const ofSet = sets.map((set) => {
    if (isFull(set)) return 1;
    const sum = set.reduce((total, m) => total + alpha[m], 0);
    return sum > 0 ? 1 / sum : 0;
  });
  const out = output.value.data;
  for (let i = 0; i < rows; i++) out[i] = ofSet[setOf[i]];
  tape.record(output, (gradient) => {
    const sums = new Float64Array(sets.length);
    for (let i = 0; i < rows; i++) sums[setOf[i]] += gradient.data[i];
    tape.contribute(weights, (into, accumulate) => {
      if (!accumulate) into.data.fill(0);
      sets.forEach((set, s) => {
        if (isFull(set)) return;
        for (const m of set) into.data[m] -= sums[s] * ofSet[s] * ofSet[s];
      });
    });
  });
  return output;
}

/** diag(r) V: the values of row i of the pattern times r_i, with r rows × 1. */
export function scaleEntriesByRow(tape: Tape, values: Variable, scales: Variable, pattern: Pattern): Variable {
  const { engine } = tape;
  const entries = values.value.columns;
  const output = tape.output(1, entries, [values, scales]);
  const rowOf = engine.ints(entries, "anything");
  for (let i = 0; i < pattern.rows; i++) rowOf.fill(i, pattern.rowPointers[i], pattern.rowPointers[i + 1]);
  const ofEntry = engine.floats(entries, "anything");
  engine.gatherValues(scales.value.data, rowOf, 1, ofEntry);
  engine.multiplyElements(values.value.data, ofEntry, output.value.data);
  tape.record(output, (gradient) => {
    tape.contribute(values, (into, accumulate) =>
      engine.multiplyElements(gradient.data, ofEntry, into.data, accumulate),
    );
    tape.contribute(scales, (into, accumulate) => {
      const products = engine.floats(entries, "anything");
      engine.multiplyElements(gradient.data, values.value.data, products);
      const sums = accumulate ? engine.floats(pattern.rows, "anything") : into.data;
      engine.rowSums(pattern, products, sums);
      if (accumulate) engine.scale(1, sums, into.data, true);
    });
  });
  return output;
}

/** v_p = y_i · y_j at the entries p = (i, j) of a square pattern: cosines, when y has unit rows. */
export function neighbourProducts(tape: Tape, y: Variable, pair: PatternPair): Variable {
  const { engine } = tape;
  const { pattern, transpose, order } = pair;
  const output = tape.output(1, order.length, [y]);
  engine.sampledProduct(pattern, y.value, y.value, output.value.data);
  tape.record(output, (gradient) => {
    const transposedGradient = engine.floats(order.length, "anything");
    engine.gatherValues(gradient.data, order, 1, transposedGradient);
    tape.contribute(y, (into, accumulate) => {
      engine.spmm({ ...pattern, values: gradient.data }, y.value, into, accumulate);
      engine.spmm({ ...transpose, values: transposedGradient }, y.value, into, true);
    });
  });
  return output;
}

/** D^-½ V D^-½ with D the row sums of V; D^-½ := 0 where the sum is not positive. */
export function symmetricNormalise(tape: Tape, values: Variable, pair: PatternPair): Variable {
  const { engine } = tape;
  const { pattern, transpose, order } = pair;
  const output = tape.output(1, values.value.columns, [values]);
  const scale = engine.floats(pattern.rows, "anything");
  engine.symmetricNormalise(pattern, values.value.data, scale, output.value.data);
  tape.record(output, (gradient) => {
    tape.contribute(values, (into, accumulate) =>
      engine.symmetricNormaliseGradient(
        pattern,
        values.value.data,
        scale,
        transpose,
        order,
        gradient.data,
        into.data,
        accumulate,
      ),
    );
  });
  return output;
}

/** One summand of a union: values whose entry p stands at positions[p] of the union. */
export interface UnionPart {
  readonly values: Variable;
  readonly positions: Ints;
  /** Which of the weights scales it. */
  readonly weight: number;
}

/** Σ_m α_m V_m on the union of the parts' patterns, α the 1 × M weights. */
export function weightedUnion(tape: Tape, parts: readonly UnionPart[], weights: Variable, entries: number): Variable {
  const { engine } = tape;
  const output = tape.output(1, entries, [weights, ...parts.map((part) => part.values)]);
  engine.fill(output.value.data, 0);
  for (const { values, positions, weight } of parts) {
    engine.scatterAddValues(values.value.data, positions, weights.value.data[weight], output.value.data);
  }
  tape.record(output, (gradient) => {
    for (const { values, positions, weight } of parts) {
      tape.contribute(weights, (into, accumulate) => {
        const atPart = engine.floats(positions.length, "anything");
        engine.gatherValues(gradient.data, positions, 1, atPart);
        if (!accumulate) into.data.fill(0);
        into.data[weight] += engine.dot(values.value.data, atPart);
      });
      tape.contribute(values, (into, accumulate) =>
        engine.gatherValues(gradient.data, positions, weights.value.data[weight], into.data, accumulate),
      );
    }
  });
  return output;
}
