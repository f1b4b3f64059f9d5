/**
 * Dense products of the WebAssembly engine. All three forms are C (m × n) = A · B after packing: the operand of fewer
 * rows (columns) is packed once and shared, the other is streamed through by the chunks.
 */
import type { ChosenRows, Engine, Floats, Ints, Matrix } from "../engine.ts";
import { type Context, chunksOf } from "./context.ts";
import { KERNEL } from "./kernels.ts";
import { checkMatrix, expectInner, expectLength, expectSameLength, expectShape } from "./shapes.ts";

type DenseOperations = Pick<
  Engine,
  "multiply" | "multiplyTransposed" | "transposedMultiply" | "multiplyChosen" | "transposedMultiplyChosen"
>;

/** Panel sizes of `kernels/tile.ts`. */
const HIGH = 4;
const WIDE = 8;
const DEPTH = 256;
/** Most rows or columns that a chunk takes of the streamed operand. */
const ROW_BLOCK = 64;
const COLUMN_BLOCK = 128;
/** Chosen rows are not neighbours in memory, so that each visit to one should take more of it. */
const CHOSEN_COLUMN_BLOCK = 256;
/** Most elements of the shared operand that are packed at once, and most terms of them. */
const SHARED_ELEMENTS = 1 << 22;
const SHARED_TERMS = 1 << 16;

/** One operand: its data, its length across C, whether that runs along the data's columns, and which of its rows are meant. */
interface Operand {
  readonly data: Floats;
  readonly count: number;
  readonly stride: number;
  readonly byColumns: boolean;
  readonly chosen?: { readonly rows: Ints; readonly minus?: Ints | undefined };
}

export function denseOperations({ threads, memory, at, atOptional }: Context): DenseOperations {
  const packShared = (
    operand: Operand,
    high: number,
    first: number,
    count: number,
    start: number,
    terms: number,
    target: number,
  ): void => {
    const panels = Math.ceil(count / high);
    const perChunk = Math.max(1, Math.min(panels, Math.floor(8192 / (high * Math.min(DEPTH, terms)))));
    const by = operand.byColumns ? 1 : 0;
    threads.pass(
      at(operand.data),
      operand.stride * 4,
      by,
      operand.count,
      first,
      count,
      start,
      terms,
      target,
      high,
      perChunk,
    );
    threads.run(KERNEL.packShared, Math.ceil(panels / perChunk) * Math.ceil(terms / DEPTH));
  };

  const grainOf = (own: number, most: number, unit: number): number => {
    const wanted = Math.ceil(own / (4 * threads.count) / unit) * unit;
    return Math.max(2 * unit, Math.min(most, wanted));
  };

  const product = (a: Operand, b: Operand, terms: number, out: Matrix, accumulate: boolean, bias?: Floats): void => {
    if (a.count === 0 || b.count === 0) return;
    // Chosen rows are streamed, whichever operand is longer.
    const shareB = a.chosen !== undefined || (b.chosen === undefined && b.count <= a.count);
    const [shared, own] = shareB ? [b, a] : [a, b];
    const high = shareB ? WIDE : HIGH;
    const kernel = shareB ? KERNEL.productByRows : KERNEL.productByColumns;
    const grain = shareB
      ? grainOf(own.count, ROW_BLOCK, HIGH)
      : grainOf(own.count, own.chosen ? CHOSEN_COLUMN_BLOCK : COLUMN_BLOCK, WIDE);
    const termBlock = Math.min(SHARED_TERMS, Math.max(1, terms));
    const sharedBlock = Math.min(shared.count, Math.max(64, Math.floor(SHARED_ELEMENTS / termBlock / 8) * 8));
    const panels = memory.borrow(
      Math.ceil(sharedBlock / high) * high * termBlock * 4,
      "the packed operand of a product",
    );
    try {
      for (let first = 0; first < shared.count; first += sharedBlock) {
        const count = Math.min(sharedBlock, shared.count - first);
        let start = 0;
        do {
          const depth = Math.min(termBlock, terms - start);
          if (depth > 0) packShared(shared, high, first, count, start, depth, panels);
          const c = at(out.data) + 4 * (shareB ? first : first * out.columns);
          const add = accumulate || start > 0 ? 1 : 0;
          const biasHere = start === 0 && bias !== undefined ? at(bias) + (shareB ? first * 4 : 0) : 0;
          threads.pass(at(own.data), own.stride * 4, own.byColumns ? 1 : 0, own.count, start, depth, panels, count, c);
          threads.passAt(9, out.columns * 4, add, biasHere, grain);
          threads.passAt(13, atOptional(own.chosen?.rows), atOptional(own.chosen?.minus));
          threads.run(kernel, chunksOf(own.count, grain));
          start += termBlock;
        } while (start < terms);
      }
    } finally {
      memory.giveBack(panels);
    }
  };

  const alongRows = (m: Matrix): Operand => ({ data: m.data, count: m.rows, stride: m.columns, byColumns: false });
  const alongColumns = (m: Matrix): Operand => ({ data: m.data, count: m.columns, stride: m.columns, byColumns: true });

  const checkChosen = (operation: string, { of, rows, minus }: ChosenRows): void => {
    checkMatrix(operation, "x.of", of);
    if (minus !== undefined) expectSameLength(operation, "x.minus", minus, rows.length);
  };

  return {
    multiplyChosen: (x, b, out, bias) => {
      checkChosen("multiplyChosen", x);
      expectShape("multiplyChosen", "b", b, b.rows, x.of.columns);
      expectShape("multiplyChosen", "out", out, x.rows.length, b.rows);
      if (bias !== undefined) expectLength("multiplyChosen", "bias", bias, b.rows);
      const operand = { ...alongRows(x.of), count: x.rows.length, chosen: x };
      product(operand, alongRows(b), b.columns, out, false, bias);
    },
    transposedMultiplyChosen: (a, x, out, accumulate = false) => {
      checkChosen("transposedMultiplyChosen", x);
      expectShape("transposedMultiplyChosen", "a", a, x.rows.length, a.columns);
      expectShape("transposedMultiplyChosen", "out", out, a.columns, x.of.columns);
      product(alongColumns(a), { ...alongColumns(x.of), chosen: x }, a.rows, out, accumulate);
    },
    multiply: (a, b, out, accumulate = false) => {
      expectInner("multiply", a, b, a.columns, b.rows);
      expectShape("multiply", "out", out, a.rows, b.columns);
      product(alongRows(a), alongColumns(b), a.columns, out, accumulate);
    },
    multiplyTransposed: (a, b, out, options = {}) => {
      const { bias, accumulate = false } = options;
      expectInner("multiplyTransposed", a, b, a.columns, b.columns);
      expectShape("multiplyTransposed", "out", out, a.rows, b.rows);
      if (bias !== undefined) expectLength("multiplyTransposed", "bias", bias, b.rows);
      atOptional(bias);
      product(alongRows(a), alongRows(b), a.columns, out, accumulate, bias);
    },
    transposedMultiply: (a, b, out, accumulate = false) => {
      expectInner("transposedMultiply", a, b, a.rows, b.rows);
      expectShape("transposedMultiply", "out", out, a.columns, b.columns);
      product(alongColumns(a), alongColumns(b), a.rows, out, accumulate);
    },
  };
}
