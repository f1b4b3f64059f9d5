/**
 * Kernels over the values of sparse matrices: the sampled product, row sums, the symmetric normalisation with its
 * gradient, and values gathered from or added to the positions of another pattern.
 */
import { address, integer, real } from "./control";
import { horizontalSum } from "./lanes";
import { firstRow } from "./row-chunks";

/** Two partial sums of a dot product, the even and the odd groups of four columns. */
@inline function dotSum(left: usize, right: usize, bytes: usize): v128 {
  let even = f32x4.splat(0);
  let odd = even;
  for (let c: usize = 0; c < bytes; c += 32) {
    even = f32x4.add(even, f32x4.mul(v128.load(left + c), v128.load(right + c)));
    odd = f32x4.add(odd, f32x4.mul(v128.load(left + c, 16), v128.load(right + c, 16)));
  }
  return f32x4.add(even, odd);
}

/** left · right_j for the entries [start, end) of a row; four at a time share the loads of `left` and the sum across lanes. */
function dotEntries(indices: usize, start: usize, end: usize, left: usize, right: usize, columns: i32, out: usize, accumulate: bool): void {
  const stride = (<usize>columns) << 2;
  const whole = (<usize>(columns & ~7)) << 2;
  let at = start;
  for (; whole == stride && at + 16 <= end; at += 16) {
    const r0 = right + <usize>load<i32>(indices + at) * stride;
    const r1 = right + <usize>load<i32>(indices + at, 4) * stride;
    const r2 = right + <usize>load<i32>(indices + at, 8) * stride;
    const r3 = right + <usize>load<i32>(indices + at, 12) * stride;
    let even0 = f32x4.splat(0);
    let even1 = even0;
    let even2 = even0;
    let even3 = even0;
    let odd0 = even0;
    let odd1 = even0;
    let odd2 = even0;
    let odd3 = even0;
    for (let c: usize = 0; c < whole; c += 32) {
      const l = v128.load(left + c);
      even0 = f32x4.add(even0, f32x4.mul(l, v128.load(r0 + c)));
      even1 = f32x4.add(even1, f32x4.mul(l, v128.load(r1 + c)));
      even2 = f32x4.add(even2, f32x4.mul(l, v128.load(r2 + c)));
      even3 = f32x4.add(even3, f32x4.mul(l, v128.load(r3 + c)));
      const m = v128.load(left + c, 16);
      odd0 = f32x4.add(odd0, f32x4.mul(m, v128.load(r0 + c, 16)));
      odd1 = f32x4.add(odd1, f32x4.mul(m, v128.load(r1 + c, 16)));
      odd2 = f32x4.add(odd2, f32x4.mul(m, v128.load(r2 + c, 16)));
      odd3 = f32x4.add(odd3, f32x4.mul(m, v128.load(r3 + c, 16)));
    }
    const s0 = f32x4.add(even0, odd0);
    const s1 = f32x4.add(even1, odd1);
    const s2 = f32x4.add(even2, odd2);
    const s3 = f32x4.add(even3, odd3);
    const s01 = f32x4.add(
      i8x16.shuffle(s0, s1, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
      i8x16.shuffle(s0, s1, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
    );
    const s23 = f32x4.add(
      i8x16.shuffle(s2, s3, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
      i8x16.shuffle(s2, s3, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
    );
    let sums = f32x4.add(
      i8x16.shuffle(s01, s23, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27),
      i8x16.shuffle(s01, s23, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31),
    );
    if (accumulate) sums = f32x4.add(v128.load(out + at), sums);
    v128.store(out + at, sums);
  }
  for (; at < end; at += 4) {
    const from = right + <usize>load<i32>(indices + at) * stride;
    let sum = horizontalSum(dotSum(left, from, whole));
    for (let c = whole; c < stride; c += 4) sum += load<f32>(left + c) * load<f32>(from + c);
    store<f32>(out + at, accumulate ? load<f32>(out + at) + sum : sum);
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
    dotEntries(indices, (<usize>first) << 2, (<usize>last) << 2, from, right, columns, out, accumulate);
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
