/**
 * Colour histogram: how much of which colour, wherever it lies. Each pixel spreads its weight softly over 128 bins: 8 greys by lightness, and 12
 * hues × 5 lightnesses × 2 strengths. With chroma c = √(a² + b²), the share min(1, c/0.08) goes to the hues, of which
 * min(1, max(0, (c − 0.08)/0.12)) to the strong ones, the rest to the greys; between neighbouring hues and lightnesses linearly. A pixel weighs
 * w(x)·w(y), w(u) = 1 − ¾u² for u from −1 to 1 across the picture: what is shown usually lies in the middle. The result is √(bin / sum), of length 1.
 */
import type { LabPlanes } from "./colour-space.ts";
import { type DirectionShare, splitByDirections } from "./directions.ts";

const greys = 8;
const hues = 12;
const lightnesses = 5;
export const histogramColumns = greys + hues * lightnesses * 2;

const fullHue = 0.08;
const strongHue = 0.2;
const splitHue = splitByDirections(hues);

/** Adds `weight` to two of `count` places by the position of `value`, 0 to 1, between them. */
function addLinearly(bins: Float64Array, from: number, count: number, value: number, weight: number): void {
  const position = Math.min(1, Math.max(0, value)) * (count - 1);
  const lower = Math.min(count - 2, Math.floor(position));
  const part = position - lower;
  bins[from + lower] += weight * (1 - part);
  bins[from + lower + 1] += weight * part;
}

function addHue(bins: Float64Array, hue: number, lightness: number, weight: number, strong: number): void {
  const from = greys + hue * 2 * lightnesses;
  addLinearly(bins, from, lightnesses, lightness, weight * (1 - strong));
  if (strong > 0) addLinearly(bins, from + lightnesses, lightnesses, lightness, weight * strong);
}

export function describeColours({ size, lightness, greenRed, blueYellow }: LabPlanes): Float64Array {
  const bins = new Float64Array(histogramColumns);
  const share: DirectionShare = { first: 0, second: 0, alpha: 0, beta: 0 };
  const weights = Float64Array.from({ length: size }, (_, x) => {
    const u = (2 * x + 1) / size - 1;
    return 1 - 0.75 * u * u;
  });
  let sum = 0;
  for (let at = 0; at < size * size; at++) {
    const weight = weights[at % size] * weights[Math.floor(at / size)];
    sum += weight;
    const a = greenRed[at];
    const b = blueYellow[at];
    const chroma = Math.sqrt(a * a + b * b);
    const coloured = Math.min(1, chroma / fullHue);
    addLinearly(bins, 0, greys, lightness[at], weight * (1 - coloured));
    if (chroma === 0) continue;
    const strong = Math.min(1, Math.max(0, (chroma - fullHue) / (strongHue - fullHue)));
    splitHue(a, b, share);
    const first = (weight * coloured * share.alpha) / (share.alpha + share.beta);
    const second = (weight * coloured * share.beta) / (share.alpha + share.beta);
    addHue(bins, share.first, lightness[at], first, strong);
    addHue(bins, share.second, lightness[at], second, strong);
  }
  for (let bin = 0; bin < bins.length; bin++) bins[bin] = Math.sqrt(bins[bin] / sum);
  return bins;
}
