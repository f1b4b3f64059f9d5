/**
 * Operations between the nodes of a bipartite graph and its edges on the tape: an edge's value from its two ends, a softmax over the edges
 * of each node, the largest of several values an edge, and a graph whose edge values are learned. Values are 1 × entries variables beside a
 * constant pattern, as in `graph-operations.ts`.
 */
import type { Ints, Pattern } from "../engine/engine.ts";
import { exponential } from "./elementary.ts";
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
  const { rows, rowPointers } = pattern;
  const output = tape.output(1, values.value.columns, [values]);
  const from = values.value.data;
  const y = output.value.data;
  const takesPart = (p: number): boolean => leftOut === undefined || leftOut[p] === 0;
  for (let i = 0; i < rows; i++) {
    const [start, end] = [rowPointers[i], rowPointers[i + 1]];
    let largest = Number.NEGATIVE_INFINITY;
    for (let p = start; p < end; p++) if (takesPart(p) && from[p] > largest) largest = from[p];
    let total = 0;
    for (let p = start; p < end; p++) {
      y[p] = takesPart(p) ? exponential(from[p] - largest) : 0;
      total += y[p];
    }
    if (total > 0) for (let p = start; p < end; p++) y[p] /= total;
  }
  tape.record(output, (gradient) => {
    tape.contribute(values, (into, accumulate) => {
      for (let i = 0; i < rows; i++) {
        let inner = 0;
        for (let p = rowPointers[i]; p < rowPointers[i + 1]; p++) inner += gradient.data[p] * y[p];
        for (let p = rowPointers[i]; p < rowPointers[i + 1]; p++) {
          const own = y[p] * (gradient.data[p] - inner);
          into.data[p] = accumulate ? into.data[p] + own : own;
        }
      }
    });
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
  const entries = of[0]?.value.columns ?? 0;
  const output = tape.output(1, entries, of);
  const winner = new Uint8Array(entries);
  const y = output.value.data;
  of.forEach(({ value: { data } }, m) => {
    for (let p = 0; p < entries; p++) {
      if (m > 0 && data[p] <= y[p]) continue;
      y[p] = data[p];
      winner[p] = m;
    }
  });
  tape.record(output, (gradient) => {
    of.forEach((variable, m) => {
      tape.contribute(variable, (into, accumulate) => {
        for (let p = 0; p < entries; p++) {
          const own = winner[p] === m ? gradient.data[p] : 0;
          into.data[p] = accumulate ? into.data[p] + own : own;
        }
      });
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
