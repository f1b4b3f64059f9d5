/**
 * The upper tail of the standard normal distribution, Q(z) = P(Z > z), with φ(z) = e^(−z²/2) / √(2π): near the middle by the series
 * Q(z) = ½ − φ(z) Σ z^(2n+1) / (1 · 3 · … · (2n+1)), in the tail by Laplace's continued fraction Q(z) = φ(z) / (z + 1/(z + 2/(z + 3/(z + …)))).
 */
import { exponential } from "../../tensor/elementary.ts";

const tailFrom = 3;
const fractionTerms = 200;

const density = (z: number): number => exponential(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

function bySeries(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > 1e-18 * sum; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 - density(z) * sum;
}

function byFraction(z: number): number {
  let fraction = z;
  for (let n = fractionTerms; n >= 1; n--) fraction = z + n / fraction;
  return density(z) / fraction;
}

/** P(Z > z), within 1e-12 of it relatively for z up to 37. */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  return z < tailFrom ? bySeries(z) : byFraction(z);
}
