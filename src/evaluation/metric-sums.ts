/**
 * The figures of `metrics.ts` for many users at once: one walk down each list gives all figures at all cutoffs, summed on typed
 * arrays. Full ranking of twenty thousand users spends a few milliseconds here.
 */
import type { MetricTable } from "./metric-table.ts";
import { discount } from "./metrics.ts";

/** Which NDCG stands under the name `ndcg@K`; `ndcgRetrieved@K` is in the table either way. */
export type NdcgKind = "standard" | "retrieved";

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

/** True when the ascending entries [from, to) of `items` hold `item`. */
function holds(items: ArrayLike<number>, from: number, to: number, item: number): boolean {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle] < item) low = middle + 1;
    else high = middle;
  }
  return low < to && items[low] === item;
}

/** @param cutoffs in any order; @param items number of items, for coverage */
export function createMetricSums(cutoffs: readonly number[], items: number, ndcg: NdcgKind = "standard"): MetricSums {
  const ascending = [...new Set(cutoffs)].sort((a, b) => a - b);
  const count = ascending.length;
  const depth = ascending[count - 1];
  const discounts = Float64Array.from({ length: depth }, (_, r) => discount(r + 1));
  const ideal = new Float64Array(depth + 1);
  for (let r = 0; r < depth; r++) ideal[r + 1] = ideal[r] + discounts[r];

  const recall = new Float64Array(count);
  const precision = new Float64Array(count);
  const hitRate = new Float64Array(count);
  const map = new Float64Array(count);
  const mrr = new Float64Array(count);
  const standard = new Float64Array(count);
  const retrieved = new Float64Array(count);
  /** Gains of this user at the cutoffs: the retrieved ideal is known only at the end of the list. */
  const gains = new Float64Array(count);
  /** Smallest rank (from 0) at which an item was recommended to anyone. */
  const bestRank = new Int32Array(items).fill(depth);
  let users = 0;

  const add: MetricSums["add"] = (ranked, from, heldOut, heldFrom, heldTo) => {
    const held = heldTo - heldFrom;
    let hits = 0;
    let gain = 0;
    let precisions = 0;
    let first = 0;
    let c = 0;
    for (let r = 0; r < depth; r++) {
      const item = ranked[from + r];
      if (item >= 0) {
        if (r < bestRank[item]) bestRank[item] = r;
        if (holds(heldOut, heldFrom, heldTo, item)) {
          hits += 1;
          gain += discounts[r];
          precisions += hits / (r + 1);
          if (hits === 1) first = 1 / (r + 1);
        }
      }
      const cutoff = ascending[c];
      if (r + 1 !== cutoff) continue;
      const possible = Math.min(held, cutoff);
      recall[c] += hits / held;
      precision[c] += hits / cutoff;
      hitRate[c] += hits > 0 ? 1 : 0;
      map[c] += precisions / possible;
      mrr[c] += first;
      standard[c] += gain / ideal[possible];
      gains[c] = gain;
      c += 1;
    }
    if (hits > 0) {
      for (let k = 0; k < count; k++) {
        retrieved[k] += gains[k] / ideal[Math.min(hits, ascending[k])];
      }
    }
    users += 1;
  };

  const table = (): MetricTable => {
    const figures: Record<string, number> = {};
    const mean = (sums: Float64Array, c: number): number => (users === 0 ? 0 : sums[c] / users);
    ascending.forEach((cutoff, c) => {
      figures[`recall@${cutoff}`] = mean(recall, c);
      figures[`precision@${cutoff}`] = mean(precision, c);
      figures[`ndcg@${cutoff}`] = mean(ndcg === "standard" ? standard : retrieved, c);
      figures[`ndcgRetrieved@${cutoff}`] = mean(retrieved, c);
      figures[`hitRate@${cutoff}`] = mean(hitRate, c);
      figures[`map@${cutoff}`] = mean(map, c);
      figures[`mrr@${cutoff}`] = mean(mrr, c);
      let recommended = 0;
      for (let item = 0; item < items; item++) if (bestRank[item] < cutoff) recommended += 1;
      figures[`coverage@${cutoff}`] = items === 0 ? 0 : recommended / items;
    });
    return figures;
  };

  return { add, table };
}
