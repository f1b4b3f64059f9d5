/**
 * Exponential, logarithm and power from + − × ÷ alone, in float64, so that their bits repeat on every machine (JavaScript
 * leaves the last bits of Math.exp, Math.log and Math.pow to the implementation).
 *
 * Exponential: x = n ln 2 + r with |r| ≤ ½ ln 2, eˣ = 2ⁿ Σ rʲ/j!. Logarithm: x = 2ⁿ m with m in [√½, √2),
 * s = (m − 1)/(m + 1), ln x = n ln 2 + 2 Σ s²ʲ⁺¹/(2j + 1). Both within 1e-15 of the true value, relatively.
 */

/** ln 2 in two parts: the first has trailing zeros, so that its product with an exponent is exact. */
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/** 1/2! … 1/13!, for the terms of the exponential; the fourteenth term is below 1e-17. */
const [f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13] = [
  2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600, 6227020800,
].map((f) => 1 / f);

/** 2ⁿ for −1022 ≤ n ≤ 1023, exact: powers of two multiply without rounding. */
function twoToThe(n: number): number {
  let result = 1;
  let square = n < 0 ? 0.5 : 2;
  for (let rest = n < 0 ? -n : n; rest > 0; rest = (rest - (rest & 1)) / 2) {
    if (rest & 1) result *= square;
    if (rest > 1) square *= square;
  }
  return result;
}

const lowestPower = -1022;
const powersOfTwo = Float64Array.from({ length: 1023 - lowestPower + 1 }, (_, p) => twoToThe(p + lowestPower));

/** eˣ. Infinity above 709.78, 0 below −745.13. */
export function exponential(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  const n = Math.floor(x * Math.LOG2E + 0.5);
  const high = x - n * ln2High;
  const low = n * ln2Low;
  const r = high - low;
  const rounding = high - r - low;
  // Written out, since losses over pairs of rows take millions of these in a step.
  let series = ((((f13 * r + f12) * r + f11) * r + f10) * r + f9) * r + f8;
  series = (((((series * r + f7) * r + f6) * r + f5) * r + f4) * r + f3) * r + f2;
  const fraction = 1 + (r + (r * r * series + rounding));
  if (n > 1023) return fraction * powersOfTwo[n - 1 - lowestPower] * 2;
  if (n < -1000) return fraction * powersOfTwo[n + 100 - lowestPower] * powersOfTwo[-100 - lowestPower];
  return fraction * powersOfTwo[n - lowestPower];
}

const word = new DataView(new ArrayBuffer(8));

/** ln x. −Infinity at 0, NaN below. */
export function logarithm(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  const subnormal = x < 2.2250738585072014e-308;
  word.setFloat64(0, subnormal ? x * 0x40000000000000 : x);
  const upper = word.getUint32(0);
  let n = (upper >>> 20) - 1022 - (subnormal ? 54 : 0);
  word.setUint32(0, (upper & 0xfffff) | (1022 << 20));
  let m = word.getFloat64(0);
  if (m < Math.SQRT1_2) {
    m *= 2;
    n -= 1;
  }
  const f = m - 1;
  const s = f / (m + 1);
  const z = s * s;
  let series = 0;
  for (let odd = 25; odd >= 3; odd -= 2) series = series * z + 1 / odd;
  // ln m = f − f²/2 + s (f²/2 + 2 z·series) with f exact: more accurate near 1 than 2s + …
  const halfSquare = 0.5 * f * f;
  const correction = s * (halfSquare + 2 * z * series);
  return n * ln2High - (halfSquare - (correction + n * ln2Low) - f);
}

/**
 * base^exponent for base > 0: the whole part of the exponent by repeated squaring, the rest by e^(rest · ln base). Relative error
 * about 1e-16 times the number of multiplications.
 */
export function power(base: number, exponent: number): number {
  const whole = Math.trunc(exponent);
  let result = 1;
  let square = base;
  for (let rest = Math.abs(whole); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    if (rest > 1) square *= square;
  }
  if (whole < 0) result = 1 / result;
  const fraction = exponent - whole;
  return fraction === 0 ? result : result * exponential(fraction * logarithm(base));
}
