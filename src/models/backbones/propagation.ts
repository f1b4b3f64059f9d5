/** Propagation over a graph limited to the rows that are wanted: what the graph backbones and the item graph share. */
import { gatherRows, type RowSelection, type SparseOperand, spmm, spmmRows } from "../../tensor/sparse-operations.ts";
import type { Tape, Variable } from "../../tensor/tape.ts";

/** The wanted rows of x. */
export function select(tape: Tape, x: Variable, rows: RowSelection | undefined): Variable {
  return rows === undefined ? x : gatherRows(tape, x, rows);
}

/** The wanted rows of S x. */
export function propagate(tape: Tape, s: SparseOperand, x: Variable, rows: RowSelection | undefined): Variable {
  return rows === undefined ? spmm(tape, s, x) : spmmRows(tape, s, x, rows);
}
