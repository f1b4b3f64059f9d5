/**
 * The figures of `metrics.ts` for many users at once, summed on typed arrays: full ranking of twenty thousand users spends a few
 * milliseconds here.
 */
import { createListFigures, listMetrics, type NdcgKind } from "./list-figures.ts";
import type { MetricTable } from "./metric-table.ts";

export type { NdcgKind };

export interface MetricSums {
  /**
   * Adds one user.
   * @param ranked lists one after another; this user's are entries [from, from + deepest cutoff), the best first, -1 after the last candidate
   * @param heldOut this user's held-out items are entries [heldFrom, heldTo), ascending; at least one
   */
  add(ranked: ArrayLike<number>, from: number, heldOut: ArrayLike<number>, heldFrom: number, heldTo: number): void;
  /** Means over the users added so far, and coverage. */
  table(): MetricTable;
}

/** @param cutoffs in any order; @param items number of items, for coverage */
export function createMetricSums(cutoffs: readonly number[], items: number, ndcg: NdcgKind = "standard"): MetricSums {
  const list = createListFigures(cutoffs, ndcg);
  const { depth, values } = list;
  const sums = new Float64Array(values.length);
  /** Smallest rank (from 0) at which an item was recommended to anyone. */
  const bestRank = new Int32Array(items).fill(depth);
  let users = 0;

  const add: MetricSums["add"] = (ranked, from, heldOut, heldFrom, heldTo) => {
    list.measure(ranked, from, heldOut, heldFrom, heldTo);
    for (let index = 0; index < values.length; index++) sums[index] += values[index];
    for (let r = 0; r < depth; r++) {
      const item = ranked[from + r];
      if (item >= 0 && r < bestRank[item]) bestRank[item] = r;
    }
    users += 1;
  };

  const table = (): MetricTable => {
    const figures: Record<string, number> = {};
    list.cutoffs.forEach((cutoff, c) => {
      listMetrics.forEach((metric, m) => {
        figures[`${metric}@${cutoff}`] = users === 0 ? 0 : sums[m * list.cutoffs.length + c] / users;
      });
      let recommended = 0;
      for (let item = 0; item < items; item++) if (bestRank[item] < cutoff) recommended += 1;
      figures[`coverage@${cutoff}`] = items === 0 ? 0 : recommended / items;
    });
    return figures;
  };

  return { add, table };
}
