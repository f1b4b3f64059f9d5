/** Mean and standard deviation of a figure over repetitions: s² = Σ (x − x̄)² / (n − 1). */

export interface Spread {
  readonly mean: number;
  /** Absent where there is one value alone. */
  readonly deviation?: number | undefined;
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index];
  return values.length === 0 ? 0 : sum / values.length;
}

export function spreadOf(values: readonly number[]): Spread {
  const mean = meanOf(values);
  if (values.length < 2) return { mean };
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
