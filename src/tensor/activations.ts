/**
 * Smooth functions of elements and rows on the tape: sigmoid, hyperbolic tangent, softmax over a row. Plain loops with our own
 * exponential: they meet matrices of a batch's or the items' rows, never the products' inner loops.
 */
import type { Floats } from "../engine/engine.ts";
import { exponential } from "./elementary.ts";
import type { Tape, Variable } from "./tape.ts";

/** σ(x) without overflow on either side. */
export function sigmoidOf(x: number): number {
  if (x >= 0) return 1 / (1 + exponential(-x));
  const power = exponential(x);
  return power / (1 + power);
}

/** y = f(x) by element, with the derivative as a function of y. */
function elementwise(tape: Tape, x: Variable, f: (x: number) => number, slope: (y: number) => number): Variable {
  const output = tape.output(x.value.rows, x.value.columns, [x]);
  const from = x.value.data;
  const y = output.value.data;
  for (let e = 0; e < y.length; e++) y[e] = f(from[e]);
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) => {
      for (let e = 0; e < y.length; e++) {
        const own = gradient.data[e] * slope(y[e]);
        into.data[e] = accumulate ? into.data[e] + own : own;
      }
    });
  });
  return output;
}

/** 1 / (1 + e^−x) */
export function sigmoid(tape: Tape, x: Variable): Variable {
  return elementwise(tape, x, sigmoidOf, (y) => y * (1 - y));
}

/** tanh x = 2 σ(2x) − 1 */
export function tanh(tape: Tape, x: Variable): Variable {
  return elementwise(
    tape,
    x,
    (value) => 2 * sigmoidOf(2 * value) - 1,
    (y) => 1 - y * y,
  );
}

function softmaxOfRow(from: Floats, start: number, end: number, out: Floats): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let e = start; e < end; e++) if (from[e] > largest) largest = from[e];
  let total = 0;
  for (let e = start; e < end; e++) {
    out[e] = exponential(from[e] - largest);
    total += out[e];
  }
  for (let e = start; e < end; e++) out[e] /= total;
}

/** y_ij = e^x_ij / Σ_j' e^x_ij' */
export function softmaxRows(tape: Tape, x: Variable): Variable {
  const { rows, columns } = x.value;
  const output = tape.output(rows, columns, [x]);
  const y = output.value.data;
  for (let i = 0; i < rows; i++) softmaxOfRow(x.value.data, i * columns, (i + 1) * columns, y);
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) => {
      for (let i = 0; i < rows; i++) {
        let inner = 0;
        for (let e = i * columns; e < (i + 1) * columns; e++) inner += gradient.data[e] * y[e];
        for (let e = i * columns; e < (i + 1) * columns; e++) {
          const own = y[e] * (gradient.data[e] - inner);
          into.data[e] = accumulate ? into.data[e] + own : own;
        }
      }
    });
  });
  return output;
}
