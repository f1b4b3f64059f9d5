/**
 * Wilcoxon's signed-rank test of paired differences, two-sided. Differences of zero say nothing and are left out; the n others are ranked by
 * size, equal sizes with the mean of their ranks; W⁺ is the sum of the ranks of the positive ones. Under the hypothesis each sign is a fair coin:
 *
 *   up to 50 differences    the distribution of W⁺ over all 2ⁿ signs, counted exactly, ties included
 *   beyond                  normal, mean n(n+1)/4, variance n(n+1)(2n+1)/24 − Σ (t³ − t)/48 over groups of t equal sizes, continuity ½
 *
 * Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1, 1945.
 */
import { normalTail } from "./normal.ts";

export interface SignedRank {
  /** Differences that are not zero. */
  readonly count: number;
  readonly zeros: number;
  /** W⁺, the sum of the ranks of the positive differences. */
  readonly positiveRanks: number;
  /** W⁻. */
  readonly negativeRanks: number;
  readonly method: "exact" | "normal";
  /** Two-sided; 1 where no difference is left. */
  readonly p: number;
}

/** Up to so many differences the counts of signs fit into the whole numbers of a float64. */
const exactUpTo = 50;

interface Ranks {
  /** Twice the rank of each difference, so that the means of ranks stay whole. */
  readonly doubled: Float64Array;
  /** Σ (t³ − t) over groups of t equal sizes. */
  readonly tieSum: number;
}

/** @param sizes ascending */
function ranksOf(sizes: Float64Array): Ranks {
  const doubled = new Float64Array(sizes.length);
  let tieSum = 0;
  for (let from = 0; from < sizes.length; ) {
    let to = from + 1;
    while (to < sizes.length && sizes[to] === sizes[from]) to += 1;
    doubled.fill(from + to + 1, from, to);
    const tied = to - from;
    tieSum += tied * tied * tied - tied;
    from = to;
  }
  return { doubled, tieSum };
}

/** P(W⁺ ≤ w) by counting the subsets of the ranks that sum to each value. @param w doubled, as the ranks */
function exactLowerTail(doubled: Float64Array, w: number): number {
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  const ways = new Float64Array(total + 1);
  ways[0] = 1;
  for (const rank of doubled) for (let sum = total; sum >= rank; sum--) ways[sum] += ways[sum - rank];
  let below = 0;
  let all = 0;
  ways.forEach((count, sum) => {
    all += count;
    if (sum <= w) below += count;
  });
  return below / all;
}

/** @param differences one a subject, finite */
export function signedRank(differences: ArrayLike<number>): SignedRank {
  const others = Array.from(differences).filter((difference) => difference !== 0);
  const order = others.sort((a, b) => Math.abs(a) - Math.abs(b));
  const count = order.length;
  const zeros = differences.length - count;
  const { doubled, tieSum } = ranksOf(Float64Array.from(order, Math.abs));
  let positive = 0;
  order.forEach((difference, index) => {
    if (difference > 0) positive += doubled[index];
  });
  const positiveRanks = positive / 2;
  const negativeRanks = (count * (count + 1)) / 2 - positiveRanks;
  const result = { count, zeros, positiveRanks, negativeRanks };
  if (count <= exactUpTo) {
    const smaller = 2 * Math.min(positiveRanks, negativeRanks);
    return { ...result, method: "exact", p: count === 0 ? 1 : Math.min(1, 2 * exactLowerTail(doubled, smaller)) };
  }
  const variance = (count * (count + 1) * (2 * count + 1)) / 24 - tieSum / 48;
  const distance = Math.max(0, Math.abs(positiveRanks - negativeRanks) / 2 - 0.5);
  return { ...result, method: "normal", p: Math.min(1, 2 * normalTail(distance / Math.sqrt(variance))) };
}
