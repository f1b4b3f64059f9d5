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
