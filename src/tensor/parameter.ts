/**
 * A named matrix that training changes, with the state Adam keeps for it. A step leaves its gradient here; a parameter
 * without one is skipped by the optimiser and its step count stays.
 */
import type { Engine, Floats, Matrix } from "../engine/engine.ts";

/** A gradient kept as the product left · right (rows × r)(r × columns): that of raw features, too large to write out. */
export interface FactoredGradient {
  readonly left: Matrix;
  readonly right: Matrix;
}

export interface Parameter {
  readonly name: string;
  readonly value: Matrix;
  /** Adam's moments, shaped as the value, flat; created with the parameter. */
  readonly firstMoment: Floats;
  readonly secondMoment: Floats;
  /** Updates so far. */
  steps: number;
  /** Set by `Tape.backward`, cleared by the optimiser or the next tape. */
  gradient: Matrix | FactoredGradient | undefined;
}

/** A parameter over a long-lived matrix. */
export function createParameter(engine: Engine, name: string, rows: number, columns: number): Parameter {
  return {
    name,
    value: { rows, columns, data: engine.floats(rows * columns) },
    firstMoment: engine.floats(rows * columns),
    secondMoment: engine.floats(rows * columns),
    steps: 0,
    gradient: undefined,
  };
}
