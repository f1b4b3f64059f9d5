/**
 * Dense products in three forms. The smaller operand is packed once and shared; a chunk is a block of the other one, which
 * its thread packs into private memory, and the block of C that follows from it.
 */
import { address, integer, scratch } from "./control";
import { add4 } from "./lanes";
import { packChosenColumns, packChosenRows } from "./chosen-rows";
import { DEPTH, HIGH, WIDE, narrowTile, pack, tile } from "./tile";

/** Columns of B that one pass over A's panels meets. */
const PASS: i32 = 256;

/** A tile that sticks out of C is computed here and copied. */
const EDGE_BYTES: usize = (<usize>(HIGH * WIDE)) << 2;

function edgeTile(a: usize, b: usize, depth: i32, c: usize, stride: usize, rows: i32, columns: i32, accumulate: bool): void {
  const edge = scratch;
  if (columns <= 4) narrowTile(a, b, depth, edge, (<usize>WIDE) << 2);
  else tile(a, b, depth, edge, (<usize>WIDE) << 2, false);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const from = load<f32>(edge + ((<usize>(i * WIDE + j)) << 2));
      const into = c + <usize>i * stride + ((<usize>j) << 2);
      store<f32>(into, accumulate ? load<f32>(into) + from : from);
    }
  }
}

/** C block = or += A panels · B panels. */
@inline function block(
  a: usize, b: usize, depth: i32, c: usize, stride: usize, rows: i32, columns: i32, accumulate: bool,
): void {
  const aSize = (<usize>(HIGH * depth)) << 2;
  const bSize = (<usize>(WIDE * depth)) << 2;
  for (let pass = 0; pass < columns; pass += PASS) {
    const passEnd = min(columns, pass + PASS);
    for (let i = 0; i < rows; i += HIGH) {
      const aPanel = a + <usize>(i / HIGH) * aSize;
      const high = min(HIGH, rows - i);
      for (let j = pass; j < passEnd; j += WIDE) {
        const bPanel = b + <usize>(j / WIDE) * bSize;
        const into = c + <usize>i * stride + ((<usize>j) << 2);
        const wide = min(WIDE, passEnd - j);
        if (high == HIGH && wide == WIDE) tile(aPanel, bPanel, depth, into, stride, accumulate);
        else edgeTile(aPanel, bPanel, depth, into, stride, high, wide, accumulate);
      }
    }
  }
}

/** source, row bytes, by columns, limit, first, count, first term, terms, target, panel height, panels a chunk: the shared operand. */
export function packShared(chunk: i32): void {
  const limit = integer(3);
  const first = integer(4);
  const count = integer(5);
  const firstTerm = integer(6);
  const terms = integer(7);
  const high = integer(9);
  const perChunk = integer(10) * high;
  const groups = (count + perChunk - 1) / perChunk;
  const start = (chunk / groups) * DEPTH;
  const depth = min(DEPTH, terms - start);
  const from = (chunk % groups) * perChunk;
  const padded = ((count + high - 1) / high) * high;
  const target = address(8) + ((<usize>padded * <usize>start + <usize>from * <usize>depth) << 2);
  const own = min(perChunk, count - from);
  pack(address(0), <usize>integer(1), integer(2) != 0, limit, first + from, own, firstTerm + start, depth, target, high, 0, 0);
}

/**
 * 0 own operand, 1 its row bytes, 2 own by columns, 3 own rows (or columns), 4 first term, 5 terms, 6 shared panels, 7 their
 * rows (columns), 8 C, 9 row bytes of C, 10 accumulate, 11 bias (one a column of this C) or 0,
 * 12 rows a chunk, 13 which rows of the own operand or 0 for all, 14 rows that are subtracted from them or 0. C is own × shared.
 */
export function productByRows(chunk: i32): void {
  const limit = integer(3);
  const terms = integer(5);
  const shared = integer(7);
  const stride = <usize>integer(9);
  const grain = integer(12);
  const first = chunk * grain;
  const rows = min(grain, limit - first);
  const c = address(8) + <usize>first * stride;
  const bias = address(11);
  let accumulate = integer(10) != 0;
  if (bias != 0) {
    for (let i = 0; i < rows; i++) add4(bias, c + <usize>i * stride, shared, 1, accumulate);
    accumulate = true;
  } else if (terms == 0 && !accumulate) {
    for (let i = 0; i < rows; i++) memory.fill(c + <usize>i * stride, 0, (<usize>shared) << 2);
  }
  const padded = ((shared + WIDE - 1) / WIDE) * WIDE;
  const panels = scratch + EDGE_BYTES;
  const chosen = address(13);
  for (let start = 0; start < terms; start += DEPTH) {
    const depth = min(DEPTH, terms - start);
    const from = integer(4) + start;
    if (chosen != 0) packChosenRows(address(0), <usize>integer(1), chosen, address(14), limit, first, rows, from, depth, panels);
    else pack(address(0), <usize>integer(1), integer(2) != 0, limit, first, rows, from, depth, panels, HIGH, 0, 0);
    const b = address(6) + ((<usize>padded * <usize>start) << 2);
    block(panels, b, depth, c, stride, rows, shared, accumulate);
    accumulate = true;
  }
}

/** As `productByRows`, but C is shared × own and the bias belongs to own, whose terms, not rows, are chosen. */
export function productByColumns(chunk: i32): void {
  const limit = integer(3);
  const terms = integer(5);
  const shared = integer(7);
  const stride = <usize>integer(9);
  const grain = integer(12);
  const first = chunk * grain;
  const columns = min(grain, limit - first);
  const c = address(8) + ((<usize>first) << 2);
  const bias = address(11);
  let accumulate = integer(10) != 0;
  if (bias != 0) {
    const own = bias + ((<usize>first) << 2);
    for (let i = 0; i < shared; i++) add4(own, c + <usize>i * stride, columns, 1, accumulate);
    accumulate = true;
  } else if (terms == 0 && !accumulate) {
    for (let i = 0; i < shared; i++) memory.fill(c + <usize>i * stride, 0, (<usize>columns) << 2);
  }
  const padded = ((shared + HIGH - 1) / HIGH) * HIGH;
  const panels = scratch + EDGE_BYTES;
  const chosen = address(13);
  for (let start = 0; start < terms; start += DEPTH) {
    const depth = min(DEPTH, terms - start);
    const from = integer(4) + start;
    if (chosen != 0) packChosenColumns(address(0), <usize>integer(1), chosen, address(14), limit, first, columns, from, depth, panels);
    else pack(address(0), <usize>integer(1), integer(2) != 0, limit, first, columns, from, depth, panels, WIDE, 0, 0);
    const a = address(6) + ((<usize>padded * <usize>start) << 2);
    block(a, panels, depth, c, stride, shared, columns, accumulate);
    accumulate = true;
  }
}
