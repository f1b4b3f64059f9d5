/**
 * Smooth functions: the logistic family by element, softmax over rows, and their gradients.
 *   e^x = 2^n e^r with n = round(x / ln 2), |r| ≤ ½ ln 2 and e^r by its Taylor polynomial of degree 7 (error below 1e-8),
 * in float32, four lanes at a time, from additions and multiplications alone.
 */
import { address, integer, real } from "./control";
import { dotRows } from "./lanes";

/** As `kernels/elements.ts`. */
const GRAIN: i32 = 16384;

/** Below this e^x is taken as 0. */
const LOWEST: f32 = -87;

/** e^x for x ≤ 0. */
@inline function exponentials(x: v128): v128 {
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.4426950408889634)));
  // ln 2 in two parts, the first with trailing zeros, so that its product with n is exact.
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693145751953125)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(1.428606820309417e-6)));
  let sum = f32x4.splat(1 / 5040.0);
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1 / 720.0));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1 / 120.0));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1 / 24.0));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1 / 6.0));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(0.5));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.and(f32x4.mul(sum, scale), f32x4.ge(x, f32x4.splat(LOWEST)));
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

/** x, out, largest, totals, rows, columns, sharpness, rows a chunk. Sums are taken in float64. */
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
    for (let c: usize = 0; c < whole; c += 16) tops = f32x4.max(tops, v128.load(x + c));
    let top = max(
      max(f32x4.extract_lane(tops, 0), f32x4.extract_lane(tops, 1)),
      max(f32x4.extract_lane(tops, 2), f32x4.extract_lane(tops, 3)),
    );
    for (let c = whole; c < stride; c += 4) top = max(top, load<f32>(x + c));
    tops = f32x4.splat(top);
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let c: usize = 0; c < whole; c += 16) {
      const power = exponentials(f32x4.mul(sharp, f32x4.sub(v128.load(x + c), tops)));
      v128.store(out + c, power);
      low = f64x2.add(low, f64x2.promote_low_f32x4(power));
      const upper = i8x16.shuffle(power, power, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
      high = f64x2.add(high, f64x2.promote_low_f32x4(upper));
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
