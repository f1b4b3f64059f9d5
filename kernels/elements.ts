/**
 * Element-wise kernels: one pass over flat arrays, four lanes at a time, chunks of GRAIN elements.
 * Arguments are named in the order in which the engine writes them.
 */
import { address, integer, real } from "./control";

/** Elements a chunk. */
export const GRAIN: i32 = 16384;

@inline function chunkEnd(chunk: i32, length: i32): i32 {
  return min(length, (chunk + 1) * GRAIN);
}

@inline function at(array: usize, element: i32): usize {
  return array + ((<usize>element) << 2);
}

/** out, bytes, grain in bytes. */
export function zero(chunk: i32): void {
  const bytes = <usize>integer(1);
  const grain = <usize>integer(2);
  const first = <usize>chunk * grain;
  memory.fill(address(0) + first, 0, min(grain, bytes - first));
}

/** out, length, value. */
export function fill(chunk: i32): void {
  const out = address(0);
  const end = chunkEnd(chunk, integer(1));
  const value = real(2);
  const values = f32x4.splat(value);
  let e = chunk * GRAIN;
  for (; e + 16 <= end; e += 16) {
    const o = at(out, e);
    v128.store(o, values);
    v128.store(o, values, 16);
    v128.store(o, values, 32);
    v128.store(o, values, 48);
  }
  for (; e < end; e++) store<f32>(at(out, e), value);
}

/** x, out, length, alpha, accumulate. */
export function scale(chunk: i32): void {
  const x = address(0);
  const out = address(1);
  const end = chunkEnd(chunk, integer(2));
  const alpha = real(3);
  const accumulate = integer(4) != 0;
  const alphas = f32x4.splat(alpha);
  let e = chunk * GRAIN;
  if (accumulate) {
    for (; e + 8 <= end; e += 8) {
      const i = at(x, e);
      const o = at(out, e);
      v128.store(o, f32x4.add(v128.load(o), f32x4.mul(alphas, v128.load(i))));
      v128.store(o, f32x4.add(v128.load(o, 16), f32x4.mul(alphas, v128.load(i, 16))), 16);
    }
    for (; e < end; e++) store<f32>(at(out, e), load<f32>(at(out, e)) + alpha * load<f32>(at(x, e)));
  } else {
    for (; e + 8 <= end; e += 8) {
      const i = at(x, e);
      const o = at(out, e);
      const low = f32x4.mul(alphas, v128.load(i));
      const high = f32x4.mul(alphas, v128.load(i, 16));
      v128.store(o, low);
      v128.store(o, high, 16);
    }
    for (; e < end; e++) store<f32>(at(out, e), alpha * load<f32>(at(x, e)));
  }
}

/** a, b, out, length, accumulate. */
export function multiplyElements(chunk: i32): void {
  const a = address(0);
  const b = address(1);
  const out = address(2);
  const end = chunkEnd(chunk, integer(3));
  const accumulate = integer(4) != 0;
  let e = chunk * GRAIN;
  if (accumulate) {
    for (; e + 4 <= end; e += 4) {
      v128.store(at(out, e), f32x4.add(v128.load(at(out, e)), f32x4.mul(v128.load(at(a, e)), v128.load(at(b, e)))));
    }
    for (; e < end; e++) store<f32>(at(out, e), load<f32>(at(out, e)) + load<f32>(at(a, e)) * load<f32>(at(b, e)));
  } else {
    for (; e + 4 <= end; e += 4) v128.store(at(out, e), f32x4.mul(v128.load(at(a, e)), v128.load(at(b, e))));
    for (; e < end; e++) store<f32>(at(out, e), load<f32>(at(a, e)) * load<f32>(at(b, e)));
  }
}

/** x, out, length, slope. */
export function leakyRelu(chunk: i32): void {
  const x = address(0);
  const out = address(1);
  const end = chunkEnd(chunk, integer(2));
  const slope = real(3);
  const slopes = f32x4.splat(slope);
  const zeros = f32x4.splat(0);
  let e = chunk * GRAIN;
  for (; e + 4 <= end; e += 4) {
    const v = v128.load(at(x, e));
    v128.store(at(out, e), v128.bitselect(v, f32x4.mul(v, slopes), f32x4.gt(v, zeros)));
  }
  for (; e < end; e++) {
    const v = load<f32>(at(x, e));
    store<f32>(at(out, e), v > 0 ? v : v * slope);
  }
}

/** x, gradient, into, length, slope, accumulate. */
export function leakyReluGradient(chunk: i32): void {
  const x = address(0);
  const gradient = address(1);
  const into = address(2);
  const end = chunkEnd(chunk, integer(3));
  const slope = real(4);
  const accumulate = integer(5) != 0;
  const slopes = f32x4.splat(slope);
  const zeros = f32x4.splat(0);
  let e = chunk * GRAIN;
  for (; e + 4 <= end; e += 4) {
    const g = v128.load(at(gradient, e));
    let v = v128.bitselect(g, f32x4.mul(g, slopes), f32x4.gt(v128.load(at(x, e)), zeros));
    if (accumulate) v = f32x4.add(v128.load(at(into, e)), v);
    v128.store(at(into, e), v);
  }
  for (; e < end; e++) {
    const g = load<f32>(at(gradient, e));
    let v = load<f32>(at(x, e)) > 0 ? g : g * slope;
    if (accumulate) v = load<f32>(at(into, e)) + v;
    store<f32>(at(into, e), v);
  }
}

@inline function mixedBits(key: i32, element: i32): i32 {
  let h = (element ^ key) * <i32>0x9e3779b1;
  h = ((h ^ (h >>> 16)) * <i32>0x85ebca6b) ^ (key * <i32>0xc2b2ae35);
  h = (h ^ (h >>> 13)) * <i32>0x27d4eb2f;
  h = (h ^ (h >>> 16)) * <i32>0x165667b1;
  return h ^ (h >>> 15);
}

/** x, out, length, key, threshold (rate · 2²⁴, rounded down), 1 / (1 − rate), accumulate. */
export function dropout(chunk: i32): void {
  const x = address(0);
  const out = address(1);
  const end = chunkEnd(chunk, integer(2));
  const key = integer(3);
  const threshold = integer(4);
  const factor = real(5);
  const accumulate = integer(6) != 0;
  const keys = i32x4.splat(key);
  const keyTerm = i32x4.splat(key * <i32>0xc2b2ae35);
  const thresholds = i32x4.splat(threshold - 1);
  const factors = f32x4.splat(factor);
  let e = chunk * GRAIN;
  let elements = i32x4.add(i32x4.splat(e), i32x4(0, 1, 2, 3));
  for (; e + 4 <= end; e += 4) {
    let h = i32x4.mul(v128.xor(elements, keys), i32x4.splat(<i32>0x9e3779b1));
    h = v128.xor(i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(<i32>0x85ebca6b)), keyTerm);
    h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(<i32>0x27d4eb2f));
    h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(<i32>0x165667b1));
    h = i32x4.shr_u(v128.xor(h, i32x4.shr_u(h, 15)), 8);
    let v = v128.and(f32x4.mul(v128.load(at(x, e)), factors), i32x4.gt_s(h, thresholds));
    if (accumulate) v = f32x4.add(v128.load(at(out, e)), v);
    v128.store(at(out, e), v);
    elements = i32x4.add(elements, i32x4.splat(4));
  }
  for (; e < end; e++) {
    let v: f32 = (mixedBits(key, e) >>> 8) >= threshold ? load<f32>(at(x, e)) * factor : 0;
    if (accumulate) v = load<f32>(at(out, e)) + v;
    store<f32>(at(out, e), v);
  }
}

/** a, b, length, partials: one float64 a chunk. */
export function dot(chunk: i32): void {
  const a = address(0);
  const b = address(1);
  const end = chunkEnd(chunk, integer(2));
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let e = chunk * GRAIN;
  for (; e + 4 <= end; e += 4) {
    const u = v128.load(at(a, e));
    const v = v128.load(at(b, e));
    low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(u), f64x2.promote_low_f32x4(v)));
    const uHigh = i8x16.shuffle(u, u, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    const vHigh = i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    high = f64x2.add(high, f64x2.mul(f64x2.promote_low_f32x4(uHigh), f64x2.promote_low_f32x4(vHigh)));
  }
  const sum = f64x2.add(low, high);
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  for (; e < end; e++) total += <f64>load<f32>(at(a, e)) * <f64>load<f32>(at(b, e));
  store<f64>(address(3) + ((<usize>chunk) << 3), total);
}

/** x, which, out, winners, length: where x > out, out = x and winners = which. */
export function keepLarger(chunk: i32): void {
  const x = address(0);
  const which = integer(1);
  const out = address(2);
  const winners = address(3);
  const end = chunkEnd(chunk, integer(4));
  const whichs = i32x4.splat(which);
  let e = chunk * GRAIN;
  for (; e + 4 <= end; e += 4) {
    const at = (<usize>e) << 2;
    const value = v128.load(x + at);
    const known = v128.load(out + at);
    const larger = f32x4.gt(value, known);
    v128.store(out + at, v128.bitselect(value, known, larger));
    v128.store(winners + at, v128.bitselect(whichs, v128.load(winners + at), larger));
  }
  for (; e < end; e++) {
    const at = (<usize>e) << 2;
    const value = load<f32>(x + at);
    if (value > load<f32>(out + at)) {
      store<f32>(out + at, value);
      store<i32>(winners + at, which);
    }
  }
}

/** gradient, winners, which, into, length, accumulate: the gradient where `which` has won, 0 elsewhere. */
export function winnersGradient(chunk: i32): void {
  const gradient = address(0);
  const winners = address(1);
  const which = integer(2);
  const into = address(3);
  const end = chunkEnd(chunk, integer(4));
  const accumulate = integer(5) != 0;
  const whichs = i32x4.splat(which);
  let e = chunk * GRAIN;
  for (; e + 4 <= end; e += 4) {
    const at = (<usize>e) << 2;
    let own = v128.and(v128.load(gradient + at), i32x4.eq(v128.load(winners + at), whichs));
    if (accumulate) own = f32x4.add(v128.load(into + at), own);
    v128.store(into + at, own);
  }
  for (; e < end; e++) {
    const at = (<usize>e) << 2;
    const own: f32 = load<i32>(winners + at) == which ? load<f32>(gradient + at) : 0;
    store<f32>(into + at, accumulate ? load<f32>(into + at) + own : own);
  }
}
