/** The one promise of `copyColumns` beside its shapes, checked alike by every engine. */
import { EngineError } from "../errors.ts";
import type { Matrix } from "./engine.ts";

/** @throws EngineError where a range of columns does not lie within its matrix */
export function checkColumnRanges(x: Matrix, from: number, out: Matrix, to: number, count: number): void {
  if (Math.min(from, to, count) < 0 || from + count > x.columns || to + count > out.columns) {
    throw new EngineError(
      `copyColumns: ${count} columns from ${from} of ${x.columns} to ${to} of ${out.columns} do not lie within both; expected ranges inside the matrices`,
    );
  }
}
