/**
 * Kernels over rows of dense matrices: gather, scatter-add, ranges of columns, column sums, L2 normalisation and its gradient.
 */
import { address, integer, real } from "./control";
import { add4, dotRows } from "./lanes";

/** x, rows, out, count, columns, weight, accumulate, grain: out[t] (+)= weight · x[rows[t]]. */
export function gatherRows(chunk: i32): void {
  const x = address(0);
  const rows = address(1);
  const out = address(2);
  const columns = integer(4);
  const weight = real(5);
  const accumulate = integer(6) != 0;
  const grain = integer(7);
  const end = min(integer(3), (chunk + 1) * grain);
  const stride = (<usize>columns) << 2;
  for (let t = chunk * grain; t < end; t++) {
    const from = x + <usize>load<i32>(rows + ((<usize>t) << 2)) * stride;
    add4(from, out + <usize>t * stride, columns, weight, accumulate);
  }
}

/**
 * x, rows, out, count, columns, weight, grain: out[rows[t]] += weight · x[t] for a range of columns a chunk, so that
 * repeated rows add up in the order of t whoever computes them.
 */
export function scatterAddRows(chunk: i32): void {
  const rows = address(1);
  const count = integer(3);
  const columns = integer(4);
  const weight = real(5);
  const grain = integer(6);
  const first = chunk * grain;
  const width = min(grain, columns - first);
  const stride = (<usize>columns) << 2;
  const x = address(0) + ((<usize>first) << 2);
  const out = address(2) + ((<usize>first) << 2);
  for (let t = 0; t < count; t++) {
    const into = out + <usize>load<i32>(rows + ((<usize>t) << 2)) * stride;
    add4(x + <usize>t * stride, into, width, weight, true);
  }
}

/** x, its columns, first, out, its columns, first there, rows, how many columns, accumulate, rows a chunk. */
export function copyColumns(chunk: i32): void {
  const fromStride = (<usize>integer(1)) << 2;
  const toStride = (<usize>integer(4)) << 2;
  const count = integer(7);
  const accumulate = integer(8) != 0;
  const grain = integer(9);
  const first = <usize>(chunk * grain);
  const rows = min(integer(6), (chunk + 1) * grain) - chunk * grain;
  let x = address(0) + ((<usize>integer(2)) << 2) + first * fromStride;
  let out = address(3) + ((<usize>integer(5)) << 2) + first * toStride;
  for (let i = 0; i < rows; i++) {
    add4(x, out, count, 1, accumulate);
    x += fromStride;
    out += toStride;
  }
}

/** a, out, rows, columns, accumulate, grain: sums in float64 of float32 sums of 64 rows. */
export function columnSums(chunk: i32): void {
  const a = address(0);
  const out = address(1);
  const rows = integer(2);
  const columns = integer(3);
  const accumulate = integer(4) != 0;
  const grain = integer(5);
  const end = min(columns, (chunk + 1) * grain);
  const stride = (<usize>columns) << 2;
  let j = chunk * grain;
  for (; j + 4 <= end; j += 4) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    const column = a + ((<usize>j) << 2);
    for (let first = 0; first < rows; first += 64) {
      const last = min(rows, first + 64);
      let sum = f32x4.splat(0);
      let p = column + <usize>first * stride;
      for (let i = first; i < last; i++) {
        sum = f32x4.add(sum, v128.load(p));
        p += stride;
      }
      low = f64x2.add(low, f64x2.promote_low_f32x4(sum));
      const upper = i8x16.shuffle(sum, sum, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
      high = f64x2.add(high, f64x2.promote_low_f32x4(upper));
    }
    const lowSum = f32x4.demote_f64x2_zero(low);
    const highSum = f32x4.demote_f64x2_zero(high);
    let sum = i8x16.shuffle(lowSum, highSum, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    const o = out + ((<usize>j) << 2);
    if (accumulate) sum = f32x4.add(v128.load(o), sum);
    v128.store(o, sum);
  }
  for (; j < end; j++) {
    let total: f64 = 0;
    for (let first = 0; first < rows; first += 64) {
      const last = min(rows, first + 64);
      let sum: f32 = 0;
      for (let i = first; i < last; i++) sum += load<f32>(a + <usize>i * stride + ((<usize>j) << 2));
      total += <f64>sum;
    }
    const o = out + ((<usize>j) << 2);
    store<f32>(o, accumulate ? load<f32>(o) + <f32>total : <f32>total);
  }
}

const SMALLEST_NORM: f32 = 1e-12;

/** out = x / divisor; dividing keeps a row of one element at exactly ±1. */
@inline function divideRow(x: usize, out: usize, columns: i32, divisor: f32): void {
  const divisors = f32x4.splat(divisor);
  const bytes = (<usize>columns) << 2;
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(out + at, f32x4.div(v128.load(x + at), divisors));
  for (; at < bytes; at += 4) store<f32>(out + at, load<f32>(x + at) / divisor);
}

/** x, out, norms, rows, columns, grain. */
export function normaliseRows(chunk: i32): void {
  const x = address(0);
  const out = address(1);
  const norms = address(2);
  const columns = integer(4);
  const grain = integer(5);
  const end = min(integer(3), (chunk + 1) * grain);
  const stride = (<usize>columns) << 2;
  for (let i = chunk * grain; i < end; i++) {
    const row = x + <usize>i * stride;
    const norm = max(sqrt(dotRows(row, row, columns)), SMALLEST_NORM);
    store<f32>(norms + ((<usize>i) << 2), norm);
    divideRow(row, out + <usize>i * stride, columns, norm);
  }
}

/** y, norms, gradient, into, rows, columns, accumulate, grain: into (+)= (g − (g · y) y) / norm. */
export function normaliseRowsGradient(chunk: i32): void {
  const y = address(0);
  const norms = address(1);
  const gradient = address(2);
  const into = address(3);
  const columns = integer(5);
  const accumulate = integer(6) != 0;
  const grain = integer(7);
  const end = min(integer(4), (chunk + 1) * grain);
  const stride = (<usize>columns) << 2;
  for (let i = chunk * grain; i < end; i++) {
    const norm = load<f32>(norms + ((<usize>i) << 2));
    const g = gradient + <usize>i * stride;
    const row = y + <usize>i * stride;
    const o = into + <usize>i * stride;
    const inverse: f32 = <f32>1 / norm;
    const projection: f32 = norm <= SMALLEST_NORM ? 0 : dotRows(g, row, columns);
    const inverses = f32x4.splat(inverse);
    const projections = f32x4.splat(projection);
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const c = (<usize>j) << 2;
      let v = f32x4.mul(f32x4.sub(v128.load(g + c), f32x4.mul(v128.load(row + c), projections)), inverses);
      if (accumulate) v = f32x4.add(v128.load(o + c), v);
      v128.store(o + c, v);
    }
    for (; j < columns; j++) {
      const c = (<usize>j) << 2;
      let v = (load<f32>(g + c) - load<f32>(row + c) * projection) * inverse;
      if (accumulate) v = load<f32>(o + c) + v;
      store<f32>(o + c, v);
    }
  }
}
