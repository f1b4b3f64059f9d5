/**
 * The direction of a vector without an angle: v = α·u_k + β·u_{k+1}, where u_k and u_{k+1} are the two of n evenly spaced unit vectors that v
 * lies between, α, β ≥ 0. A soft choice of a bin, continuous all the way round, from products, comparisons and square roots alone.
 */

/** Where a vector lies: its two directions and its parts along them. */
export interface DirectionShare {
  first: number;
  second: number;
  alpha: number;
  beta: number;
}

/** Overwrites `share` with the parts of (x, y). */
export type DirectionSplitter = (x: number, y: number, share: DirectionShare) => void;

/** (cosine, sine) of 360°/n, exact to rounding. */
const steps = {
  12: [Math.sqrt(3) / 2, 0.5],
  16: [Math.sqrt(2 + Math.SQRT2) / 2, Math.sqrt(2 - Math.SQRT2) / 2],
} as const;

/** Splits by `count` directions round the whole circle, the first along x. */
export function splitByDirections(count: keyof typeof steps): DirectionSplitter {
  const [cosine, sine] = steps[count];
  const ux = new Float64Array(count + 1);
  const uy = new Float64Array(count + 1);
  ux[0] = 1;
  for (let k = 1; k < count; k++) {
    ux[k] = ux[k - 1] * cosine - uy[k - 1] * sine;
    uy[k] = ux[k - 1] * sine + uy[k - 1] * cosine;
  }
  ux[count] = ux[0];
  uy[count] = uy[0];
  return (x, y, share) => {
    let k = 0;
    let after = 0;
    for (; k < count; k++) {
      after = x * uy[k + 1] - y * ux[k + 1];
      if (after > 0 && ux[k] * y - uy[k] * x >= 0) break;
    }
    if (k === count) {
      share.first = 0;
      share.second = 1;
      share.alpha = x > 0 ? x : 0;
      share.beta = 0;
      return;
    }
    share.first = k;
    share.second = k + 1 === count ? 0 : k + 1;
    share.alpha = after / sine;
    share.beta = (ux[k] * y - uy[k] * x) / sine;
  };
}
