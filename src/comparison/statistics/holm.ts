/**
 * Holm's correction of several p-values at once: the smallest is multiplied by their number m, the next by m − 1, and so on; none becomes smaller
 * than one before it, none larger than 1. The chance that any true hypothesis is rejected stays below the level, whatever depends on what.
 * Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
 */

/** @returns the corrected values in the order given */
export function holm(values: readonly number[]): number[] {
  const corrected = new Array<number>(values.length).fill(1);
  const ascending = values.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  let least = 0;
  ascending.forEach(({ p, index }, rank) => {
    least = Math.max(least, Math.min(1, p * (values.length - rank)));
    corrected[index] = least;
  });
  return corrected;
}
