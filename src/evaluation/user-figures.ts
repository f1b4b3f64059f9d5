/**
 * Figures a user in place of means over users, with the lists they are of: for tests over users, breakdowns, and everything else that a mean hides.
 * To be filled through `EvaluationRequest.onList`.
 */
import type { Interactions } from "../data/dataset.ts";
import { createListFigures, listMetrics, type NdcgKind } from "./list-figures.ts";

/** Takes the list of a user: entries [from, from + deepest cutoff) of `items`, the best first, -1 after the last candidate. */
export type ListListener = (user: number, items: Int32Array, from: number) => void;

export interface UserFigures {
  /** Users with something held out, ascending. */
  readonly users: Int32Array;
  /** By metric and cutoff (`recall@20`): a value for each of `users`. */
  readonly figures: Readonly<Record<string, Float64Array>>;
  /** users × depth item indices, -1 after the last candidate. */
  readonly lists: Int32Array;
  readonly depth: number;
}

export interface UserFigureCollector {
  readonly onList: ListListener;
  /** What was collected, when every user had their list. */
  result(): UserFigures;
}

/**
 * @param heldOut the held-out set that is measured on
 * @param users those with at least one item in it, ascending (`usersWithItems`)
 */
export function collectUserFigures(
  heldOut: Interactions,
  users: Int32Array,
  cutoffs: readonly number[],
  ndcg: NdcgKind = "standard",
): UserFigureCollector {
  const list = createListFigures(cutoffs, ndcg);
  const { depth } = list;
  const lists = new Int32Array(users.length * depth).fill(-1);
  const series = Array.from(list.values, () => new Float64Array(users.length));
  let row = 0;
  return {
    onList: (user, items, from) => {
      lists.set(items.subarray(from, from + depth), row * depth);
      list.measure(items, from, heldOut.columnIndices, heldOut.rowPointers[user], heldOut.rowPointers[user + 1]);
      series.forEach((values, index) => {
        values[row] = list.values[index];
      });
      row += 1;
    },
    result: () => {
      const figures: Record<string, Float64Array> = {};
      listMetrics.forEach((metric, m) => {
        list.cutoffs.forEach((cutoff, c) => {
          figures[`${metric}@${cutoff}`] = series[m * list.cutoffs.length + c];
        });
      });
      return { users, figures, lists, depth };
    },
  };
}
