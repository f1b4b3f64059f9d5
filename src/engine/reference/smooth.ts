/** Smooth functions of the reference engine, as their equations say. */
import type { Engine } from "../engine.ts";
import type { Checks } from "./checks.ts";

type SmoothOperations = Pick<
  Engine,
  "logistic" | "logisticGradient" | "softmaxRows" | "softmaxRowsGradient" | "softmaxEntries" | "softmaxEntriesGradient"
>;

/** Without overflow on either side. */
function logisticOf(x: number): number {
  const power = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : power) / (1 + power);
}

export function smoothOperations(check: Checks): SmoothOperations {
  return {
    logistic(x, { steepness, height, base }, out) {
      check.array("logistic", "x", x);
      check.array("logistic", "out", out, x.length);
      for (let e = 0; e < x.length; e++) out[e] = base + height * logisticOf(steepness * x[e]);
    },

    logisticGradient(y, { steepness, height, base }, gradient, into, accumulate) {
      check.array("logisticGradient", "y", y);
      check.array("logisticGradient", "gradient", gradient, y.length);
      check.array("logisticGradient", "into", into, y.length);
      check.apart("logisticGradient", into, y, gradient);
      for (let e = 0; e < y.length; e++) {
        const share = (y[e] - base) / height;
        into[e] = (accumulate ? into[e] : 0) + gradient[e] * height * steepness * share * (1 - share);
      }
    },

    softmaxRows(x, sharpness, out, largest, totals) {
      const { rows, columns, data } = x;
      check.matrix("softmaxRows", "x", x);
      check.matrix("softmaxRows", "out", out, rows, columns);
      check.array("softmaxRows", "largest", largest, rows);
      check.array("softmaxRows", "totals", totals, rows);
      check.apart("softmaxRows", out.data, data);
      for (let i = 0; i < rows; i++) {
        const row = data.subarray(i * columns, (i + 1) * columns);
        const top = Math.max(...row);
        let total = 0;
        for (let j = 0; j < columns; j++) {
          const power = Math.exp(sharpness * (row[j] - top));
          out.data[i * columns + j] = power;
          total += power;
        }
        for (let j = 0; j < columns; j++) out.data[i * columns + j] /= total;
        largest[i] = top;
        totals[i] = total;
      }
    },

    softmaxRowsGradient(y, sharpness, gradient, into, accumulate) {
      const { rows, columns } = y;
      check.matrix("softmaxRowsGradient", "y", y);
      check.matrix("softmaxRowsGradient", "gradient", gradient, rows, columns);
      check.matrix("softmaxRowsGradient", "into", into, rows, columns);
      check.apart("softmaxRowsGradient", into.data, y.data, gradient.data);
      for (let i = 0; i < rows; i++) {
        let inner = 0;
        for (let e = i * columns; e < (i + 1) * columns; e++) inner += gradient.data[e] * y.data[e];
        for (let e = i * columns; e < (i + 1) * columns; e++) {
          const own = sharpness * y.data[e] * (gradient.data[e] - inner);
          into.data[e] = (accumulate ? into.data[e] : 0) + own;
        }
      }
    },

    softmaxEntries(pattern, values, out) {
      check.pattern("softmaxEntries", "pattern", pattern);
      check.array("softmaxEntries", "values", values, pattern.columnIndices.length);
      check.array("softmaxEntries", "out", out, pattern.columnIndices.length);
      check.apart("softmaxEntries", out, values);
      for (let i = 0; i < pattern.rows; i++) {
        const [start, end] = [pattern.rowPointers[i], pattern.rowPointers[i + 1]];
        const top = Math.max(...values.subarray(start, end));
        const powers = Array.from(values.subarray(start, end), (value) =>
          value === Number.NEGATIVE_INFINITY ? 0 : Math.exp(value - top),
        );
        const total = powers.reduce((sum, power) => sum + power, 0);
        powers.forEach((power, e) => {
          out[start + e] = total > 0 ? power / total : 0;
        });
      }
    },

    softmaxEntriesGradient(pattern, y, gradient, into, accumulate) {
      const entries = pattern.columnIndices.length;
      check.pattern("softmaxEntriesGradient", "pattern", pattern);
      check.array("softmaxEntriesGradient", "y", y, entries);
      check.array("softmaxEntriesGradient", "gradient", gradient, entries);
      check.array("softmaxEntriesGradient", "into", into, entries);
      check.apart("softmaxEntriesGradient", into, y, gradient);
      for (let i = 0; i < pattern.rows; i++) {
        const [start, end] = [pattern.rowPointers[i], pattern.rowPointers[i + 1]];
        let inner = 0;
        for (let p = start; p < end; p++) inner += gradient[p] * y[p];
        for (let p = start; p < end; p++) into[p] = (accumulate ? into[p] : 0) + y[p] * (gradient[p] - inner);
      }
    },
  };
}
