/**
 * Products with sparse matrices on the tape. A `SparseOperand` carries both directions, because the gradient of S x is
 * Sᵀ g; its values may be a variable, whose gradient is computed at the pattern only (a sampled dense–dense product). The
 * row-limited forms are what makes a step cheap: only the batch's rows of a last layer are computed, and the
 * gradient that enters is row-sparse.
 */
import type { Ints, SparseMatrix } from "../engine/engine.ts";
import type { Tape, Variable } from "./tape.ts";

export interface SparseOperand {
  readonly forward: SparseMatrix;
  /** The transpose of `forward`. */
  readonly transposed: SparseMatrix;
  /** `forward.values` (1 × entries) on the tape, where the matrix itself is learned. */
  readonly values?: Variable | undefined;
}

/** Distinct rows of a matrix with n rows, ascending, with the way back. */
export interface RowSelection {
  readonly rows: Ints;
  /** For each of the n rows its place in `rows`, or -1. */
  readonly slots: Ints;
}

/** S x. */
export function spmm(tape: Tape, s: SparseOperand, x: Variable): Variable {
  const { engine } = tape;
  const { values } = s;
  const output = tape.output(s.forward.rows, x.value.columns, values === undefined ? [x] : [x, values]);
  engine.spmm(s.forward, x.value, output.value);
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) => engine.spmm(s.transposed, gradient, into, accumulate));
    if (values !== undefined) {
      tape.contribute(values, (into, accumulate) =>
        engine.sampledProduct(s.forward, gradient, x.value, into.data, { accumulate }),
      );
    }
  });
  return output;
}

/** The selected rows of S x. */
export function spmmRows(tape: Tape, s: SparseOperand, x: Variable, selection: RowSelection): Variable {
  const { engine } = tape;
  const { rows, slots } = selection;
  const { values } = s;
  const output = tape.output(rows.length, x.value.columns, values === undefined ? [x] : [x, values]);
  engine.spmmRows(s.forward, x.value, rows, output.value);
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) => engine.spmmFromRows(s.transposed, gradient, slots, into, accumulate));
    if (values !== undefined) {
      tape.contribute(values, (into, accumulate) =>
        engine.sampledProduct(s.forward, gradient, x.value, into.data, { slots, accumulate }),
      );
    }
  });
  return output;
}

/** The selected rows of x. */
export function gatherRows(tape: Tape, x: Variable, selection: RowSelection): Variable {
  const { engine } = tape;
  const output = tape.output(selection.rows.length, x.value.columns, [x]);
  engine.gatherRows(x.value, selection.rows, 1, output.value);
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) => {
      if (!accumulate) engine.fill(into.data, 0);
      engine.scatterAddRows(gradient, selection.rows, 1, into);
    });
  });
  return output;
}
