/**
 * How much an interaction counts, in arithmetic that gives the same float32 on every machine and in any order of rows:
 *
 *     weight(user, item) = Σ over its rows of  w_event · 2^(−age / halfLife),   age = newest time − time
 *
 * Each term is rounded to a whole number of units of 2⁻⁴⁰ (at least one, so that no weight is 0) and the units are summed as
 * integers, which is exact. The power is 2^(−n) for whole half-lives, exact too, times a polynomial in the fraction, which
 * takes additions and multiplications only.
 */

/** Units that make a weight of 1. */
export const unitsOfOne = 2 ** 40;

/** The largest weight of an event: its units stay far below 2⁶³. */
export const largestWeight = 1e6;

/** A double as an SQL literal; without the exponent the database would take it as a decimal fraction. */
export const sqlDouble = (value: number): string => value.toExponential();

/** Taylor terms of 2^(−t) = e^(−t ln 2) for t in [0, 1): the next one is below 10⁻¹¹. */
const terms = 12;

function coefficients(): number[] {
  const series = [1];
  for (let k = 1; k < terms; k++) series.push((series[k - 1] * -Math.LN2) / k);
  return series;
}

/**
 * SQL for 2^(−x), x ≥ 0 a double.
 * @param halfLives SQL that gives x; it appears several times, so it should be a column
 */
export function powerOfHalf(halfLives: string): string {
  const fraction = `(${halfLives} - floor(${halfLives}))`;
  const polynomial = coefficients()
    .reverse()
    .map(sqlDouble)
    .reduce((inner, term) => `(${inner} * ${fraction} + ${term})`);
  const halvings = `CAST(least(floor(${halfLives}), 62) AS INTEGER)`;
  return `(${polynomial} / CAST(CAST(1 AS BIGINT) << ${halvings} AS DOUBLE))`;
}

/** SQL for the units of a weight given as a double. */
export const unitsOf = (weight: string): string =>
  `greatest(CAST(1 AS BIGINT), CAST(round(${weight} * ${sqlDouble(unitsOfOne)}) AS BIGINT))`;

/** SQL for the float32 weight of a whole number of units. */
export const weightOf = (units: string): string => `CAST(CAST(${units} AS DOUBLE) / ${sqlDouble(unitsOfOne)} AS FLOAT)`;
