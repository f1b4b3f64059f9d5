/**
 * Kernels over sparse matrices in compressed rows. A chunk is a range of rows with about as many entries as any
 * other chunk; a row's sum is taken in the order of its entries, 32 columns at a time in registers.
 */
import { address, integer, real, scratch } from "./control";
import { dotRows } from "./lanes";

/** Entries of one row compacted at a time by `spmmFromRows`. */
const SEGMENT: i32 = 4096;
/** What a row costs beside its entries, in entries. */
const ROW_COST: i32 = 4;

/** The first row of a chunk, so that each has the same share of entries + ROW_COST · rows. */
function firstRow(rowPointers: usize, rows: i32, chunk: i32, chunks: i32): i32 {
  const total = <i64>load<i32>(rowPointers + ((<usize>rows) << 2)) + <i64>rows * ROW_COST;
  const target = (total * chunk) / chunks;
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (<i64>load<i32>(rowPointers + ((<usize>middle) << 2)) + <i64>middle * ROW_COST < target) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The weight of entry p in column j but for the row's scale. */
// @ts-ignore: decorator
@inline function entryWeight(values: usize, columnScale: usize, p: i32, j: i32): f32 {
  let weight: f32 = 1;
  if (values != 0) weight = load<f32>(values + ((<usize>p) << 2));
  if (columnScale != 0) weight *= load<f32>(columnScale + ((<usize>j) << 2));
  return weight;
}

/** out (+)= scale · Σ over entries [first, last) of weight · x[column], for 32 columns. */
// @ts-ignore: decorator
@inline function sum32(
  indices: usize, values: usize, columnScale: usize, first: i32, last: i32, x: usize, stride: usize, scale: f32, out: usize,
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
  for (let p = first; p < last; p++) {
    const j = load<i32>(indices + ((<usize>p) << 2));
    const from = x + <usize>j * stride;
    if (weighted) {
      const w = f32x4.splat(entryWeight(values, columnScale, p, j));
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
  }
  const w = f32x4.splat(scale);
  if (accumulate) {
    v128.store(out, f32x4.add(v128.load(out), f32x4.mul(w, s0)));
    v128.store(out, f32x4.add(v128.load(out, 16), f32x4.mul(w, s1)), 16);
    v128.store(out, f32x4.add(v128.load(out, 32), f32x4.mul(w, s2)), 32);
    v128.store(out, f32x4.add(v128.load(out, 48), f32x4.mul(w, s3)), 48);
    v128.store(out, f32x4.add(v128.load(out, 64), f32x4.mul(w, s4)), 64);
    v128.store(out, f32x4.add(v128.load(out, 80), f32x4.mul(w, s5)), 80);
    v128.store(out, f32x4.add(v128.load(out, 96), f32x4.mul(w, s6)), 96);
    v128.store(out, f32x4.add(v128.load(out, 112), f32x4.mul(w, s7)), 112);
  } else {
    v128.store(out, f32x4.mul(w, s0));
    v128.store(out, f32x4.mul(w, s1), 16);
    v128.store(out, f32x4.mul(w, s2), 32);
    v128.store(out, f32x4.mul(w, s3), 48);
    v128.store(out, f32x4.mul(w, s4), 64);
    v128.store(out, f32x4.mul(w, s5), 80);
    v128.store(out, f32x4.mul(w, s6), 96);
    v128.store(out, f32x4.mul(w, s7), 112);
  }
}

/** As `sum32`, for four columns. */
function sum4(
  indices: usize, values: usize, columnScale: usize, first: i32, last: i32, x: usize, stride: usize, scale: f32, out: usize, accumulate: bool,
): void {
  let s = f32x4.splat(0);
  for (let p = first; p < last; p++) {
    const j = load<i32>(indices + ((<usize>p) << 2));
    s = f32x4.add(s, f32x4.mul(f32x4.splat(entryWeight(values, columnScale, p, j)), v128.load(x + <usize>j * stride)));
  }
  s = f32x4.mul(f32x4.splat(scale), s);
  if (accumulate) s = f32x4.add(v128.load(out), s);
  v128.store(out, s);
}

/** As `sum32`, for one column. */
function sum1(
  indices: usize, values: usize, columnScale: usize, first: i32, last: i32, x: usize, stride: usize, scale: f32, out: usize, accumulate: bool,
): void {
  let s: f32 = 0;
  for (let p = first; p < last; p++) {
    const j = load<i32>(indices + ((<usize>p) << 2));
    s += entryWeight(values, columnScale, p, j) * load<f32>(x + <usize>j * stride);
  }
  s *= scale;
  store<f32>(out, accumulate ? load<f32>(out) + s : s);
}

function sum32Plain(indices: usize, first: i32, last: i32, x: usize, stride: usize, scale: f32, out: usize, accumulate: bool): void {
  sum32(indices, 0, 0, first, last, x, stride, scale, out, accumulate, false);
}

function sum32Valued(
  indices: usize, values: usize, first: i32, last: i32, x: usize, stride: usize, scale: f32, out: usize, accumulate: bool,
): void {
  sum32(indices, values, 0, first, last, x, stride, scale, out, accumulate, true);
}

function sum32Scaled(
  indices: usize, values: usize, columnScale: usize, first: i32, last: i32, x: usize, stride: usize, scale: f32, out: usize, accumulate: bool,
): void {
  sum32(indices, values, columnScale, first, last, x, stride, scale, out, accumulate, true);
}

/** One row of a product, all columns. */
function productRow(
  indices: usize, values: usize, columnScale: usize, first: i32, last: i32, x: usize, columns: i32, scale: f32, out: usize, accumulate: bool,
): void {
  const stride = (<usize>columns) << 2;
  let c = 0;
  for (; c + 32 <= columns; c += 32) {
    const from = x + ((<usize>c) << 2);
    const into = out + ((<usize>c) << 2);
    if (columnScale != 0) sum32Scaled(indices, values, columnScale, first, last, from, stride, scale, into, accumulate);
    else if (values != 0) sum32Valued(indices, values, first, last, from, stride, scale, into, accumulate);
    else sum32Plain(indices, first, last, from, stride, scale, into, accumulate);
  }
  for (; c + 4 <= columns; c += 4) {
    const bytes = (<usize>c) << 2;
    sum4(indices, values, columnScale, first, last, x + bytes, stride, scale, out + bytes, accumulate);
  }
  for (; c < columns; c++) {
    const bytes = (<usize>c) << 2;
    sum1(indices, values, columnScale, first, last, x + bytes, stride, scale, out + bytes, accumulate);
  }
}

/** rowPointers, columnIndices, values, rowScale, columnScale, rows, x, columns of x, out, accumulate, chunks. */
export function spmm(chunk: i32): void {
  const rowPointers = address(0);
  const indices = address(1);
  const rowScale = address(3);
  const rows = integer(5);
  const columns = integer(7);
  const out = address(8);
  const chunks = integer(10);
  const end = firstRow(rowPointers, rows, chunk + 1, chunks);
  for (let i = firstRow(rowPointers, rows, chunk, chunks); i < end; i++) {
    const row = rowPointers + ((<usize>i) << 2);
    const scale: f32 = rowScale != 0 ? load<f32>(rowScale + ((<usize>i) << 2)) : 1;
    const into = out + (<usize>i * <usize>columns << 2);
    productRow(indices, address(2), address(4), load<i32>(row), load<i32>(row, 4), address(6), columns, scale, into, integer(9) != 0);
  }
}

/** As `spmm` with: 11 the chosen rows, 12 how many, 13 rows a chunk. */
export function spmmRows(chunk: i32): void {
  const rowPointers = address(0);
  const indices = address(1);
  const rowScale = address(3);
  const columns = integer(7);
  const out = address(8);
  const chosen = address(11);
  const grain = integer(13);
  const end = min(integer(12), (chunk + 1) * grain);
  for (let t = chunk * grain; t < end; t++) {
    const i = load<i32>(chosen + ((<usize>t) << 2));
    const row = rowPointers + ((<usize>i) << 2);
    const scale: f32 = rowScale != 0 ? load<f32>(rowScale + ((<usize>i) << 2)) : 1;
    const into = out + (<usize>t * <usize>columns << 2);
    productRow(indices, address(2), address(4), load<i32>(row), load<i32>(row, 4), address(6), columns, scale, into, integer(9) != 0);
  }
}

/** As `spmm` with: 11 the slots. Entries whose slot is -1 are sorted out first, without a branch. */
export function spmmFromRows(chunk: i32): void {
  const rowPointers = address(0);
  const indices = address(1);
  const values = address(2);
  const rowScale = address(3);
  const columnScale = address(4);
  const rows = integer(5);
  const x = address(6);
  const columns = integer(7);
  const out = address(8);
  const accumulate = integer(9) != 0;
  const chunks = integer(10);
  const slots = address(11);
  const weighted = values != 0 || columnScale != 0;
  const kept = scratch;
  const weights = scratch + ((<usize>SEGMENT) << 2);
  const end = firstRow(rowPointers, rows, chunk + 1, chunks);
  for (let i = firstRow(rowPointers, rows, chunk, chunks); i < end; i++) {
    const row = rowPointers + ((<usize>i) << 2);
    const last = load<i32>(row, 4);
    const scale: f32 = rowScale != 0 ? load<f32>(rowScale + ((<usize>i) << 2)) : 1;
    const into = out + (<usize>i * <usize>columns << 2);
    let p = load<i32>(row);
    let more = accumulate;
    do {
      const stop = min(last, p + SEGMENT);
      let count: usize = 0;
      for (; p < stop; p++) {
        const j = load<i32>(indices + ((<usize>p) << 2));
        const slot = load<i32>(slots + ((<usize>j) << 2));
        store<i32>(kept + (count << 2), slot);
        if (weighted) store<f32>(weights + (count << 2), entryWeight(values, columnScale, p, j));
        count += <usize>(slot >= 0);
      }
      if (count != 0) {
        productRow(kept, weighted ? weights : 0, 0, 0, <i32>count, x, columns, scale, into, more);
        more = true;
      }
    } while (p < last);
    if (!more) memory.fill(into, 0, (<usize>columns) << 2);
  }
}

/** rowPointers, columnIndices, rows, left, right, columns, slots, out, accumulate, chunks: out[p] (+)= left_i · right_j. */
export function sampledProduct(chunk: i32): void {
  const rowPointers = address(0);
  const indices = address(1);
  const rows = integer(2);
  const left = address(3);
  const right = address(4);
  const columns = integer(5);
  const slots = address(6);
  const out = address(7);
  const accumulate = integer(8) != 0;
  const chunks = integer(9);
  const stride = (<usize>columns) << 2;
  const end = firstRow(rowPointers, rows, chunk + 1, chunks);
  for (let i = firstRow(rowPointers, rows, chunk, chunks); i < end; i++) {
    const row = rowPointers + ((<usize>i) << 2);
    const first = load<i32>(row);
    const last = load<i32>(row, 4);
    const slot = slots != 0 ? load<i32>(slots + ((<usize>i) << 2)) : i;
    if (slot < 0) {
      if (!accumulate) memory.fill(out + ((<usize>first) << 2), 0, (<usize>(last - first)) << 2);
      continue;
    }
    const from = left + <usize>slot * stride;
    for (let p = first; p < last; p++) {
      const product = dotRows(from, right + <usize>load<i32>(indices + ((<usize>p) << 2)) * stride, columns);
      const o = out + ((<usize>p) << 2);
      store<f32>(o, accumulate ? load<f32>(o) + product : product);
    }
  }
}

/** rowPointers, rows, values, out, chunks, inverse root: out[i] = Σ of row i, or its -½ power (0 where not positive). */
export function rowSums(chunk: i32): void {
  const rowPointers = address(0);
  const rows = integer(1);
  const values = address(2);
  const out = address(3);
  const chunks = integer(4);
  const inverseRoot = integer(5) != 0;
  const end = firstRow(rowPointers, rows, chunk + 1, chunks);
  for (let i = firstRow(rowPointers, rows, chunk, chunks); i < end; i++) {
    const row = rowPointers + ((<usize>i) << 2);
    const last = load<i32>(row, 4);
    let sum: f64 = 0;
    for (let p = load<i32>(row); p < last; p++) sum += <f64>load<f32>(values + ((<usize>p) << 2));
    if (inverseRoot) sum = <f32>sum > 0 ? 1 / sqrt(sum) : 0;
    store<f32>(out + ((<usize>i) << 2), <f32>sum);
  }
}

/** rowPointers, columnIndices, rows, values, scale, out, chunks: out[p] = scale_i · values[p] · scale_j. */
export function applyScales(chunk: i32): void {
  const rowPointers = address(0);
  const indices = address(1);
  const rows = integer(2);
  const values = address(3);
  const scales = address(4);
  const out = address(5);
  const chunks = integer(6);
  const end = firstRow(rowPointers, rows, chunk + 1, chunks);
  for (let i = firstRow(rowPointers, rows, chunk, chunks); i < end; i++) {
    const row = rowPointers + ((<usize>i) << 2);
    const last = load<i32>(row, 4);
    const scale = load<f32>(scales + ((<usize>i) << 2));
    for (let p = load<i32>(row); p < last; p++) {
      const at = (<usize>p) << 2;
      const other = load<f32>(scales + ((<usize>load<i32>(indices + at)) << 2));
      store<f32>(out + at, scale * load<f32>(values + at) * other);
    }
  }
}

/**
 * rowPointers, columnIndices, rows, values, scale, gradient, rowPointers and columnIndices of the transpose, order, out, chunks:
 * t_i = Σ over row i of g v scale_j + Σ over column i of g v scale_row.
 */
export function scaleGradients(chunk: i32): void {
  const rowPointers = address(0);
  const indices = address(1);
  const rows = integer(2);
  const values = address(3);
  const scales = address(4);
  const gradient = address(5);
  const columnPointers = address(6);
  const rowIndices = address(7);
  const order = address(8);
  const out = address(9);
  const chunks = integer(10);
  const end = firstRow(rowPointers, rows, chunk + 1, chunks);
  for (let i = firstRow(rowPointers, rows, chunk, chunks); i < end; i++) {
    const row = rowPointers + ((<usize>i) << 2);
    const column = columnPointers + ((<usize>i) << 2);
    let sum: f64 = 0;
    let last = load<i32>(row, 4);
    for (let p = load<i32>(row); p < last; p++) {
      const at = (<usize>p) << 2;
      const other = load<f32>(scales + ((<usize>load<i32>(indices + at)) << 2));
      sum += <f64>(load<f32>(gradient + at) * load<f32>(values + at)) * <f64>other;
    }
    last = load<i32>(column, 4);
    for (let q = load<i32>(column); q < last; q++) {
      const at = (<usize>load<i32>(order + ((<usize>q) << 2))) << 2;
      const other = load<f32>(scales + ((<usize>load<i32>(rowIndices + ((<usize>q) << 2))) << 2));
      sum += <f64>(load<f32>(gradient + at) * load<f32>(values + at)) * <f64>other;
    }
    store<f32>(out + ((<usize>i) << 2), <f32>sum);
  }
}

/** rowPointers, columnIndices, rows, scale, gradient, t, into, accumulate, chunks: into[p] (+)= s_i s_j g_p − ½ s_i³ t_i. */
export function symmetricGradient(chunk: i32): void {
  const rowPointers = address(0);
  const indices = address(1);
  const rows = integer(2);
  const scales = address(3);
  const gradient = address(4);
  const sums = address(5);
  const into = address(6);
  const accumulate = integer(7) != 0;
  const chunks = integer(8);
  const end = firstRow(rowPointers, rows, chunk + 1, chunks);
  for (let i = firstRow(rowPointers, rows, chunk, chunks); i < end; i++) {
    const row = rowPointers + ((<usize>i) << 2);
    const last = load<i32>(row, 4);
    const scale = load<f32>(scales + ((<usize>i) << 2));
    const throughSum: f32 = <f32>0.5 * scale * scale * scale * load<f32>(sums + ((<usize>i) << 2));
    for (let p = load<i32>(row); p < last; p++) {
      const at = (<usize>p) << 2;
      const other = load<f32>(scales + ((<usize>load<i32>(indices + at)) << 2));
      const value: f32 = scale * other * load<f32>(gradient + at) - throughSum;
      store<f32>(into + at, accumulate ? load<f32>(into + at) + value : value);
    }
  }
}

/** values, positions, count, weight, out, grain: out[positions[p]] += weight · values[p]; -1 is skipped. */
export function scatterAddValues(chunk: i32): void {
  const values = address(0);
  const positions = address(1);
  const weight = real(3);
  const out = address(4);
  const grain = integer(5);
  const end = min(integer(2), (chunk + 1) * grain);
  for (let p = chunk * grain; p < end; p++) {
    const at = (<usize>p) << 2;
    const position = load<i32>(positions + at);
    if (position < 0) continue;
    const o = out + ((<usize>position) << 2);
    store<f32>(o, load<f32>(o) + weight * load<f32>(values + at));
  }
}

/** from, positions, count, weight, out, accumulate, grain: out[p] (+)= weight · from[positions[p]], 0 where -1. */
export function gatherValues(chunk: i32): void {
  const from = address(0);
  const positions = address(1);
  const weight = real(3);
  const out = address(4);
  const accumulate = integer(5) != 0;
  const grain = integer(6);
  const end = min(integer(2), (chunk + 1) * grain);
  for (let p = chunk * grain; p < end; p++) {
    const at = (<usize>p) << 2;
    const position = load<i32>(positions + at);
    const value: f32 = position < 0 ? 0 : weight * load<f32>(from + ((<usize>position) << 2));
    store<f32>(out + at, accumulate ? load<f32>(out + at) + value : value);
  }
}
