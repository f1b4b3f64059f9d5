/**
 * Operations of the WebAssembly engine over sparse matrices.
 */
import type { Engine, Matrix, Pattern, SparseMatrix } from "../engine.ts";
import { type Context, chunksOf, entryChunks } from "./context.ts";
import { KERNEL } from "./kernels.ts";
import { checkMatrix, expectLength, expectShape } from "./shapes.ts";

type SparseOperations = Pick<
  Engine,
  | "spmm"
  | "spmmRows"
  | "spmmFromRows"
  | "sampledProduct"
  | "rowSums"
  | "symmetricNormalise"
  | "symmetricNormaliseGradient"
  | "scatterAddValues"
  | "gatherValues"
>;

/** Values a chunk of `scatterAddValues` and `gatherValues`. */
const VALUE_GRAIN = 16384;
/** Slots a chunk of `slotFlags`. */
const FLAG_GRAIN = 65536;

export function sparseOperations({ threads, memory, at, atOptional }: Context): SparseOperations {
  const checkPattern = (operation: string, pattern: Pattern): void => {
    expectLength(operation, "rowPointers", pattern.rowPointers, pattern.rows + 1);
  };

  /** Arguments 0 to 9 of the three sparse–dense products. */
  const passProduct = (operation: string, s: SparseMatrix, x: Matrix, out: Matrix, accumulate: boolean): void => {
    checkPattern(operation, s);
    checkMatrix(operation, "x", x);
    const values = atOptional(s.values);
    if (s.values !== undefined) expectLength(operation, "values", s.values, s.columnIndices.length);
    if (s.rowScale !== undefined) expectLength(operation, "rowScale", s.rowScale, s.rows);
    if (s.columnScale !== undefined) expectLength(operation, "columnScale", s.columnScale, s.columns);
    const scales: [number, number] = [atOptional(s.rowScale), atOptional(s.columnScale)];
    const [row, column] = scales;
    const flag = accumulate ? 1 : 0;
    const indices = at(s.columnIndices);
    threads.pass(at(s.rowPointers), indices, values, row, column, s.rows, at(x.data), x.columns, at(out.data), flag);
  };
  const chunksFor = (pattern: Pattern, width: number): number =>
    entryChunks(threads.count, pattern.rows, pattern.columnIndices.length, width);

  return {
    spmm: (s, x, out, accumulate = false) => {
      expectShape("spmm", "x", x, s.columns, x.columns);
      expectShape("spmm", "out", out, s.rows, x.columns);
      passProduct("spmm", s, x, out, accumulate);
      const chunks = chunksFor(s, x.columns);
      threads.passAt(10, chunks);
      threads.run(KERNEL.spmm, s.rows === 0 ? 0 : chunks);
    },
    spmmRows: (s, x, rows, out, accumulate = false) => {
      expectShape("spmmRows", "x", x, s.columns, x.columns);
      expectShape("spmmRows", "out", out, rows.length, x.columns);
      passProduct("spmmRows", s, x, out, accumulate);
      const perRow = (s.columnIndices.length / Math.max(1, s.rows) + 1) * x.columns;
      const grain = Math.max(1, Math.floor(VALUE_GRAIN / Math.max(1, perRow)));
      threads.passAt(11, at(rows), rows.length, grain);
      threads.run(KERNEL.spmmRows, chunksOf(rows.length, grain));
    },
    spmmFromRows: (s, x, slots, out, accumulate = false) => {
      expectShape("spmmFromRows", "out", out, s.rows, x.columns);
      expectLength("spmmFromRows", "slots", slots, s.columns);
      if (s.rows === 0) return;
      const flags = memory.borrow(s.columns, "the flags of spmmFromRows");
      try {
        threads.pass(at(slots), flags, s.columns, FLAG_GRAIN);
        threads.run(KERNEL.slotFlags, chunksOf(s.columns, FLAG_GRAIN));
        passProduct("spmmFromRows", s, x, out, accumulate);
        const chunks = chunksFor(s, Math.ceil(x.columns / 4));
        threads.passAt(10, chunks, at(slots), flags);
        threads.run(KERNEL.spmmFromRows, chunks);
      } finally {
        memory.giveBack(flags);
      }
    },
    sampledProduct: (pattern, left, right, out, options = {}) => {
      const { slots, accumulate = false } = options;
      checkPattern("sampledProduct", pattern);
      expectShape("sampledProduct", "left", left, slots === undefined ? pattern.rows : left.rows, right.columns);
      expectShape("sampledProduct", "right", right, pattern.columns, right.columns);
      expectLength("sampledProduct", "out", out, pattern.columnIndices.length);
      if (slots !== undefined) expectLength("sampledProduct", "slots", slots, pattern.rows);
      const chunks = chunksFor(pattern, left.columns);
      const indices = at(pattern.columnIndices);
      threads.pass(at(pattern.rowPointers), indices, pattern.rows, at(left.data), at(right.data), left.columns);
      threads.passAt(6, atOptional(slots), at(out), accumulate ? 1 : 0, chunks);
      threads.run(KERNEL.sampledProduct, pattern.rows === 0 ? 0 : chunks);
    },
    rowSums: (pattern, values, out) => {
      checkPattern("rowSums", pattern);
      expectLength("rowSums", "values", values, pattern.columnIndices.length);
      expectLength("rowSums", "out", out, pattern.rows);
      const chunks = chunksFor(pattern, 1);
      threads.pass(at(pattern.rowPointers), pattern.rows, at(values), at(out), chunks, 0);
      threads.run(KERNEL.rowSums, pattern.rows === 0 ? 0 : chunks);
    },
    symmetricNormalise: (pattern, values, scale, out) => {
      checkPattern("symmetricNormalise", pattern);
      expectLength("symmetricNormalise", "values", values, pattern.columnIndices.length);
      expectLength("symmetricNormalise", "scale", scale, pattern.rows);
      expectLength("symmetricNormalise", "out", out, pattern.columnIndices.length);
      if (pattern.rows === 0) return;
      const chunks = chunksFor(pattern, 2);
      threads.pass(at(pattern.rowPointers), pattern.rows, at(values), at(scale), chunks, 1);
      threads.run(KERNEL.rowSums, chunks);
      const indices = at(pattern.columnIndices);
      threads.pass(at(pattern.rowPointers), indices, pattern.rows, at(values), at(scale), at(out), chunks);
      threads.run(KERNEL.applyScales, chunks);
    },
    symmetricNormaliseGradient: (pattern, values, scale, transpose, order, gradient, into, accumulate) => {
      const entries = pattern.columnIndices.length;
      checkPattern("symmetricNormaliseGradient", pattern);
      checkPattern("symmetricNormaliseGradient", transpose);
      expectLength("symmetricNormaliseGradient", "values", values, entries);
      expectLength("symmetricNormaliseGradient", "order", order, entries);
      expectLength("symmetricNormaliseGradient", "gradient", gradient, entries);
      expectLength("symmetricNormaliseGradient", "into", into, entries);
      if (pattern.rows === 0) return;
      const chunks = chunksFor(pattern, 4);
      const sums = memory.borrow(pattern.rows * 4, "the sums of symmetricNormaliseGradient");
      try {
        const [pointers, indices] = [at(pattern.rowPointers), at(pattern.columnIndices)];
        threads.pass(pointers, indices, pattern.rows, at(values), at(scale), at(gradient));
        threads.passAt(6, at(transpose.rowPointers), at(transpose.columnIndices), at(order), sums, chunks);
        threads.run(KERNEL.scaleGradients, chunks);
        threads.pass(
          pointers,
          indices,
          pattern.rows,
          at(scale),
          at(gradient),
          sums,
          at(into),
          accumulate ? 1 : 0,
          chunks,
        );
        threads.run(KERNEL.symmetricGradient, chunks);
      } finally {
        memory.giveBack(sums);
      }
    },
    scatterAddValues: (values, positions, weight, out) => {
      expectLength("scatterAddValues", "values", values, positions.length);
      threads.pass(at(values), at(positions), positions.length, 0, at(out), VALUE_GRAIN);
      threads.passReal(3, weight);
      threads.run(KERNEL.scatterAddValues, chunksOf(positions.length, VALUE_GRAIN));
    },
    gatherValues: (from, positions, weight, out, accumulate = false) => {
      expectLength("gatherValues", "out", out, positions.length);
      threads.pass(at(from), at(positions), positions.length, 0, at(out), accumulate ? 1 : 0, VALUE_GRAIN);
      threads.passReal(3, weight);
      threads.run(KERNEL.gatherValues, chunksOf(positions.length, VALUE_GRAIN));
    },
  };
}
