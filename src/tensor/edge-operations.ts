/**
 * Operations between the nodes of a bipartite graph and its edges on the tape: an edge's value from its two ends, a softmax over the edges
 * of each node, the largest of several values an edge, and a graph whose edge values are learned. Values are 1 × entries variables beside a
 * constant pattern, as in `graph-operations.ts`.
 */
import type { Ints, Pattern } from "../engine/engine.ts";
import { EngineError } from "../errors.ts";
import type { PatternPair } from "./graph-operations.ts";
import type { SparseOperand } from "./sparse-operations.ts";
import type { Tape, Variable } from "./tape.ts";

/** v_p = a_i · b_j at the entries p = (i, j): (rows × d), (columns × d) → 1 × entries. */
export function edgeProducts(tape: Tape, a: Variable, b: Variable, pair: PatternPair): Variable {
  const { engine } = tape;
  const { pattern, transpose, order } = pair;
  const output = tape.output(1, order.length, [a, b]);
  engine.sampledProduct(pattern, a.value, b.value, output.value.data);
  tape.record(output, (gradient) => {
    tape.contribute(a, (into, accumulate) =>
      engine.spmm({ ...pattern, values: gradient.data }, b.value, into, accumulate),
    );
    tape.contribute(b, (into, accumulate) => {
      const values = engine.floats(order.length, "anything");
      engine.gatherValues(gradient.data, order, 1, values);
      engine.spmm({ ...transpose, values }, a.value, into, accumulate);
    });
  });
  return output;
}

/**
 * y_p = e^v_p / Σ over the row of p, for each row.
 *
 * @param leftOut one flag an entry, in an ordinary array: where it is 1 the entry takes no part and its y is 0
 */
export function softmaxOfEdges(tape: Tape, values: Variable, pattern: Pattern, leftOut?: Uint8Array): Variable {
  const { engine } = tape;
  const output = tape.output(1, values.value.columns, [values]);
  let logits = values.value.data;
  if (leftOut !== undefined) {
    logits = engine.floats(logits.length, "anything");
    engine.scale(1, values.value.data, logits);
    for (let p = 0; p < logits.length; p++) if (leftOut[p] !== 0) logits[p] = Number.NEGATIVE_INFINITY;
  }
  engine.softmaxEntries(pattern, logits, output.value.data);
  tape.record(output, (gradient) => {
    tape.contribute(values, (into, accumulate) =>
      engine.softmaxEntriesGradient(pattern, output.value.data, gradient.data, into.data, accumulate),
    );
  });
  return output;
}

/** The same values in another order: y_q = v_{order[q]}. @param back the inverse permutation */
export function reorderedEdges(tape: Tape, values: Variable, order: Ints, back: Ints): Variable {
  const { engine } = tape;
  const output = tape.output(1, order.length, [values]);
  engine.gatherValues(values.value.data, order, 1, output.value.data);
  tape.record(output, (gradient) => {
    tape.contribute(values, (into, accumulate) => engine.gatherValues(gradient.data, back, 1, into.data, accumulate));
  });
  return output;
}

/** y_p = the largest of the variables at p; the gradient goes to the first that has it. */
export function largestOfEdges(tape: Tape, of: readonly Variable[]): Variable {
  const first = of[0];
  if (first === undefined) throw new EngineError("largestOfEdges: no variables; at least one is needed");
  const { engine } = tape;
  const output = tape.output(1, first.value.columns, of);
  const winners = engine.ints(first.value.columns);
  engine.scale(1, first.value.data, output.value.data);
  of.forEach(({ value }, m) => {
    if (m > 0) engine.keepLarger(value.data, m, output.value.data, winners);
  });
  tape.record(output, (gradient) => {
    of.forEach((variable, m) => {
      tape.contribute(variable, (into, accumulate) =>
        engine.winnersGradient(gradient.data, winners, m, into.data, accumulate),
      );
    });
  });
  return output;
}

/** The graph with these edge values, for products that pass a gradient to them. */
export function graphOfEdges(tape: Tape, values: Variable, { pattern, transpose, order }: PatternPair): SparseOperand {
  const transposed = tape.engine.floats(order.length, "anything");
  tape.engine.gatherValues(values.value.data, order, 1, transposed);
  return {
    forward: { ...pattern, values: values.value.data },
    transposed: { ...transpose, values: transposed },
    values,
  };
}
