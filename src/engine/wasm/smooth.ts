/** Smooth functions of the WebAssembly engine: the logistic family by element, softmax over rows of dense and of sparse matrices. */
import type { Engine } from "../engine.ts";
import { type Context, chunksOf, entryChunks, rowGrain } from "./context.ts";
import { KERNEL } from "./kernels.ts";
import { checkMatrix, expectLength, expectSameLength, expectShape } from "./shapes.ts";

/** GRAIN of `kernels/smooth.ts`. */
const GRAIN = 16384;

/** What a softmax costs an entry, in elements that a sum passes over. */
const SOFTMAX_WIDTH = 8;

type SmoothOperations = Pick<
  Engine,
  "logistic" | "logisticGradient" | "softmaxRows" | "softmaxRowsGradient" | "softmaxEntries" | "softmaxEntriesGradient"
>;

export function smoothOperations({ threads, at }: Context): SmoothOperations {
  return {
    logistic: (x, { steepness, height, base }, out) => {
      expectSameLength("logistic", "out", out, x.length);
      threads.pass(at(x), at(out), x.length);
      threads.passReal(3, steepness);
      threads.passReal(4, height);
      threads.passReal(5, base);
      threads.run(KERNEL.logistic, chunksOf(x.length, GRAIN));
    },
    logisticGradient: (y, { steepness, height, base }, gradient, into, accumulate) => {
      expectSameLength("logisticGradient", "gradient", gradient, y.length);
      expectSameLength("logisticGradient", "into", into, y.length);
      threads.pass(at(y), at(gradient), at(into), y.length, 0, 0, 0, accumulate ? 1 : 0);
      threads.passReal(4, steepness / height);
      threads.passReal(5, height);
      threads.passReal(6, base);
      threads.run(KERNEL.logisticGradient, chunksOf(y.length, GRAIN));
    },
    softmaxRows: (x, sharpness, out, largest, totals) => {
      checkMatrix("softmaxRows", "x", x);
      expectShape("softmaxRows", "out", out, x.rows, x.columns);
      expectLength("softmaxRows", "largest", largest, x.rows);
      expectLength("softmaxRows", "totals", totals, x.rows);
      const grain = rowGrain(x.columns);
      threads.pass(at(x.data), at(out.data), at(largest), at(totals), x.rows, x.columns, 0, grain);
      threads.passReal(6, sharpness);
      threads.run(KERNEL.softmaxRows, chunksOf(x.rows, grain));
    },
    softmaxRowsGradient: (y, sharpness, gradient, into, accumulate) => {
      checkMatrix("softmaxRowsGradient", "y", y);
      expectShape("softmaxRowsGradient", "gradient", gradient, y.rows, y.columns);
      expectShape("softmaxRowsGradient", "into", into, y.rows, y.columns);
      const grain = rowGrain(y.columns);
      threads.pass(at(y.data), at(gradient.data), at(into.data), y.rows, y.columns, 0, accumulate ? 1 : 0, grain);
      threads.passReal(5, sharpness);
      threads.run(KERNEL.softmaxRowsGradient, chunksOf(y.rows, grain));
    },
    softmaxEntries: ({ rows, rowPointers, columnIndices }, values, out) => {
      expectLength("softmaxEntries", "rowPointers", rowPointers, rows + 1);
      expectLength("softmaxEntries", "values", values, columnIndices.length);
      expectLength("softmaxEntries", "out", out, columnIndices.length);
      const chunks = entryChunks(threads.count, rows, columnIndices.length, SOFTMAX_WIDTH);
      threads.pass(at(rowPointers), rows, at(values), at(out), chunks);
      threads.run(KERNEL.softmaxEntries, rows === 0 ? 0 : chunks);
    },
    softmaxEntriesGradient: ({ rows, rowPointers, columnIndices }, y, gradient, into, accumulate) => {
      expectLength("softmaxEntriesGradient", "rowPointers", rowPointers, rows + 1);
      expectLength("softmaxEntriesGradient", "y", y, columnIndices.length);
      expectLength("softmaxEntriesGradient", "gradient", gradient, columnIndices.length);
      expectLength("softmaxEntriesGradient", "into", into, columnIndices.length);
      const chunks = entryChunks(threads.count, rows, columnIndices.length, SOFTMAX_WIDTH);
      threads.pass(at(rowPointers), rows, at(y), at(gradient), at(into), accumulate ? 1 : 0, chunks);
      threads.run(KERNEL.softmaxEntriesGradient, rows === 0 ? 0 : chunks);
    },
  };
}
