/**
 * Operations on the values of a sparse matrix whose pattern stays: row sums, the symmetric normalisation
 * D^-½ V D^-½ by row sums with its gradient, and values moved between patterns.
 */
import type { Engine } from "../engine.ts";
import type { Checks } from "./checks.ts";

export type ValueOperations = Pick<
  Engine,
  "rowSums" | "symmetricNormalise" | "symmetricNormaliseGradient" | "scatterAddValues" | "gatherValues"
>;

export function valueOperations(check: Checks): ValueOperations {
  return {
    rowSums(pattern, values, out) {
      check.pattern("rowSums", "pattern", pattern);
      check.array("rowSums", "values", values, pattern.columnIndices.length);
      check.array("rowSums", "out", out, pattern.rows);
      check.apart("rowSums", out, values);
      for (let i = 0; i < pattern.rows; i++) {
        let sum = 0;
        for (let p = pattern.rowPointers[i]; p < pattern.rowPointers[i + 1]; p++) sum += values[p];
        out[i] = sum;
      }
    },

    symmetricNormalise(pattern, values, scale, out) {
      check.pattern("symmetricNormalise", "pattern", { ...pattern, columns: pattern.rows });
      check.array("symmetricNormalise", "values", values, pattern.columnIndices.length);
      check.array("symmetricNormalise", "scale", scale, pattern.rows);
      check.array("symmetricNormalise", "out", out, pattern.columnIndices.length);
      check.apart("symmetricNormalise", out, values, scale);
      check.apart("symmetricNormalise", scale, values);
      for (let i = 0; i < pattern.rows; i++) {
        let sum = 0;
        for (let p = pattern.rowPointers[i]; p < pattern.rowPointers[i + 1]; p++) sum += values[p];
        scale[i] = sum > 0 ? 1 / Math.sqrt(sum) : 0;
      }
      for (let i = 0; i < pattern.rows; i++) {
        for (let p = pattern.rowPointers[i]; p < pattern.rowPointers[i + 1]; p++) {
          out[p] = scale[i] * values[p] * scale[pattern.columnIndices[p]];
        }
      }
    },

    symmetricNormaliseGradient(pattern, values, scale, transpose, order, gradient, into, accumulate) {
      const operation = "symmetricNormaliseGradient";
      const entries = pattern.columnIndices.length;
      check.pattern(operation, "pattern", { ...pattern, columns: pattern.rows });
      check.pattern(operation, "transpose", { ...transpose, columns: transpose.rows });
      check.array(operation, "transpose.rowPointers", transpose.rowPointers, pattern.rows + 1);
      check.array(operation, "values", values, entries);
      check.array(operation, "scale", scale, pattern.rows);
      check.array(operation, "order", order, entries);
      check.indices(operation, "order", order, entries);
      check.array(operation, "gradient", gradient, entries);
      check.array(operation, "into", into, entries);
      check.apart(operation, into, values, scale, gradient);
      for (let i = 0; i < pattern.rows; i++) {
        let scaleGradient = 0;
        for (let p = pattern.rowPointers[i]; p < pattern.rowPointers[i + 1]; p++) {
          scaleGradient += gradient[p] * values[p] * scale[pattern.columnIndices[p]];
        }
        for (let q = transpose.rowPointers[i]; q < transpose.rowPointers[i + 1]; q++) {
          scaleGradient += gradient[order[q]] * values[order[q]] * scale[transpose.columnIndices[q]];
        }
        const sumGradient = -0.5 * scale[i] ** 3 * scaleGradient;
        for (let p = pattern.rowPointers[i]; p < pattern.rowPointers[i + 1]; p++) {
          const value = scale[i] * scale[pattern.columnIndices[p]] * gradient[p] + sumGradient;
          into[p] = (accumulate ? into[p] : 0) + value;
        }
      }
    },

    scatterAddValues(values, positions, weight, out) {
      check.array("scatterAddValues", "values", values, positions.length);
      check.array("scatterAddValues", "out", out);
      check.indices("scatterAddValues", "positions", positions, out.length, -1);
      check.apart("scatterAddValues", out, values);
      for (const [p, position] of positions.entries()) {
        if (position !== -1) out[position] += weight * values[p];
      }
    },

    gatherValues(from, positions, weight, out, accumulate = false) {
      check.array("gatherValues", "from", from);
      check.indices("gatherValues", "positions", positions, from.length, -1);
      check.array("gatherValues", "out", out, positions.length);
      check.apart("gatherValues", out, from);
      for (const [p, position] of positions.entries()) {
        const value = position === -1 ? 0 : weight * from[position];
        out[p] = (accumulate ? out[p] : 0) + value;
      }
    },
  };
}
