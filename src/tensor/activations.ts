/** Smooth functions of elements and rows on the tape: sigmoid, hyperbolic tangent, softmax over a row. */
import type { LogisticCurve } from "../engine/engine.ts";
import { blank, type Tape, type Variable } from "./tape.ts";

function logistic(tape: Tape, x: Variable, curve: LogisticCurve): Variable {
  const { engine } = tape;
  const output = tape.output(x.value.rows, x.value.columns, [x]);
  engine.logistic(x.value.data, curve, output.value.data);
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) =>
      engine.logisticGradient(output.value.data, curve, gradient.data, into.data, accumulate),
    );
  });
  return output;
}

/** 1 / (1 + e^−x) */
export const sigmoid = (tape: Tape, x: Variable): Variable => logistic(tape, x, { steepness: 1, height: 1, base: 0 });

/** tanh x = 2 σ(2x) − 1 */
export const tanh = (tape: Tape, x: Variable): Variable => logistic(tape, x, { steepness: 2, height: 2, base: -1 });

/** y_ij = e^x_ij / Σ_j' e^x_ij' */
export function softmaxRows(tape: Tape, x: Variable): Variable {
  const { engine } = tape;
  const { rows, columns } = x.value;
  const output = tape.output(rows, columns, [x]);
  engine.softmaxRows(x.value, 1, output.value, blank(engine, rows, 1).data, blank(engine, rows, 1).data);
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) => engine.softmaxRowsGradient(output.value, 1, gradient, into, accumulate));
  });
  return output;
}
