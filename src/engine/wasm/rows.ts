/**
 * Operations of the WebAssembly engine over rows of dense matrices.
 */
import { checkColumnRanges } from "../column-ranges.ts";
import type { Engine } from "../engine.ts";
import { type Context, chunksOf, rowGrain } from "./context.ts";
import { KERNEL } from "./kernels.ts";
import { checkMatrix, expectLength, expectShape } from "./shapes.ts";

type RowOperations = Pick<
  Engine,
  "gatherRows" | "scatterAddRows" | "copyColumns" | "columnSums" | "normaliseRows" | "normaliseRowsGradient"
>;

/** Columns a chunk where repeated rows must add up in order: a cache line. */
const COLUMN_GRAIN = 16;
/** Below this many elements one thread does it. */
const SMALL = 16384;

export function rowOperations({ threads, at }: Context): RowOperations {
  return {
    gatherRows: (x, rows, weight, out, accumulate = false) => {
      checkMatrix("gatherRows", "x", x);
      expectShape("gatherRows", "out", out, rows.length, x.columns);
      const grain = rowGrain(x.columns);
      threads.pass(at(x.data), at(rows), at(out.data), rows.length, x.columns, 0, accumulate ? 1 : 0, grain);
      threads.passReal(5, weight);
      threads.run(KERNEL.gatherRows, chunksOf(rows.length, grain));
    },
    scatterAddRows: (x, rows, weight, out) => {
      checkMatrix("scatterAddRows", "out", out);
      expectShape("scatterAddRows", "x", x, rows.length, out.columns);
      const grain = rows.length * x.columns < SMALL ? Math.max(1, x.columns) : COLUMN_GRAIN;
      threads.pass(at(x.data), at(rows), at(out.data), rows.length, x.columns, 0, grain);
      threads.passReal(5, weight);
      threads.run(KERNEL.scatterAddRows, chunksOf(x.columns, grain));
    },
    copyColumns: (x, from, out, to, count, accumulate = false) => {
      checkMatrix("copyColumns", "x", x);
      expectShape("copyColumns", "out", out, x.rows, out.columns);
      checkColumnRanges(x, from, out, to, count);
      const grain = rowGrain(count);
      threads.pass(
        at(x.data),
        x.columns,
        from,
        at(out.data),
        out.columns,
        to,
        x.rows,
        count,
        accumulate ? 1 : 0,
        grain,
      );
      threads.run(KERNEL.copyColumns, chunksOf(x.rows, grain));
    },
    columnSums: (a, out, accumulate = false) => {
      checkMatrix("columnSums", "a", a);
      expectLength("columnSums", "out", out, a.columns);
      const grain = a.rows * a.columns < SMALL ? Math.max(4, a.columns) : COLUMN_GRAIN;
      threads.pass(at(a.data), at(out), a.rows, a.columns, accumulate ? 1 : 0, grain);
      threads.run(KERNEL.columnSums, chunksOf(a.columns, grain));
    },
    normaliseRows: (x, out, norms) => {
      checkMatrix("normaliseRows", "x", x);
      expectShape("normaliseRows", "out", out, x.rows, x.columns);
      expectLength("normaliseRows", "norms", norms, x.rows);
      const grain = rowGrain(x.columns);
      threads.pass(at(x.data), at(out.data), at(norms), x.rows, x.columns, grain);
      threads.run(KERNEL.normaliseRows, chunksOf(x.rows, grain));
    },
    normaliseRowsGradient: (y, norms, gradient, into, accumulate) => {
      checkMatrix("normaliseRowsGradient", "y", y);
      expectShape("normaliseRowsGradient", "gradient", gradient, y.rows, y.columns);
      expectShape("normaliseRowsGradient", "into", into, y.rows, y.columns);
      expectLength("normaliseRowsGradient", "norms", norms, y.rows);
      const grain = rowGrain(y.columns);
      const flag = accumulate ? 1 : 0;
      threads.pass(at(y.data), at(norms), at(gradient.data), at(into.data), y.rows, y.columns, flag, grain);
      threads.run(KERNEL.normaliseRowsGradient, chunksOf(y.rows, grain));
    },
  };
}
