/** To unit length, but not what is next to nothing: v ← v / √(|v|² + ε²), so that noise of a blank picture stays small. */

/** Overwrites and returns `values`. */
export function scaleSoftly(values: Float64Array, epsilon: number): Float64Array {
  let squares = epsilon * epsilon;
  for (const value of values) squares += value * value;
  const factor = 1 / Math.sqrt(squares);
  for (let at = 0; at < values.length; at++) values[at] *= factor;
  return values;
}
