/**
 * Figures by group: users by how much they took in training, items by how often they were taken. Groups are cut where the counts allow so that each
 * has about the same weight — as many users, or as many held-out interactions — and a count is never split between two.
 */
import type { Interactions } from "../data/dataset.ts";
import { holds } from "../evaluation/list-figures.ts";
import type { UserFigures } from "../evaluation/user-figures.ts";

/** Counts from `from` to `to`, both within; `weight` says how many users, or held-out interactions, it has. */
export interface Group {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

export const groupCount = 4;

/** @param weights how much each subject counts; @returns at most `groups`, ascending, none without weight */
export function groupsByCount(counts: ArrayLike<number>, weights: ArrayLike<number>, groups = groupCount): Group[] {
  const weightOf = new Map<number, number>();
  let total = 0;
  for (let subject = 0; subject < counts.length; subject++) {
    if (weights[subject] === 0) continue;
    weightOf.set(counts[subject], (weightOf.get(counts[subject]) ?? 0) + weights[subject]);
    total += weights[subject];
  }
  const found: Group[] = [];
  let open: Group | undefined;
  let before = 0;
  let level = 1;
  for (const [count, weight] of [...weightOf].sort(([a], [b]) => a - b)) {
    open = { from: open?.from ?? count, to: count, weight: (open?.weight ?? 0) + weight };
    before += weight;
    if (before * groups < level * total) continue;
    found.push(open);
    open = undefined;
    level = Math.floor((before * groups) / total) + 1;
  }
  if (open !== undefined) found.push(open);
  return found;
}

const groupOf = (groups: readonly Group[], count: number): number =>
  groups.findIndex(({ from, to }) => count >= from && count <= to);

/** Training interactions of each of these users. */
export function activityOf(train: Interactions, users: Int32Array): Int32Array {
  return users.map((user) => train.rowPointers[user + 1] - train.rowPointers[user]);
}

/** The mean of a value a user in each group. @param activity of each user, as the values */
export function meansByActivity(groups: readonly Group[], activity: Int32Array, values: Float64Array): number[] {
  const sums = groups.map(() => 0);
  values.forEach((value, row) => {
    sums[groupOf(groups, activity[row])] += value;
  });
  return groups.map(({ weight }, index) => (sums[index] ?? 0) / weight);
}

/** The share of each group's held-out interactions that stand in the first `cutoff` of their user's list. */
export function foundByPopularity(
  groups: readonly Group[],
  popularity: Int32Array,
  { users, lists, depth }: UserFigures,
  heldOut: Interactions,
  cutoff: number,
): number[] {
  const group = Int32Array.from(popularity, (count) => groupOf(groups, count));
  const hits = groups.map(() => 0);
  users.forEach((user, row) => {
    const from = heldOut.rowPointers[user];
    const to = heldOut.rowPointers[user + 1];
    for (let p = row * depth; p < row * depth + cutoff && lists[p] >= 0; p++) {
      if (holds(heldOut.columnIndices, from, to, lists[p])) hits[group[lists[p]]] += 1;
    }
  });
  return groups.map(({ weight }, index) => (hits[index] ?? 0) / weight);
}
