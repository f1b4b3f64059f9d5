/**
 * Which training interactions an epoch draws: of a user any of its own, or one after another every pair once. Where they carry weights
 * both are draws in proportion to these, with replacement, by cumulative sums: with s_p = w_0 + … + w_p, draw t uniform in
 * [0, s_last) and take the first p with s_p > t. The sums are float64 additions in a fixed order, so the same draw comes on
 * every machine.
 */
import type { Interactions } from "../data/dataset.ts";
import type { Random } from "../tensor/random.ts";

/** Brings a uniform choice of the entries [at, length) to `at`. */
export function bringToFront(entries: Int32Array, at: number, random: Random): number {
  const other = at + random.below(entries.length - at);
  const chosen = entries[other];
  entries[other] = entries[at];
  entries[at] = chosen;
  return chosen;
}

function accumulate(sums: Float64Array, from: number, to: number, weight: (at: number) => number): void {
  let sum = 0;
  for (let at = from; at < to; at++) {
    sum += weight(at);
    sums[at] = sum;
  }
}

/** An index of [from, to), drawn in proportion to the weights that were summed over this range. */
function drawWeighted(sums: Float64Array, from: number, to: number, random: Random): number {
  const target = random.uniform() * sums[to - 1];
  let low = from;
  // The last index is the answer where rounding lifts the target to the whole sum.
  let high = to - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle] > target) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Draws the place, among all training interactions, of one of a user's. */
export type UserPositives = (user: number, random: Random) => number;

export function positivesOfUsers(
  { rowPointers, columnIndices, rows }: Interactions,
  weights: Float32Array | undefined,
): UserPositives {
  if (weights === undefined) {
    return (user, random) => rowPointers[user] + random.below(rowPointers[user + 1] - rowPointers[user]);
  }
  const sums = new Float64Array(columnIndices.length);
  for (let user = 0; user < rows; user++) {
    accumulate(sums, rowPointers[user], rowPointers[user + 1], (p) => weights[p]);
  }
  return (user, random) => drawWeighted(sums, rowPointers[user], rowPointers[user + 1], random);
}

export interface PairSource {
  /** The user of every training interaction that may be drawn. */
  readonly userOf: Int32Array;
  /** Starts an epoch: the result draws the place of its pair number `at`, to be asked for in order. */
  epoch(): (at: number, random: Random) => number;
}

/** @param count training interactions of these users together */
export function pairsOfUsers(
  { rowPointers, columnIndices }: Interactions,
  users: Int32Array,
  count: number,
  weights: Float32Array | undefined,
): PairSource {
  const pairs = new Int32Array(count);
  const userOf = new Int32Array(columnIndices.length);
  let length = 0;
  for (const user of users) {
    for (let p = rowPointers[user]; p < rowPointers[user + 1]; p++) {
      userOf[p] = user;
      pairs[length++] = p;
    }
  }
  if (weights === undefined) {
    const epoch = () => {
      const order = pairs.slice();
      return (at: number, random: Random): number => bringToFront(order, at, random);
    };
    return { userOf, epoch };
  }
  const sums = new Float64Array(count);
  accumulate(sums, 0, count, (at) => weights[pairs[at]]);
  return { userOf, epoch: () => (_at, random) => pairs[drawWeighted(sums, 0, count, random)] };
}
