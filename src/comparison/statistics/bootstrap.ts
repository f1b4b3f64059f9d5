/**
 * Intervals by the bootstrap: users are drawn with replacement, as many as there are, again and again, and the quantiles of the means of those draws
 * bound the mean. All series are drawn alike, so that a series of differences is resampled in pairs. Seeded: the same input gives the same interval.
 * Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1979.
 */
import { createRandom } from "../../tensor/random.ts";

export interface BootstrapOptions {
  readonly resamples: number;
  readonly seed: number;
  /** Share of the draws inside the interval, e.g. 0.95. */
  readonly confidence: number;
}

export type Interval = readonly [low: number, high: number];

/** The quantile of ascending values, between two of them by their distance. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const place = share * (ascending.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below] + (place - below) * (ascending[above] - ascending[below]);
}

/**
 * @param series each a value a user, the users in the same order, at least one
 * @returns an interval of the mean of each
 */
export function bootstrapIntervals(series: readonly Float64Array[], options: BootstrapOptions): Interval[] {
  const users = series[0]?.length ?? 0;
  const random = createRandom(options.seed, "bootstrap");
  const means = series.map(() => new Float64Array(options.resamples));
  const drawn = new Int32Array(users);
  for (let resample = 0; resample < options.resamples; resample++) {
    for (let draw = 0; draw < users; draw++) drawn[draw] = random.below(users);
    series.forEach((values, index) => {
      let sum = 0;
      for (let draw = 0; draw < users; draw++) sum += values[drawn[draw]];
      means[index][resample] = sum / users;
    });
  }
  const outside = (1 - options.confidence) / 2;
  return means.map((values) => {
    values.sort();
    return [quantile(values, outside), quantile(values, 1 - outside)];
  });
}
