/** How long a training may still take: an upper bound, as early stopping can only end it sooner. */

export interface TimeLeft {
  /** @param validationSeconds of this epoch, undefined when it was not validated */
  record(epochSeconds: number, validationSeconds: number | undefined): void;
  /** Seconds until the last epoch and its validations are done, after `epoch` is. */
  after(epoch: number): number;
}

/** Recent epochs count: the first ones are slower while code warms up. */
const window = 10;

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** @param validateEvery 0 where nothing is validated */
export function createTimeLeft(epochs: number, validateEvery: number): TimeLeft {
  const training: number[] = [];
  const validating: number[] = [];
  const push = (list: number[], value: number): void => {
    list.push(value);
    if (list.length > window) list.shift();
  };
  return {
    record: (epochSeconds, validationSeconds) => {
      push(training, epochSeconds);
      if (validationSeconds !== undefined) push(validating, validationSeconds);
    },
    after: (epoch) => {
      if (validateEvery === 0) return (epochs - 1 - epoch) * mean(training);
      const validations = Math.floor((epochs - 1) / validateEvery) - Math.floor(epoch / validateEvery);
      return (epochs - 1 - epoch) * mean(training) + validations * mean(validating);
    },
  };
}
