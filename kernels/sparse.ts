/**
 * Products of a sparse matrix in compressed rows with a dense one. A chunk is a range of rows; a row's sum is taken in the order
 * of its entries, 32 columns at a time in registers.
 */
import { address, integer, scratch } from "./control";
import { firstRow } from "./row-chunks";

/** Entries sorted out at a time by `spmmFromRows`. */
const SEGMENT: i32 = 8192;

/** The weight of the entry at byte `at` of the entry arrays, in column j, but for the row's scale. */
@inline function entryWeight(values: usize, columnScale: usize, at: usize, j: usize): v128 {
  if (values == 0) return v128.load_splat<f32>(columnScale + (j << 2));
  const weight = v128.load_splat<f32>(values + at);
  return columnScale == 0 ? weight : f32x4.mul(weight, v128.load_splat<f32>(columnScale + (j << 2)));
}

/**
 * out (+)= scale · Σ over entries [first, last) of weight · x[column], for 32 columns in eight registers: two passes over a row of
 * 64 columns are faster than one that spills.
 */
@inline function sum32(
  indices: usize, values: usize, columnScale: usize, first: usize, last: usize, x: usize, stride: usize, scale: v128, out: usize,
  accumulate: bool, weighted: bool,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  let at: usize = first;
  while (at < last) {
    const j = <usize>load<i32>(indices + at);
    const from = x + j * stride;
    if (weighted) {
      const w = entryWeight(values, columnScale, at, j);
      s0 = f32x4.add(s0, f32x4.mul(w, v128.load(from)));
      s1 = f32x4.add(s1, f32x4.mul(w, v128.load(from, 16)));
      s2 = f32x4.add(s2, f32x4.mul(w, v128.load(from, 32)));
      s3 = f32x4.add(s3, f32x4.mul(w, v128.load(from, 48)));
      s4 = f32x4.add(s4, f32x4.mul(w, v128.load(from, 64)));
      s5 = f32x4.add(s5, f32x4.mul(w, v128.load(from, 80)));
      s6 = f32x4.add(s6, f32x4.mul(w, v128.load(from, 96)));
      s7 = f32x4.add(s7, f32x4.mul(w, v128.load(from, 112)));
    } else {
      s0 = f32x4.add(s0, v128.load(from));
      s1 = f32x4.add(s1, v128.load(from, 16));
      s2 = f32x4.add(s2, v128.load(from, 32));
      s3 = f32x4.add(s3, v128.load(from, 48));
      s4 = f32x4.add(s4, v128.load(from, 64));
      s5 = f32x4.add(s5, v128.load(from, 80));
      s6 = f32x4.add(s6, v128.load(from, 96));
      s7 = f32x4.add(s7, v128.load(from, 112));
    }
    at += 4;
  }
  s0 = f32x4.mul(scale, s0);
  s1 = f32x4.mul(scale, s1);
  s2 = f32x4.mul(scale, s2);
  s3 = f32x4.mul(scale, s3);
  s4 = f32x4.mul(scale, s4);
  s5 = f32x4.mul(scale, s5);
  s6 = f32x4.mul(scale, s6);
  s7 = f32x4.mul(scale, s7);
  if (accumulate) {
    s0 = f32x4.add(v128.load(out), s0);
    s1 = f32x4.add(v128.load(out, 16), s1);
    s2 = f32x4.add(v128.load(out, 32), s2);
    s3 = f32x4.add(v128.load(out, 48), s3);
    s4 = f32x4.add(v128.load(out, 64), s4);
    s5 = f32x4.add(v128.load(out, 80), s5);
    s6 = f32x4.add(v128.load(out, 96), s6);
    s7 = f32x4.add(v128.load(out, 112), s7);
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
  v128.store(out, s4, 64);
  v128.store(out, s5, 80);
  v128.store(out, s6, 96);
  v128.store(out, s7, 112);
}

/** As `sum32`, for the columns from `start` on that do not fill 32. */
function sumRest(
  indices: usize, values: usize, columnScale: usize, first: usize, last: usize, x: usize, columns: i32, start: i32, scale: v128, out: usize,
  accumulate: bool,
): void {
  const stride = (<usize>columns) << 2;
  const weighted = values != 0 || columnScale != 0;
  let c = start;
  while (c < columns) {
    const four = c + 4 <= columns;
    const from = x + ((<usize>c) << 2);
    const into = out + ((<usize>c) << 2);
    let s = f32x4.splat(0);
    for (let at = first; at < last; at += 4) {
      const j = <usize>load<i32>(indices + at);
      let v = four ? v128.load(from + j * stride) : v128.load_splat<f32>(from + j * stride);
      if (weighted) v = f32x4.mul(entryWeight(values, columnScale, at, j), v);
      s = f32x4.add(s, v);
    }
    s = f32x4.mul(scale, s);
    if (four) {
      v128.store(into, accumulate ? f32x4.add(v128.load(into), s) : s);
      c += 4;
    } else {
      const v = f32x4.extract_lane(s, 0);
      store<f32>(into, accumulate ? load<f32>(into) + v : v);
      c += 1;
    }
  }
}

/** Rows [first, last) of the product, or of the chosen rows; `chosen` 0 means all. */
@inline function productRows(first: i32, last: i32, chosen: usize, values: usize, columnScale: usize, weighted: bool): void {
  const rowPointers = address(0);
  const indices = address(1);
  const rowScale = address(3);
  const x = address(6);
  const columns = integer(7);
  const accumulate = integer(9) != 0;
  const stride = (<usize>columns) << 2;
  const whole = columns & ~31;
  let out = address(8) + <usize>first * stride;
  for (let t = first; t < last; t++) {
    const i = chosen != 0 ? load<i32>(chosen + ((<usize>t) << 2)) : t;
    const row = rowPointers + ((<usize>i) << 2);
    const start = (<usize>load<i32>(row)) << 2;
    const end = (<usize>load<i32>(row, 4)) << 2;
    const scale = rowScale != 0 ? v128.load_splat<f32>(rowScale + ((<usize>i) << 2)) : f32x4.splat(1);
    if (columns == 64) {
      sum32(indices, values, columnScale, start, end, x, 256, scale, out, accumulate, weighted);
      sum32(indices, values, columnScale, start, end, x + 128, 256, scale, out + 128, accumulate, weighted);
    } else {
      for (let c: usize = 0; c < (<usize>whole) << 2; c += 128) {
        sum32(indices, values, columnScale, start, end, x + c, stride, scale, out + c, accumulate, weighted);
      }
    }
    if (whole < columns) sumRest(indices, values, columnScale, start, end, x, columns, whole, scale, out, accumulate);
    out += stride;
  }
}

/** One copy of the loop for each way of weighting. */
function product(first: i32, last: i32, chosen: usize): void {
  const values = address(2);
  const columnScale = address(4);
  if (values == 0 && columnScale == 0) productRows(first, last, chosen, 0, 0, false);
  else if (columnScale == 0) productRows(first, last, chosen, values, 0, true);
  else if (values == 0) productRows(first, last, chosen, 0, columnScale, true);
  else productRows(first, last, chosen, values, columnScale, true);
}

/** rowPointers, columnIndices, values, rowScale, columnScale, rows, x, columns of x, out, accumulate, chunks. */
export function spmm(chunk: i32): void {
  const rows = integer(5);
  const chunks = integer(10);
  product(firstRow(address(0), rows, chunk, chunks), firstRow(address(0), rows, chunk + 1, chunks), 0);
}

/** As `spmm` with: 11 the chosen rows, 12 how many, 13 rows a chunk. */
export function spmmRows(chunk: i32): void {
  const grain = integer(13);
  product(chunk * grain, min(integer(12), (chunk + 1) * grain), address(11));
}

/** slots, flags, count, slots a chunk (a multiple of 16): one byte a slot, 1 where it is not -1: four times as many fit a cache. */
export function slotFlags(chunk: i32): void {
  const slots = address(0);
  const flags = address(1);
  const grain = integer(3);
  const end = min(integer(2), (chunk + 1) * grain);
  const ones = i8x16.splat(1);
  let n = chunk * grain;
  for (; n + 16 <= end; n += 16) {
    const from = slots + ((<usize>n) << 2);
    const low = i16x8.narrow_i32x4_s(v128.load(from), v128.load(from, 16));
    const high = i16x8.narrow_i32x4_s(v128.load(from, 32), v128.load(from, 48));
    const signs = i8x16.narrow_i16x8_s(low, high);
    v128.store(flags + <usize>n, v128.andnot(ones, i8x16.shr_s(signs, 7)));
  }
  for (; n < end; n++) store<u8>(flags + <usize>n, <u8>(load<i32>(slots + ((<usize>n) << 2)) >= 0));
}

/**
 * Of the entries at bytes [first, last), keeps those whose column has a slot, without a branch: their bytes, then their slots
 * and weights in `scratch`. Returns the bytes of each list.
 */
@inline function keepEntries(first: usize, last: usize, kept: usize, slotsOf: usize, weights: usize): usize {
  const indices = address(1);
  const values = address(2);
  const columnScale = address(4);
  const slots = address(11);
  const flags = address(12);
  let count: usize = 0;
  for (let at: usize = first; at < last; at += 4) {
    store<usize>(kept + count, at);
    count += (<usize>load<u8>(flags + <usize>load<i32>(indices + at))) << 2;
  }
  for (let n: usize = 0; n < count; n += 4) {
    const entry = load<usize>(kept + n);
    const j = <usize>load<i32>(indices + entry);
    let weight: f32 = 1;
    if (values != 0) weight = load<f32>(values + entry);
    if (columnScale != 0) weight *= load<f32>(columnScale + (j << 2));
    store<f32>(weights + n, weight);
    store<i32>(slotsOf + n, load<i32>(slots + (j << 2)));
  }
  return count;
}

/** One row of `spmmFromRows` from the kept entries at bytes [first, last) of the lists. */
@inline function keptRow(i: i32, first: usize, last: usize, slotsOf: usize, weights: usize, out: usize, accumulate: bool): void {
  const rowScale = address(3);
  const x = address(6);
  const columns = integer(7);
  const stride = (<usize>columns) << 2;
  const whole = columns & ~31;
  const scale = rowScale != 0 ? v128.load_splat<f32>(rowScale + ((<usize>i) << 2)) : f32x4.splat(1);
  if (columns == 64) {
    sum32(slotsOf, weights, 0, first, last, x, 256, scale, out, accumulate, true);
    sum32(slotsOf, weights, 0, first, last, x + 128, 256, scale, out + 128, accumulate, true);
    return;
  }
  for (let c: usize = 0; c < (<usize>whole) << 2; c += 128) {
    sum32(slotsOf, weights, 0, first, last, x + c, stride, scale, out + c, accumulate, true);
  }
  if (whole < columns) sumRest(slotsOf, weights, 0, first, last, x, columns, whole, scale, out, accumulate);
}

/** As `spmm` with: 11 the slots, 12 a byte a column from `slotFlags`. As many whole rows as have SEGMENT entries are sorted out at a time; a longer row piece by piece. */
export function spmmFromRows(chunk: i32): void {
  const rowPointers = address(0);
  const rows = integer(5);
  const accumulate = integer(9) != 0;
  const chunks = integer(10);
  const stride = (<usize>integer(7)) << 2;
  const kept = scratch;
  const slotsOf = kept + ((<usize>SEGMENT) << 2);
  const weights = slotsOf + ((<usize>SEGMENT) << 2);
  const end = firstRow(rowPointers, rows, chunk + 1, chunks);
  let i = firstRow(rowPointers, rows, chunk, chunks);
  let out = address(8) + <usize>i * stride;
  while (i < end) {
    const first = load<i32>(rowPointers + ((<usize>i) << 2));
    let after = i;
    while (after < end && load<i32>(rowPointers + ((<usize>after) << 2), 4) - first <= SEGMENT) after++;
    if (after == i) {
      const last = (<usize>load<i32>(rowPointers + ((<usize>i) << 2), 4)) << 2;
      let more = accumulate;
      for (let at = (<usize>first) << 2; at < last; at += (<usize>SEGMENT) << 2) {
        const count = keepEntries(at, min(last, at + ((<usize>SEGMENT) << 2)), kept, slotsOf, weights);
        if (count == 0) continue;
        keptRow(i, 0, count, slotsOf, weights, out, more);
        more = true;
      }
      if (!more) clearRow(out, stride);
      out += stride;
      i++;
      continue;
    }
    const last = (<usize>load<i32>(rowPointers + ((<usize>after) << 2))) << 2;
    const count = keepEntries((<usize>first) << 2, last, kept, slotsOf, weights);
    let n: usize = 0;
    for (; i < after; i++) {
      const rowEnd = (<usize>load<i32>(rowPointers + ((<usize>i) << 2), 4)) << 2;
      const start = n;
      while (n < count && load<usize>(kept + n) < rowEnd) n += 4;
      if (n > start) keptRow(i, start, n, slotsOf, weights, out, accumulate);
      else if (!accumulate) clearRow(out, stride);
      out += stride;
    }
  }
}

/** Zeros in `bytes` from `out`: shorter than a call of memory.fill. */
@inline function clearRow(out: usize, bytes: usize): void {
  const zeros = f32x4.splat(0);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(out + at, zeros);
  for (; at < bytes; at += 4) store<f32>(out + at, 0);
}
