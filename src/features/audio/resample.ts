/**
 * A sound at another sampling rate, by a windowed sinc: y(t) = Σ_n x(n) · h(t − n), h(u) = c · sinc(c u) · (½ + ½ cos(π u / w)) for |u| < w, where
 * c = min(1, to/from) cuts what the lower rate cannot carry, w = 16/c samples, and each output is divided by Σ h. The sine comes from a series
 * of our own, so that the bits repeat on every machine.
 */

const zeroCrossings = 16;

/** sin(πx) for any x, by the series of x brought to [−½, ½]. */
export function sineOfHalfTurns(x: number): number {
  const turns = x - 2 * Math.round(x / 2);
  const folded = turns > 0.5 ? 1 - turns : turns < -0.5 ? -1 - turns : turns;
  const angle = Math.PI * folded;
  let term = angle;
  let sum = angle;
  for (let n = 3; n <= 21; n += 2) {
    term *= -(angle * angle) / (n * (n - 1));
    sum += term;
  }
  return sum;
}

function kernel(u: number, cut: number, width: number): number {
  if (u >= width || u <= -width) return 0;
  const x = cut * u;
  const sinc = x === 0 ? 1 : sineOfHalfTurns(x) / (Math.PI * x);
  return cut * sinc * (0.5 + 0.5 * sineOfHalfTurns(u / width + 0.5));
}

/**
 * @param from samples a second of `samples`
 * @param to samples a second of the result, ⌊length · to / from⌋ of them
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const cut = Math.min(1, to / from);
  const width = zeroCrossings / cut;
  const result = new Float32Array(Math.floor((samples.length * to) / from));
  // The offsets of outputs between inputs repeat: one kernel each is worked out, as long as there are not too many.
  const divisor = greatestCommonDivisor(from, to);
  const phases = to / divisor;
  const reach = Math.ceil(width);
  const taps = 2 * reach + 1;
  const table = new Map<number, Float64Array>();
  const kernelAt = (offset: number): Float64Array => {
    const weights = new Float64Array(taps);
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      weights[tap] = kernel(offset - (tap - reach), cut, width);
      sum += weights[tap];
    }
    for (let tap = 0; tap < taps; tap++) weights[tap] /= sum;
    return weights;
  };
  for (let at = 0; at < result.length; at++) {
    const position = at * from;
    const centre = Math.floor(position / to);
    const phase = at % phases;
    let weights = table.get(phase);
    if (weights === undefined) {
      weights = kernelAt((position - centre * to) / to);
      if (table.size < 4096) table.set(phase, weights);
    }
    let sum = 0;
    const first = centre - reach;
    for (let tap = Math.max(0, -first); tap < Math.min(taps, samples.length - first); tap++) {
      sum += weights[tap] * samples[first + tap];
    }
    result[at] = sum;
  }
  return result;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
