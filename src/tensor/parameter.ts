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
  /** True when value and moments live in ordinary memory, too large for the engine's, and pass through it in blocks. */
  readonly streamed: boolean;
  /** Updates so far. */
  steps: number;
  /** Set by `Tape.backward`, cleared by the optimiser or the next tape. */
  gradient: Matrix | FactoredGradient | undefined;
}

/** A parameter over a zero matrix in long-lived engine memory. */
export function createParameter(engine: Engine, name: string, rows: number, columns: number): Parameter {
  return parameterOver(engine, name, { rows, columns, data: engine.floats(rows * columns) });
}

/** A parameter whose value exists already in long-lived engine memory. */
export function parameterOver(engine: Engine, name: string, value: Matrix): Parameter {
  const { length } = value.data;
  return {
    name,
    value,
    firstMoment: engine.floats(length),
    secondMoment: engine.floats(length),
    streamed: false,
    steps: 0,
    gradient: undefined,
  };
}

/** A zero parameter in ordinary memory, for what does not fit in the engine's. */
export function createStreamedParameter(engine: Engine, name: string, rows: number, columns: number): Parameter {
  const array = (): Floats =>
    engine.precision === "float64" ? new Float64Array(rows * columns) : new Float32Array(rows * columns);
  return {
    name,
    value: { rows, columns, data: array() },
    firstMoment: array(),
    secondMoment: array(),
    streamed: true,
    steps: 0,
    gradient: undefined,
  };
}

/** Gives the memory of a parameter back. */
export function releaseParameter(engine: Engine, parameter: Parameter): void {
  if (parameter.streamed) return;
  for (const array of [parameter.value.data, parameter.firstMoment, parameter.secondMoment]) engine.release(array);
}

/** Forgets the gradients of an earlier tape. */
export function clearGradients(parameters: readonly Parameter[]): void {
  for (const parameter of parameters) parameter.gradient = undefined;
}
