/**
 * Dense operations of the reference engine, each as its sum is written: products in three transposes, column sums,
 * and L2-normalised rows y = x / max(‖x‖₂, 1e-12) with their gradient. Sums are kept in float64 and rounded on store.
 */
import type { ChosenRows, Engine } from "../engine.ts";
import type { Checks } from "./checks.ts";

export type DenseOperations = Pick<
  Engine,
  | "multiply"
  | "multiplyTransposed"
  | "transposedMultiply"
  | "multiplyChosen"
  | "transposedMultiplyChosen"
  | "columnSums"
  | "normaliseRows"
  | "normaliseRowsGradient"
>;

const smallestNorm = 1e-12;

export function denseOperations(check: Checks): DenseOperations {
  const checkChosen = (operation: string, { of, rows, minus }: ChosenRows): void => {
    check.matrix(operation, "x.of", of);
    check.indices(operation, "x.rows", rows, of.rows);
    if (minus === undefined) return;
    check.array(operation, "x.minus", minus, rows.length);
    check.indices(operation, "x.minus", minus, of.rows);
  };
  const chosenElement = ({ of, rows, minus }: ChosenRows, t: number, c: number): number => {
    const plus = of.data[rows[t] * of.columns + c];
    return minus === undefined ? plus : plus - of.data[minus[t] * of.columns + c];
  };

  return {
    multiply(a, b, out, accumulate = false) {
      check.matrix("multiply", "a", a);
      check.matrix("multiply", "b", b, a.columns);
      check.matrix("multiply", "out", out, a.rows, b.columns);
      check.apart("multiply", out.data, a.data, b.data);
      for (let i = 0; i < out.rows; i++) {
        for (let j = 0; j < out.columns; j++) {
          let sum = accumulate ? out.data[i * out.columns + j] : 0;
          for (let l = 0; l < a.columns; l++) sum += a.data[i * a.columns + l] * b.data[l * b.columns + j];
          out.data[i * out.columns + j] = sum;
        }
      }
    },

    multiplyTransposed(a, b, out, { bias, accumulate = false } = {}) {
      check.matrix("multiplyTransposed", "a", a);
      check.matrix("multiplyTransposed", "b", b, b.rows, a.columns);
      check.matrix("multiplyTransposed", "out", out, a.rows, b.rows);
      check.apart("multiplyTransposed", out.data, a.data, b.data);
      if (bias !== undefined) {
        check.array("multiplyTransposed", "bias", bias, b.rows);
        check.apart("multiplyTransposed", out.data, bias);
      }
      for (let i = 0; i < out.rows; i++) {
        for (let j = 0; j < out.columns; j++) {
          let sum = accumulate ? out.data[i * out.columns + j] : 0;
          if (bias !== undefined) sum += bias[j];
          for (let l = 0; l < a.columns; l++) sum += a.data[i * a.columns + l] * b.data[j * b.columns + l];
          out.data[i * out.columns + j] = sum;
        }
      }
    },

    transposedMultiply(a, b, out, accumulate = false) {
      check.matrix("transposedMultiply", "a", a);
      check.matrix("transposedMultiply", "b", b, a.rows);
      check.matrix("transposedMultiply", "out", out, a.columns, b.columns);
      check.apart("transposedMultiply", out.data, a.data, b.data);
      for (let i = 0; i < out.rows; i++) {
        for (let j = 0; j < out.columns; j++) {
          let sum = accumulate ? out.data[i * out.columns + j] : 0;
          for (let l = 0; l < a.rows; l++) sum += a.data[l * a.columns + i] * b.data[l * b.columns + j];
          out.data[i * out.columns + j] = sum;
        }
      }
    },

    multiplyChosen(x, b, out, bias) {
      checkChosen("multiplyChosen", x);
      check.matrix("multiplyChosen", "b", b, b.rows, x.of.columns);
      check.matrix("multiplyChosen", "out", out, x.rows.length, b.rows);
      check.apart("multiplyChosen", out.data, x.of.data, b.data);
      if (bias !== undefined) {
        check.array("multiplyChosen", "bias", bias, b.rows);
        check.apart("multiplyChosen", out.data, bias);
      }
      for (let t = 0; t < out.rows; t++) {
        for (let j = 0; j < out.columns; j++) {
          let sum = bias === undefined ? 0 : bias[j];
          for (let l = 0; l < b.columns; l++) sum += chosenElement(x, t, l) * b.data[j * b.columns + l];
          out.data[t * out.columns + j] = sum;
        }
      }
    },

    transposedMultiplyChosen(a, x, out, accumulate = false) {
      checkChosen("transposedMultiplyChosen", x);
      check.matrix("transposedMultiplyChosen", "a", a, x.rows.length);
      check.matrix("transposedMultiplyChosen", "out", out, a.columns, x.of.columns);
      check.apart("transposedMultiplyChosen", out.data, a.data, x.of.data);
      for (let i = 0; i < out.rows; i++) {
        for (let j = 0; j < out.columns; j++) {
          let sum = accumulate ? out.data[i * out.columns + j] : 0;
          for (let t = 0; t < a.rows; t++) sum += a.data[t * a.columns + i] * chosenElement(x, t, j);
          out.data[i * out.columns + j] = sum;
        }
      }
    },

    columnSums(a, out, accumulate = false) {
      check.matrix("columnSums", "a", a);
      check.array("columnSums", "out", out, a.columns);
      check.apart("columnSums", out, a.data);
      for (let j = 0; j < a.columns; j++) {
        let sum = accumulate ? out[j] : 0;
        for (let i = 0; i < a.rows; i++) sum += a.data[i * a.columns + j];
        out[j] = sum;
      }
    },

    normaliseRows(x, out, norms) {
      check.matrix("normaliseRows", "x", x);
      check.matrix("normaliseRows", "out", out, x.rows, x.columns);
      check.array("normaliseRows", "norms", norms, x.rows);
      check.apart("normaliseRows", norms, x.data, out.data);
      for (let i = 0; i < x.rows; i++) {
        const start = i * x.columns;
        const end = start + x.columns;
        let squares = 0;
        for (let e = start; e < end; e++) squares += x.data[e] * x.data[e];
        const norm = Math.max(Math.sqrt(squares), smallestNorm);
        norms[i] = norm;
        for (let e = start; e < end; e++) out.data[e] = x.data[e] / norm;
      }
    },

    normaliseRowsGradient(y, norms, gradient, into, accumulate) {
      check.matrix("normaliseRowsGradient", "y", y);
      check.array("normaliseRowsGradient", "norms", norms, y.rows);
      check.matrix("normaliseRowsGradient", "gradient", gradient, y.rows, y.columns);
      check.matrix("normaliseRowsGradient", "into", into, y.rows, y.columns);
      check.apart("normaliseRowsGradient", into.data, y.data, norms, gradient.data);
      // The norms were rounded when they were stored, and so must be the bound they are compared with.
      const clamped = norms instanceof Float32Array ? Math.fround(smallestNorm) : smallestNorm;
      for (let i = 0; i < y.rows; i++) {
        const start = i * y.columns;
        const end = start + y.columns;
        let along = 0;
        if (norms[i] > clamped) for (let e = start; e < end; e++) along += gradient.data[e] * y.data[e];
        for (let e = start; e < end; e++) {
          const value = (gradient.data[e] - along * y.data[e]) / norms[i];
          into.data[e] = (accumulate ? into.data[e] : 0) + value;
        }
      }
    },
  };
}
