/**
 * The BPR loss with its gradient and Adam's update.
 *   ranking = mean of softplus(−x), x = ŷ_ui − ŷ_uj; its slope with respect to x is −σ(−x) / n.
 * Exponential and logarithm are polynomials in float64, so that their last bits are the same on every machine.
 */
import { address, integer, real } from "./control";
import { horizontalSum } from "./lanes";

/** Triples a chunk of `bprScores`. */
const TRIPLES: i32 = 64;

/** e^x for x ≤ 0: 2^n · e^r with |r| ≤ ½ ln 2 and a Taylor polynomial, below 1e-15 relative. */
function exponential(x: f64): f64 {
  if (x < -700) return 0;
  const n = nearest(x * 1.4426950408889634);
  const r = x - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
  let sum: f64 = 1 / 6227020800.0;
  sum = sum * r + 1 / 479001600.0;
  sum = sum * r + 1 / 39916800.0;
  sum = sum * r + 1 / 3628800.0;
  sum = sum * r + 1 / 362880.0;
  sum = sum * r + 1 / 40320.0;
  sum = sum * r + 1 / 5040.0;
  sum = sum * r + 1 / 720.0;
  sum = sum * r + 1 / 120.0;
  sum = sum * r + 1 / 24.0;
  sum = sum * r + 1 / 6.0;
  sum = sum * r + 0.5;
  sum = sum * r + 1;
  sum = sum * r + 1;
  return sum * reinterpret<f64>((<i64>n + 1023) << 52);
}

/** ln(1 + e) for 0 ≤ e ≤ 1: 2 artanh(s), s = e / (2 + e) ≤ ⅓. */
function logarithmOfOnePlus(e: f64): f64 {
  const s = e / (2 + e);
  const q = s * s;
  let sum: f64 = 1 / 31.0;
  sum = sum * q + 1 / 29.0;
  sum = sum * q + 1 / 27.0;
  sum = sum * q + 1 / 25.0;
  sum = sum * q + 1 / 23.0;
  sum = sum * q + 1 / 21.0;
  sum = sum * q + 1 / 19.0;
  sum = sum * q + 1 / 17.0;
  sum = sum * q + 1 / 15.0;
  sum = sum * q + 1 / 13.0;
  sum = sum * q + 1 / 11.0;
  sum = sum * q + 1 / 9.0;
  sum = sum * q + 1 / 7.0;
  sum = sum * q + 1 / 5.0;
  sum = sum * q + 1 / 3.0;
  sum = sum * q + 1;
  return 2 * s * sum;
}

/**
 * users, items, user slots, positive slots, negative slots, count, columns, 7 slopes, 8 losses, 9 squares (one float64 a chunk each):
 * slopes[t] = −σ(−x_t) / n.
 */
export function bprScores(chunk: i32): void {
  const users = address(0);
  const items = address(1);
  const userSlots = address(2);
  const positiveSlots = address(3);
  const negativeSlots = address(4);
  const count = integer(5);
  const columns = integer(6);
  const slopes = address(7);
  const stride = (<usize>columns) << 2;
  const end = min(count, (chunk + 1) * TRIPLES);
  let loss: f64 = 0;
  let squares: f64 = 0;
  for (let t = chunk * TRIPLES; t < end; t++) {
    const at = (<usize>t) << 2;
    const user = users + <usize>load<i32>(userSlots + at) * stride;
    const positive = items + <usize>load<i32>(positiveSlots + at) * stride;
    const negative = items + <usize>load<i32>(negativeSlots + at) * stride;
    let margin = f32x4.splat(0);
    let square = margin;
    let c: usize = 0;
    for (; c + 16 <= stride; c += 16) {
      const u = v128.load(user + c);
      const i = v128.load(positive + c);
      const j = v128.load(negative + c);
      margin = f32x4.add(margin, f32x4.mul(u, f32x4.sub(i, j)));
      square = f32x4.add(square, f32x4.add(f32x4.mul(u, u), f32x4.add(f32x4.mul(i, i), f32x4.mul(j, j))));
    }
    let x = <f64>horizontalSum(margin);
    squares += <f64>horizontalSum(square);
    for (; c < stride; c += 4) {
      const u = load<f32>(user + c);
      const i = load<f32>(positive + c);
      const j = load<f32>(negative + c);
      x += <f64>(u * (i - j));
      squares += <f64>(u * u + (i * i + j * j));
    }
    const e = exponential(-abs(x));
    loss += logarithmOfOnePlus(e) + max(-x, 0);
    const slope = x >= 0 ? e / (1 + e) : 1 / (1 + e);
    store<f32>(slopes + at, <f32>(-slope / <f64>count));
  }
  store<f64>(address(8) + ((<usize>chunk) << 3), loss);
  store<f64>(address(9) + ((<usize>chunk) << 3), squares);
}

/**
 * As `bprScores`, with 8 user gradient, 9 item gradient, 10 decay = regularisation / batch size, 11 columns a chunk. A chunk is a range of columns
 * over all triples in order, so that repeated slots add up the same way whoever computes them.
 */
export function bprGradients(chunk: i32): void {
  const count = integer(5);
  const columns = integer(6);
  const slopes = address(7);
  const decay = real(10);
  const grain = integer(11);
  const first = chunk * grain;
  const width = min(grain, columns - first);
  const stride = (<usize>columns) << 2;
  const skip = (<usize>first) << 2;
  const decays = f32x4.splat(decay);
  for (let t = 0; t < count; t++) {
    const at = (<usize>t) << 2;
    const user = <usize>load<i32>(address(2) + at) * stride + skip;
    const positive = <usize>load<i32>(address(3) + at) * stride + skip;
    const negative = <usize>load<i32>(address(4) + at) * stride + skip;
    let u = address(0) + user;
    let i = address(1) + positive;
    let j = address(1) + negative;
    let gu = address(8) + user;
    let gi = address(9) + positive;
    let gj = address(9) + negative;
    const slope = load<f32>(slopes + at);
    const slopesOf = f32x4.splat(slope);
    let c = 0;
    for (; c + 4 <= width; c += 4) {
      const uv = v128.load(u);
      const iv = v128.load(i);
      const jv = v128.load(j);
      v128.store(gu, f32x4.add(v128.load(gu), f32x4.add(f32x4.mul(slopesOf, f32x4.sub(iv, jv)), f32x4.mul(decays, uv))));
      const pull = f32x4.mul(slopesOf, uv);
      v128.store(gi, f32x4.add(v128.load(gi), f32x4.add(pull, f32x4.mul(decays, iv))));
      v128.store(gj, f32x4.add(v128.load(gj), f32x4.sub(f32x4.mul(decays, jv), pull)));
      u += 16;
      i += 16;
      j += 16;
      gu += 16;
      gi += 16;
      gj += 16;
    }
    for (; c < width; c++) {
      const uv = load<f32>(u);
      const iv = load<f32>(i);
      const jv = load<f32>(j);
      store<f32>(gu, load<f32>(gu) + (slope * (iv - jv) + decay * uv));
      const pull = slope * uv;
      store<f32>(gi, load<f32>(gi) + (pull + decay * iv));
      store<f32>(gj, load<f32>(gj) + (decay * jv - pull));
      u += 4;
      i += 4;
      j += 4;
      gu += 4;
      gi += 4;
      gj += 4;
    }
  }
}

/**
 * parameter, gradient, first moment, second moment, length, 5 β₁, 6 1−β₁, 7 β₂, 8 1−β₂, 9 rate = lr / (1−β₁ᵗ),
 * 10 correction = (1−β₂ᵗ)^-½, 11 ε, 12 elements a chunk: p −= rate · m / (√v · correction + ε).
 */
export function adam(chunk: i32): void {
  const grain = integer(12);
  const length = integer(4);
  const skip = (<usize>(chunk * grain)) << 2;
  const count = min(grain, length - chunk * grain);
  let p = address(0) + skip;
  let g = address(1) + skip;
  let m = address(2) + skip;
  let v = address(3) + skip;
  const beta1 = real(5);
  const rest1 = real(6);
  const beta2 = real(7);
  const rest2 = real(8);
  const rate = real(9);
  const correction = real(10);
  const epsilon = real(11);
  const beta1s = f32x4.splat(beta1);
  const rest1s = f32x4.splat(rest1);
  const beta2s = f32x4.splat(beta2);
  const rest2s = f32x4.splat(rest2);
  const rates = f32x4.splat(rate);
  const corrections = f32x4.splat(correction);
  const epsilons = f32x4.splat(epsilon);
  let e = 0;
  for (; e + 4 <= count; e += 4) {
    const gradient = v128.load(g);
    const first = f32x4.add(f32x4.mul(beta1s, v128.load(m)), f32x4.mul(rest1s, gradient));
    const second = f32x4.add(f32x4.mul(beta2s, v128.load(v)), f32x4.mul(rest2s, f32x4.mul(gradient, gradient)));
    v128.store(m, first);
    v128.store(v, second);
    const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(second), corrections), epsilons);
    v128.store(p, f32x4.sub(v128.load(p), f32x4.div(f32x4.mul(rates, first), denominator)));
    p += 16;
    g += 16;
    m += 16;
    v += 16;
  }
  for (; e < count; e++) {
    const gradient = load<f32>(g);
    const first: f32 = beta1 * load<f32>(m) + rest1 * gradient;
    const second: f32 = beta2 * load<f32>(v) + rest2 * (gradient * gradient);
    store<f32>(m, first);
    store<f32>(v, second);
    store<f32>(p, load<f32>(p) - (rate * first) / (sqrt(second) * correction + epsilon));
    p += 4;
    g += 4;
    m += 4;
    v += 4;
  }
}
