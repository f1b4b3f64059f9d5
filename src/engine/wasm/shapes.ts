/**
 * Cheap checks of the caller's promises: lengths that must agree. A broken one is an EngineError that names the operation.
 */
import { EngineError } from "../../errors.ts";
import type { Floats, Ints, Matrix } from "../engine.ts";

const shape = (m: Matrix): string => `${m.rows} × ${m.columns}`;

/** Refuses a matrix whose data do not hold rows × columns elements. */
export function checkMatrix(operation: string, name: string, m: Matrix): void {
  if (m.data.length < m.rows * m.columns) {
    throw new EngineError(
      `${operation}: ${name} is ${shape(m)} but its data hold ${m.data.length} elements; pass an array of ${m.rows * m.columns}`,
    );
  }
}

/** Refuses a matrix that is not rows × columns. */
export function expectShape(operation: string, name: string, m: Matrix, rows: number, columns: number): void {
  if (m.rows !== rows || m.columns !== columns) {
    throw new EngineError(
      `${operation}: ${name} is ${shape(m)}, expected ${rows} × ${columns} from the other arguments`,
    );
  }
  checkMatrix(operation, name, m);
}

/** Refuses two inner dimensions that differ. */
export function expectInner(operation: string, a: Matrix, b: Matrix, aInner: number, bInner: number): void {
  if (aInner !== bInner) {
    throw new EngineError(
      `${operation}: shapes ${shape(a)} and ${shape(b)} do not fit: inner dimensions ${aInner} and ${bInner}`,
    );
  }
  checkMatrix(operation, "a", a);
  checkMatrix(operation, "b", b);
}

/** Refuses an array shorter than `length`. */
export function expectLength(operation: string, name: string, array: Floats | Ints, length: number): void {
  if (array.length < length) {
    throw new EngineError(`${operation}: ${name} holds ${array.length} elements, expected ${length}`);
  }
}

/** Refuses arrays whose lengths must be the same and are not. */
export function expectSameLength(operation: string, name: string, array: Floats | Ints, length: number): void {
  if (array.length !== length) {
    throw new EngineError(
      `${operation}: ${name} holds ${array.length} elements, expected ${length} as in the other argument`,
    );
  }
}
