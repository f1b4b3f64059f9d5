/**
 * Smooth functions: the logistic family by element, softmax over rows, and their gradients.
 *   e^x = 2^n e^r with n = round(x / ln 2), |r| ≤ ½ ln 2 and e^r by the polynomial 1 + r + … of degree 6 whose largest relative error there
 * is least (below 4e-9), in float32, four lanes at a time, from additions and multiplications alone.
 */
import { address, integer, real } from "./control";
import { dotRows } from "./lanes";
import { firstRow } from "./row-chunks";

/** As `kernels/elements.ts`. */
const GRAIN: i32 = 16384;

/** Below this e^x is taken as 0. */
const LOWEST: f32 = -87;

/** 1.5 · 2²³: a float32 of that size has no fraction, so that adding it rounds, and leaves the rounded number in the last bits. */
const ROUNDING: f32 = 12582912;

/**
 * What `exponentials` multiplies and adds: 1 / ln 2, ROUNDING, ln 2 in two parts (the first has trailing zeros, so that its product with n is
 * exact), and the polynomial from its highest term. In memory, because a load is shorter than the instructions that put a constant of
 * four lanes together.
 */
const FACTORS: usize = memory.data<f32>([
  1.4426950408889634, ROUNDING, 0.693145751953125, 1.428606820309417e-6, 0.0013814540025834827, 0.00836874511258451,
  0.04166839078658199, 0.16666520399002938, 0.499999934321145, 1, LOWEST,
]);

@inline function factor(index: usize): v128 {
  return v128.load_splat<f32>(FACTORS + (index << 2));
}

/** e^x for x ≤ 0. */
@inline function exponentials(x: v128): v128 {
  const rounding = factor(1);
  const rounded = f32x4.add(f32x4.mul(x, factor(0)), rounding);
  const n = f32x4.sub(rounded, rounding);
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, factor(2))), f32x4.mul(n, factor(3)));
  let sum = f32x4.add(f32x4.mul(factor(4), r), factor(5));
  sum = f32x4.add(f32x4.mul(sum, r), factor(6));
  sum = f32x4.add(f32x4.mul(sum, r), factor(7));
  sum = f32x4.add(f32x4.mul(sum, r), factor(8));
  const ones = factor(9);
  sum = f32x4.add(f32x4.mul(sum, r), ones);
  sum = f32x4.add(f32x4.mul(sum, r), ones);
  // n is added to the exponent: the result stays a normal number down to LOWEST.
  const power = i32x4.add(sum, i32x4.shl(rounded, 23));
  return v128.and(power, f32x4.ge(x, factor(10)));
}

/** 1 / (1 + e^−x): e^−|x| / (1 + e^−|x|) or 1 / (1 + e^−|x|), so that nothing overflows. */
@inline function logistics(x: v128): v128 {
  const power = exponentials(f32x4.neg(f32x4.abs(x)));
  const ones = f32x4.splat(1);
  const above = v128.bitselect(ones, power, f32x4.ge(x, f32x4.splat(0)));
  return f32x4.div(above, f32x4.add(ones, power));
}

@inline function logisticOf(x: v128, steepness: v128, height: v128, base: v128): v128 {
  return f32x4.add(base, f32x4.mul(height, logistics(f32x4.mul(steepness, x))));
}

/** x, out, length, steepness, height, base: base + height / (1 + e^(−steepness x)). */
export function logistic(chunk: i32): void {
  const x = address(0);
  const out = address(1);
  const end = min(integer(2), (chunk + 1) * GRAIN);
  const steepness = f32x4.splat(real(3));
  const height = f32x4.splat(real(4));
  const base = f32x4.splat(real(5));
  let e = chunk * GRAIN;
  for (; e + 4 <= end; e += 4) {
    const at = (<usize>e) << 2;
    v128.store(out + at, logisticOf(v128.load(x + at), steepness, height, base));
  }
  for (; e < end; e++) {
    const at = (<usize>e) << 2;
    store<f32>(out + at, f32x4.extract_lane(logisticOf(v128.load32_splat(x + at), steepness, height, base), 0));
  }
}

@inline function slopes(y: v128, gradient: v128, factor: v128, height: v128, base: v128): v128 {
  const above = f32x4.sub(y, base);
  return f32x4.mul(f32x4.mul(factor, gradient), f32x4.mul(above, f32x4.sub(height, above)));
}

/** y, gradient, into, length, steepness / height, height, base, accumulate: gradient (steepness / height) (y − base) (height − (y − base)). */
export function logisticGradient(chunk: i32): void {
  const y = address(0);
  const gradient = address(1);
  const into = address(2);
  const end = min(integer(3), (chunk + 1) * GRAIN);
  const factor = f32x4.splat(real(4));
  const height = f32x4.splat(real(5));
  const base = f32x4.splat(real(6));
  const accumulate = integer(7) != 0;
  let e = chunk * GRAIN;
  for (; e + 4 <= end; e += 4) {
    const at = (<usize>e) << 2;
    let own = slopes(v128.load(y + at), v128.load(gradient + at), factor, height, base);
    if (accumulate) own = f32x4.add(v128.load(into + at), own);
    v128.store(into + at, own);
  }
  for (; e < end; e++) {
    const at = (<usize>e) << 2;
    let own = f32x4.extract_lane(
      slopes(v128.load32_splat(y + at), v128.load32_splat(gradient + at), factor, height, base),
      0,
    );
    if (accumulate) own = load<f32>(into + at) + own;
    store<f32>(into + at, own);
  }
}

/** e^(sharpness (x − top)) for the four numbers at x. */
@inline function powersBelow(x: usize, top: v128, sharpness: v128): v128 {
  return exponentials(f32x4.mul(sharpness, f32x4.sub(v128.load(x), top)));
}

@inline function upperHalf(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

/** x, out, largest, totals, rows, columns, sharpness, rows a chunk. Sums are taken in float64, of float32 sums of four. */
export function softmaxRows(chunk: i32): void {
  const columns = integer(5);
  const sharpness = real(6);
  const grain = integer(7);
  const end = min(integer(4), (chunk + 1) * grain);
  const stride = (<usize>columns) << 2;
  const whole = stride & ~15;
  const sharp = f32x4.splat(sharpness);
  for (let i = chunk * grain; i < end; i++) {
    const x = address(0) + <usize>i * stride;
    const out = address(1) + <usize>i * stride;
    let tops = f32x4.splat(-Infinity);
    for (let c: usize = 0; c < whole; c += 16) tops = f32x4.pmax(tops, v128.load(x + c));
    let top = max(
      max(f32x4.extract_lane(tops, 0), f32x4.extract_lane(tops, 1)),
      max(f32x4.extract_lane(tops, 2), f32x4.extract_lane(tops, 3)),
    );
    for (let c = whole; c < stride; c += 4) top = max(top, load<f32>(x + c));
    tops = f32x4.splat(top);
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let c: usize = 0;
    for (; c + 64 <= stride; c += 64) {
      const p0 = powersBelow(x + c, tops, sharp);
      const p1 = powersBelow(x + c + 16, tops, sharp);
      const p2 = powersBelow(x + c + 32, tops, sharp);
      const p3 = powersBelow(x + c + 48, tops, sharp);
      v128.store(out + c, p0);
      v128.store(out + c, p1, 16);
      v128.store(out + c, p2, 32);
      v128.store(out + c, p3, 48);
      const four = f32x4.add(f32x4.add(p0, p1), f32x4.add(p2, p3));
      low = f64x2.add(low, f64x2.promote_low_f32x4(four));
      high = f64x2.add(high, f64x2.promote_low_f32x4(upperHalf(four)));
    }
    for (; c < whole; c += 16) {
      const power = powersBelow(x + c, tops, sharp);
      v128.store(out + c, power);
      low = f64x2.add(low, f64x2.promote_low_f32x4(power));
      high = f64x2.add(high, f64x2.promote_low_f32x4(upperHalf(power)));
    }
    const sums = f64x2.add(low, high);
    let total = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    for (let c = whole; c < stride; c += 4) {
      const power = f32x4.extract_lane(
        exponentials(f32x4.mul(sharp, f32x4.sub(v128.load32_splat(x + c), tops))),
        0,
      );
      store<f32>(out + c, power);
      total += <f64>power;
    }
    const share = <f32>(1 / total);
    const shares = f32x4.splat(share);
    for (let c: usize = 0; c < whole; c += 16) v128.store(out + c, f32x4.mul(v128.load(out + c), shares));
    for (let c = whole; c < stride; c += 4) store<f32>(out + c, load<f32>(out + c) * share);
    store<f32>(address(2) + ((<usize>i) << 2), top);
    store<f32>(address(3) + ((<usize>i) << 2), <f32>total);
  }
}

/** y, gradient, into, rows, columns, sharpness, accumulate, rows a chunk: sharpness y ∘ (gradient − gradient · y). */
export function softmaxRowsGradient(chunk: i32): void {
  const columns = integer(4);
  const sharpness = real(5);
  const accumulate = integer(6) != 0;
  const grain = integer(7);
  const end = min(integer(3), (chunk + 1) * grain);
  const stride = (<usize>columns) << 2;
  const whole = stride & ~15;
  const sharp = f32x4.splat(sharpness);
  for (let i = chunk * grain; i < end; i++) {
    const y = address(0) + <usize>i * stride;
    const gradient = address(1) + <usize>i * stride;
    const into = address(2) + <usize>i * stride;
    const inner = dotRows(y, gradient, columns);
    const inners = f32x4.splat(inner);
    for (let c: usize = 0; c < whole; c += 16) {
      let own = f32x4.mul(f32x4.mul(sharp, v128.load(y + c)), f32x4.sub(v128.load(gradient + c), inners));
      if (accumulate) own = f32x4.add(v128.load(into + c), own);
      v128.store(into + c, own);
    }
    for (let c = whole; c < stride; c += 4) {
      let own = sharpness * load<f32>(y + c) * (load<f32>(gradient + c) - inner);
      if (accumulate) own = load<f32>(into + c) + own;
      store<f32>(into + c, own);
    }
  }
}

/**
 * rowPointers, rows, values, out, chunks: softmax over the entries of each row of a sparse matrix. The entries of a chunk's rows lie side by
 * side, so that their powers are taken four at a time however short the rows are.
 */
export function softmaxEntries(chunk: i32): void {
  const rowPointers = address(0);
  const rows = integer(1);
  const values = address(2);
  const out = address(3);
  const chunks = integer(4);
  const first = firstRow(rowPointers, rows, chunk, chunks);
  const end = firstRow(rowPointers, rows, chunk + 1, chunks);
  for (let i = first; i < end; i++) {
    const row = rowPointers + ((<usize>i) << 2);
    const last = (<usize>load<i32>(row, 4)) << 2;
    const start = (<usize>load<i32>(row)) << 2;
    let top: f32 = -Infinity;
    for (let at = start; at < last; at += 4) {
      const value = load<f32>(values + at);
      if (value > top) top = value;
    }
    // A row of −∞ alone: nothing has a share.
    if (top == -Infinity) top = 0;
    for (let at = start; at < last; at += 4) store<f32>(out + at, load<f32>(values + at) - top);
  }
  let at = (<usize>load<i32>(rowPointers + ((<usize>first) << 2))) << 2;
  const stop = (<usize>load<i32>(rowPointers + ((<usize>end) << 2))) << 2;
  for (; at + 16 <= stop; at += 16) v128.store(out + at, exponentials(v128.load(out + at)));
  for (; at < stop; at += 4) store<f32>(out + at, f32x4.extract_lane(exponentials(v128.load32_splat(out + at)), 0));
  for (let i = first; i < end; i++) {
    const row = rowPointers + ((<usize>i) << 2);
    const last = (<usize>load<i32>(row, 4)) << 2;
    const start = (<usize>load<i32>(row)) << 2;
    let total: f64 = 0;
    for (let p = start; p < last; p += 4) total += <f64>load<f32>(out + p);
    const share = total > 0 ? <f32>(1 / total) : 0;
    for (let p = start; p < last; p += 4) store<f32>(out + p, load<f32>(out + p) * share);
  }
}

/** rowPointers, rows, y, gradient, into, accumulate, chunks: y ∘ (gradient − Σ over the row of gradient ∘ y). */
export function softmaxEntriesGradient(chunk: i32): void {
  const rowPointers = address(0);
  const rows = integer(1);
  const y = address(2);
  const gradient = address(3);
  const into = address(4);
  const accumulate = integer(5) != 0;
  const chunks = integer(6);
  const end = firstRow(rowPointers, rows, chunk + 1, chunks);
  for (let i = firstRow(rowPointers, rows, chunk, chunks); i < end; i++) {
    const row = rowPointers + ((<usize>i) << 2);
    const last = (<usize>load<i32>(row, 4)) << 2;
    const start = (<usize>load<i32>(row)) << 2;
    let total: f64 = 0;
    for (let at = start; at < last; at += 4) total += <f64>(load<f32>(y + at) * load<f32>(gradient + at));
    const inner = <f32>total;
    for (let at = start; at < last; at += 4) {
      const own = load<f32>(y + at) * (load<f32>(gradient + at) - inner);
      store<f32>(into + at, accumulate ? load<f32>(into + at) + own : own);
    }
  }
}
