/**
 * Figures of one ranked list against the items held out for that user, each a pure function, usable on its own. With
 * hit_r = 1 when the item at rank r (from 1) is held out, K the cutoff, h the number of held-out items:
 *
 *   recall = Σ_{r≤K} hit_r / h          precision = Σ_{r≤K} hit_r / K          hit rate = 1 when any hit_{r≤K}
 *   MAP = Σ_{r≤K} precision_r · hit_r / min(h, K)                              MRR = 1 / rank of the first hit within K, else 0
 *   NDCG = Σ_{r≤K} hit_r / log₂(r + 1)  /  Σ_{r≤min(h,K)} 1 / log₂(r + 1)
 *
 * A list shorter than K counts as followed by misses. A user without held-out items has no figures: 0 is returned, and
 * averages leave such users out. A cutoff that is not a whole number from 1 is a `ConfigError`.
 */
import { ConfigError } from "../errors.ts";
import { logarithm } from "../tensor/elementary.ts";

/** Item indices, the best first, each at most once. */
export type RankedList = ArrayLike<number>;
/** Distinct item indices in any order. */
export type HeldOutItems = ArrayLike<number>;

/** 1 / log₂(rank + 1), the weight of a hit at that rank; the first rank is 1. */
export function discount(rank: number): number {
  return Math.LN2 / logarithm(rank + 1);
}

function refuseImpossible(cutoff: number): void {
  if (!Number.isInteger(cutoff) || cutoff < 1) {
    throw new ConfigError(`cutoff: found ${cutoff}, expected a whole number of at least 1, such as 20`);
  }
}

/** hits[r] tells whether the list's entry r (from 0) is held out, for the first `cutoff` entries. */
function hitsOf(ranked: RankedList, heldOut: HeldOutItems, cutoff: number): boolean[] {
  refuseImpossible(cutoff);
  const wanted = new Set(Array.from(heldOut));
  return Array.from({ length: Math.min(cutoff, ranked.length) }, (_, r) => wanted.has(ranked[r]));
}

const countOf = (hits: readonly boolean[]): number => hits.reduce((count, hit) => count + (hit ? 1 : 0), 0);

const gainOf = (hits: readonly boolean[]): number => hits.reduce((sum, hit, r) => sum + (hit ? discount(r + 1) : 0), 0);

/** Largest gain that `count` hits can have: all of them first. */
const idealGain = (count: number): number => gainOf(Array.from({ length: count }, () => true));

/** Share of the held-out items among the first `cutoff` of the list. */
export function recall(ranked: RankedList, heldOut: HeldOutItems, cutoff: number): number {
  return heldOut.length === 0 ? 0 : countOf(hitsOf(ranked, heldOut, cutoff)) / heldOut.length;
}

/** Share of the first `cutoff` ranks that are held-out items. */
export function precision(ranked: RankedList, heldOut: HeldOutItems, cutoff: number): number {
  return countOf(hitsOf(ranked, heldOut, cutoff)) / cutoff;
}

/** 1 when at least one held-out item is among the first `cutoff`, else 0. */
export function hitRate(ranked: RankedList, heldOut: HeldOutItems, cutoff: number): number {
  return hitsOf(ranked, heldOut, cutoff).includes(true) ? 1 : 0;
}

/** Average precision; its mean over users is MAP. */
export function averagePrecision(ranked: RankedList, heldOut: HeldOutItems, cutoff: number): number {
  if (heldOut.length === 0) return 0;
  let found = 0;
  let sum = 0;
  hitsOf(ranked, heldOut, cutoff).forEach((hit, r) => {
    if (!hit) return;
    found += 1;
    sum += found / (r + 1);
  });
  return sum / Math.min(heldOut.length, cutoff);
}

/** 1 / rank of the first hit within `cutoff`, else 0; its mean over users is MRR. */
export function reciprocalRank(ranked: RankedList, heldOut: HeldOutItems, cutoff: number): number {
  const first = hitsOf(ranked, heldOut, cutoff).indexOf(true);
  return first < 0 ? 0 : 1 / (first + 1);
}

/** Normalised discounted cumulative gain; the ideal list starts with min(h, K) held-out items. */
export function ndcg(ranked: RankedList, heldOut: HeldOutItems, cutoff: number): number {
  if (heldOut.length === 0) return 0;
  return gainOf(hitsOf(ranked, heldOut, cutoff)) / idealGain(Math.min(heldOut.length, cutoff));
}

/**
 * NDCG as LATTICE's released code computes it: the ideal list has only the hits that were retrieved in the first `depth`
 * ranks (there: the largest cutoff asked for), moved to the front. Larger than `ndcg`; only for comparing with the paper.
 */
export function ndcgRetrieved(ranked: RankedList, heldOut: HeldOutItems, cutoff: number, depth: number): number {
  const retrieved = countOf(hitsOf(ranked, heldOut, depth));
  if (retrieved === 0) return 0;
  return gainOf(hitsOf(ranked, heldOut, cutoff)) / idealGain(Math.min(retrieved, cutoff));
}

/** Share of all `items` that are among the first `cutoff` of at least one list. */
export function coverage(lists: Iterable<RankedList>, cutoff: number, items: number): number {
  refuseImpossible(cutoff);
  const recommended = new Set<number>();
  for (const list of lists) for (let r = 0; r < Math.min(cutoff, list.length); r++) recommended.add(list[r]);
  recommended.delete(-1);
  return recommended.size / items;
}
