/**
 * What lists do beside being right, at one cutoff. With c_i the training interactions of item i, U users, e_i how often item i is recommended:
 *
 *   novelty          mean over recommended places of −log₂(max(c_i, 1) / U), the self-information of meeting the item by chance
 *   popularity       mean over users of the mean c_i of their list, beside that of their training history; lift = list / history − 1
 *   Gini             Σ_r (2r − I − 1) e_(r) / (I Σ e), e ascending over all I items: 0 all equally often, near 1 a few items always
 *   coverage         share of the items that anyone is recommended
 *
 * Popularity lift after Abdollahpouri et al., "The Unfairness of Popularity Bias in Recommendation", 2019.
 */
import type { Interactions } from "../data/dataset.ts";
import type { UserFigures } from "../evaluation/user-figures.ts";
import { logarithm } from "../tensor/elementary.ts";

export interface Exposure {
  readonly coverage: number;
  /** Bits. */
  readonly novelty: number;
  /** Mean training interactions of recommended items. */
  readonly popularity: number;
  /** The same of the users' histories, over users that have one. */
  readonly historyPopularity: number;
  /** popularity / historyPopularity − 1; 0 where no user has a history. */
  readonly popularityLift: number;
  readonly gini: number;
}

/** Training interactions of each item. */
export function itemCounts({ columns, columnIndices }: Interactions): Int32Array {
  const counts = new Int32Array(columns);
  for (const item of columnIndices) counts[item] += 1;
  return counts;
}

/** The Gini coefficient of amounts, at least one; 0 where all are 0. */
export function gini(amounts: ArrayLike<number>): number {
  const ascending = Float64Array.from(amounts).sort();
  const { length } = ascending;
  let weighted = 0;
  let total = 0;
  ascending.forEach((amount, index) => {
    weighted += (2 * (index + 1) - length - 1) * amount;
    total += amount;
  });
  return total === 0 ? 0 : weighted / (length * total);
}

/** @param lists of users with something held out; @param train the interactions trained with */
export function exposureOf({ users, lists, depth }: UserFigures, train: Interactions, cutoff: number): Exposure {
  const counts = itemCounts(train);
  const information = Float64Array.from(counts, (count) => -logarithm(Math.max(count, 1) / train.rows) / Math.LN2);
  const shown = new Float64Array(train.columns);
  let places = 0;
  let bits = 0;
  let popularity = 0;
  let listed = 0;
  let history = 0;
  let withHistory = 0;
  users.forEach((user, row) => {
    let sum = 0;
    let length = 0;
    for (let p = row * depth; p < row * depth + cutoff && lists[p] >= 0; p++) {
      shown[lists[p]] += 1;
      bits += information[lists[p]];
      sum += counts[lists[p]];
      length += 1;
    }
    places += length;
    if (length > 0) {
      popularity += sum / length;
      listed += 1;
    }
    const from = train.rowPointers[user];
    const to = train.rowPointers[user + 1];
    if (to === from) return;
    let taken = 0;
    for (let p = from; p < to; p++) taken += counts[train.columnIndices[p]];
    history += taken / (to - from);
    withHistory += 1;
  });
  const meanPopularity = listed === 0 ? 0 : popularity / listed;
  const historyPopularity = withHistory === 0 ? 0 : history / withHistory;
  return {
    coverage: shown.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0) / train.columns,
    novelty: places === 0 ? 0 : bits / places,
    popularity: meanPopularity,
    historyPopularity,
    popularityLift: historyPopularity === 0 ? 0 : meanPopularity / historyPopularity - 1,
    gini: gini(shown),
  };
}
