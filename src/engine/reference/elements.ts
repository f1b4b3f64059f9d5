/**
 * Operations of the reference engine on rows and single elements: gather and its adjoint scatter, scaled copies,
 * products element by element, the leaky rectifier, the larger of two and dropout with their gradients.
 */
import { EngineError } from "../../errors.ts";
import { checkColumnRanges } from "../column-ranges.ts";
import { dropoutKeeps } from "../dropout.ts";
import type { Engine } from "../engine.ts";
import type { Checks } from "./checks.ts";

export type ElementOperations = Pick<
  Engine,
  | "gatherRows"
  | "scatterAddRows"
  | "copyColumns"
  | "fill"
  | "scale"
  | "multiplyElements"
  | "dot"
  | "leakyRelu"
  | "leakyReluGradient"
  | "keepLarger"
  | "winnersGradient"
  | "dropout"
>;

export function elementOperations(check: Checks): ElementOperations {
  return {
    gatherRows(x, rows, weight, out, accumulate = false) {
      check.matrix("gatherRows", "x", x);
      check.indices("gatherRows", "rows", rows, x.rows);
      check.matrix("gatherRows", "out", out, rows.length, x.columns);
      check.apart("gatherRows", out.data, x.data);
      for (const [t, row] of rows.entries()) {
        for (let c = 0; c < x.columns; c++) {
          const e = t * x.columns + c;
          out.data[e] = (accumulate ? out.data[e] : 0) + weight * x.data[row * x.columns + c];
        }
      }
    },

    scatterAddRows(x, rows, weight, out) {
      check.matrix("scatterAddRows", "x", x, rows.length);
      check.matrix("scatterAddRows", "out", out, out.rows, x.columns);
      check.indices("scatterAddRows", "rows", rows, out.rows);
      check.apart("scatterAddRows", out.data, x.data);
      for (const [t, row] of rows.entries()) {
        for (let c = 0; c < x.columns; c++) out.data[row * x.columns + c] += weight * x.data[t * x.columns + c];
      }
    },

    copyColumns(x, from, out, to, count, accumulate = false) {
      check.matrix("copyColumns", "x", x);
      check.matrix("copyColumns", "out", out, x.rows);
      check.apart("copyColumns", out.data, x.data);
      checkColumnRanges(x, from, out, to, count);
      for (let i = 0; i < x.rows; i++) {
        for (let j = 0; j < count; j++) {
          const e = i * out.columns + to + j;
          out.data[e] = (accumulate ? out.data[e] : 0) + x.data[i * x.columns + from + j];
        }
      }
    },

    fill(out, value) {
      check.array("fill", "out", out);
      out.fill(value);
    },

    scale(alpha, x, out, accumulate = false) {
      check.array("scale", "x", x);
      check.array("scale", "out", out, x.length);
      for (let e = 0; e < x.length; e++) out[e] = (accumulate ? out[e] : 0) + alpha * x[e];
    },

    multiplyElements(a, b, out, accumulate = false) {
      check.array("multiplyElements", "a", a);
      check.array("multiplyElements", "b", b, a.length);
      check.array("multiplyElements", "out", out, a.length);
      if (accumulate) check.apart("multiplyElements", out, a, b);
      for (let e = 0; e < a.length; e++) out[e] = (accumulate ? out[e] : 0) + a[e] * b[e];
    },

    dot(a, b) {
      check.array("dot", "a", a);
      check.array("dot", "b", b, a.length);
      let sum = 0;
      for (let e = 0; e < a.length; e++) sum += a[e] * b[e];
      return sum;
    },

    leakyRelu(x, slope, out) {
      check.array("leakyRelu", "x", x);
      check.array("leakyRelu", "out", out, x.length);
      for (let e = 0; e < x.length; e++) out[e] = x[e] > 0 ? x[e] : slope * x[e];
    },

    leakyReluGradient(x, gradient, slope, into, accumulate) {
      check.array("leakyReluGradient", "x", x);
      check.array("leakyReluGradient", "gradient", gradient, x.length);
      check.array("leakyReluGradient", "into", into, x.length);
      check.apart("leakyReluGradient", into, x, gradient);
      for (let e = 0; e < x.length; e++) {
        into[e] = (accumulate ? into[e] : 0) + gradient[e] * (x[e] > 0 ? 1 : slope);
      }
    },

    keepLarger(x, which, out, winners) {
      check.array("keepLarger", "x", x);
      check.array("keepLarger", "out", out, x.length);
      check.array("keepLarger", "winners", winners, x.length);
      check.apart("keepLarger", out, x, winners);
      for (let e = 0; e < x.length; e++) {
        if (!(x[e] > out[e])) continue;
        out[e] = x[e];
        winners[e] = which;
      }
    },

    winnersGradient(gradient, winners, which, into, accumulate) {
      check.array("winnersGradient", "gradient", gradient);
      check.array("winnersGradient", "winners", winners, gradient.length);
      check.array("winnersGradient", "into", into, gradient.length);
      check.apart("winnersGradient", into, gradient, winners);
      for (let e = 0; e < gradient.length; e++) {
        into[e] = (accumulate ? into[e] : 0) + (winners[e] === which ? gradient[e] : 0);
      }
    },

    dropout(x, rate, key, out, accumulate) {
      check.array("dropout", "x", x);
      check.array("dropout", "out", out, x.length);
      if (accumulate) check.apart("dropout", out, x);
      if (!(rate >= 0 && rate < 1)) throw new EngineError(`dropout: rate is ${rate}, expected 0 ≤ rate < 1`);
      for (let e = 0; e < x.length; e++) {
        const value = dropoutKeeps(key, e, rate) ? x[e] / (1 - rate) : 0;
        out[e] = (accumulate ? out[e] : 0) + value;
      }
    },
  };
}
