/**
 * Reverse-mode differentiation over matrices. Operations compute at once and leave a closure; `backward` runs the
 * closures in reverse, each adding to the gradients of its inputs. Everything is a temporary of the engine's
 * current step, so a step costs no lasting memory. A tape that does not record serves evaluation with the same forward code.
 */
import type { Engine, Matrix } from "../engine/engine.ts";
import { EngineError } from "../errors.ts";
import type { FactoredGradient, Parameter } from "./parameter.ts";

/** A matrix on the tape. */
export interface Variable {
  readonly value: Matrix;
  readonly needsGradient: boolean;
  /** ∂loss/∂value, absent until something contributed. */
  gradient: Matrix | undefined;
  /** Rows of another variable: its gradient is the same rows of that one's. */
  readonly view?: { readonly of: Variable; readonly from: number };
}

/** Rows [from, to) of a matrix, sharing its memory. */
export function matrixRows(matrix: Matrix, from: number, to: number): Matrix {
  return {
    rows: to - from,
    columns: matrix.columns,
    data: matrix.data.subarray(from * matrix.columns, to * matrix.columns),
  };
}

/** A zero matrix of the engine: a temporary inside a step, long-lived outside. */
export function zeros(engine: Engine, rows: number, columns: number): Matrix {
  return { rows, columns, data: engine.floats(rows * columns) };
}

/** As `zeros`, with unspecified contents: for what is overwritten at once. */
export function blank(engine: Engine, rows: number, columns: number): Matrix {
  return { rows, columns, data: engine.floats(rows * columns, "anything") };
}

export class Tape {
  readonly engine: Engine;
  readonly recording: boolean;
  private readonly closures: (() => void)[] = [];
  private readonly single = new Map<Parameter, Variable>();
  private readonly leaves: { readonly parameters: readonly Parameter[]; readonly variable: Variable }[] = [];

  /** @param recording false for evaluation: nothing is kept for a backward pass */
  constructor(engine: Engine, recording = true) {
    this.engine = engine;
    this.recording = recording;
  }

  /** A value that no gradient flows to. */
  constant(value: Matrix): Variable {
    return { value, needsGradient: false, gradient: undefined };
  }

  /** The value of a variable, through which no gradient passes: what another is to reach. */
  stopGradient(of: Variable): Variable {
    return this.constant(of.value);
  }

  /** The leaf of a parameter, the same however often it is asked for; `backward` leaves the gradient there. */
  parameter(parameter: Parameter): Variable {
    const known = this.single.get(parameter);
    if (known !== undefined) return known;
    const leaf = this.stackedParameters([parameter], parameter.value);
    this.single.set(parameter, leaf);
    return leaf;
  }

  /** Parameters whose values lie one after another in `value`, as one leaf over all their rows. */
  stackedParameters(parameters: readonly Parameter[], value: Matrix): Variable {
    const variable: Variable = { value, needsGradient: this.recording, gradient: undefined };
    for (const parameter of parameters) parameter.gradient = undefined;
    if (this.recording) this.leaves.push({ parameters, variable });
    return variable;
  }

  /** Leaves a gradient in factored form with a parameter that is too large to have one written out. */
  factoredGradient(parameter: Parameter, gradient: FactoredGradient): void {
    parameter.gradient = gradient;
  }

  /** Rows [from, to) of a variable, without a copy. */
  rows(of: Variable, from: number, to: number): Variable {
    return {
      value: matrixRows(of.value, from, to),
      needsGradient: of.needsGradient,
      gradient: undefined,
      view: { of, from },
    };
  }

  /** A fresh variable for the result of an operation on `inputs`, which has to write all of it. */
  output(rows: number, columns: number, inputs: readonly Variable[]): Variable {
    const needsGradient = this.recording && inputs.some((input) => input.needsGradient);
    return { value: blank(this.engine, rows, columns), needsGradient, gradient: undefined };
  }

  /** Registers what passes the gradient of `output` on to the inputs of the operation that made it. */
  record(output: Variable, backward: (gradient: Matrix) => void): void {
    if (!output.needsGradient) return;
    this.closures.push(() => {
      if (output.gradient !== undefined) backward(output.gradient);
    });
  }

  /** Adds to the gradient of `variable` through `write`, which is told whether to accumulate or to overwrite all of it. */
  contribute(variable: Variable, write: (into: Matrix, accumulate: boolean) => void): void {
    if (!variable.needsGradient) return;
    if (variable.gradient === undefined && variable.view === undefined) {
      variable.gradient = blank(this.engine, variable.value.rows, variable.value.columns);
      write(variable.gradient, false);
    } else {
      write(this.gradientOf(variable), true);
    }
  }

  /** The gradient of a variable, made (zero) where it has none yet. */
  gradientOf(variable: Variable): Matrix {
    const { value, view } = variable;
    if (variable.gradient === undefined) {
      variable.gradient =
        view === undefined
          ? zeros(this.engine, value.rows, value.columns)
          : matrixRows(this.gradientOf(view.of), view.from, view.from + value.rows);
    }
    return variable.gradient;
  }

  /** Runs the closures in reverse and hands the parameters their gradients. A tape runs backward once. */
  backward(): void {
    if (!this.recording)
      throw new EngineError("Tape: backward on a tape that does not record; create it with recording = true");
    for (let c = this.closures.length - 1; c >= 0; c--) this.closures[c]?.();
    this.closures.length = 0;
    for (const { parameters, variable } of this.leaves) {
      if (variable.gradient === undefined) continue;
      let from = 0;
      for (const parameter of parameters) {
        parameter.gradient = matrixRows(variable.gradient, from, from + parameter.value.rows);
        from += parameter.value.rows;
      }
    }
    this.leaves.length = 0;
  }
}
