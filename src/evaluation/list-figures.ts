/**
 * All figures of `metrics.ts` of one list at all cutoffs in one walk down it, on typed arrays: what sums over users and values a user are made of.
 */
import { discount } from "./metrics.ts";

/** Which NDCG stands under the name `ndcg@K`; `ndcgRetrieved@K` is in the table either way. */
export type NdcgKind = "standard" | "retrieved";

/** The figures of a single list, in the order of `ListFigures.values`; coverage is one of many lists. */
export const listMetrics = ["recall", "precision", "ndcg", "ndcgRetrieved", "hitRate", "map", "mrr"] as const;

export interface ListFigures {
  /** Distinct and ascending. */
  readonly cutoffs: readonly number[];
  /** Length of the lists, the deepest cutoff. */
  readonly depth: number;
  /** The figures of the list measured last: values[metric · cutoffs + cutoff], metrics in the order of `listMetrics`. */
  readonly values: Float64Array;
  /**
   * @param ranked lists one after another; this one is entries [from, from + depth), the best first, -1 after the last candidate
   * @param heldOut this user's held-out items are entries [heldFrom, heldTo), ascending; at least one
   */
  measure(ranked: ArrayLike<number>, from: number, heldOut: ArrayLike<number>, heldFrom: number, heldTo: number): void;
}

/** True when the ascending entries [from, to) of `items` hold `item`. */
export function holds(items: ArrayLike<number>, from: number, to: number, item: number): boolean {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle] < item) low = middle + 1;
    else high = middle;
  }
  return low < to && items[low] === item;
}

/** @param cutoffs in any order */
export function createListFigures(cutoffs: readonly number[], ndcg: NdcgKind = "standard"): ListFigures {
  const ascending = [...new Set(cutoffs)].sort((a, b) => a - b);
  const count = ascending.length;
  const depth = ascending[count - 1];
  const discounts = Float64Array.from({ length: depth }, (_, r) => discount(r + 1));
  const ideal = new Float64Array(depth + 1);
  for (let r = 0; r < depth; r++) ideal[r + 1] = ideal[r] + discounts[r];

  const values = new Float64Array(listMetrics.length * count);
  const [recall, precision, chosen, retrieved, hitRate, map, mrr] = listMetrics.map((_, metric) =>
    values.subarray(metric * count, (metric + 1) * count),
  );
  /** Gains at the cutoffs: the retrieved ideal is known only at the end of the list. */
  const gains = new Float64Array(count);

  const measure: ListFigures["measure"] = (ranked, from, heldOut, heldFrom, heldTo) => {
    const held = heldTo - heldFrom;
    let hits = 0;
    let gain = 0;
    let precisions = 0;
    let first = 0;
    let c = 0;
    for (let r = 0; r < depth; r++) {
      const item = ranked[from + r];
      if (item >= 0 && holds(heldOut, heldFrom, heldTo, item)) {
        hits += 1;
        gain += discounts[r];
        precisions += hits / (r + 1);
        if (hits === 1) first = 1 / (r + 1);
      }
      const cutoff = ascending[c];
      if (r + 1 !== cutoff) continue;
      const possible = Math.min(held, cutoff);
      recall[c] = hits / held;
      precision[c] = hits / cutoff;
      hitRate[c] = hits > 0 ? 1 : 0;
      map[c] = precisions / possible;
      mrr[c] = first;
      chosen[c] = gain / ideal[possible];
      gains[c] = gain;
      c += 1;
    }
    for (let k = 0; k < count; k++) {
      retrieved[k] = hits === 0 ? 0 : gains[k] / ideal[Math.min(hits, ascending[k])];
      if (ndcg === "retrieved") chosen[k] = retrieved[k];
    }
  };

  return { cutoffs: ascending, depth, values, measure };
}
