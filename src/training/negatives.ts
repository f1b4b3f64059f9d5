/**
 * Which item a triple ranks below its positive. A negative is uniform over the candidates outside the user's training items, found by
 * one draw: with n candidates of which the user has p_0 < p_1 < … < p_{h−1} (positions among the candidates), draw r in [0, n − h);
 * the negative stands at position r + #{j : p_j − j ≤ r}, a binary search since p_j − j never falls. No draw is ever rejected,
 * however much a user has.
 *
 * What a user dislikes counts as much as what the user likes: with h training items and d disliked ones a negative is one of the disliked
 * (each as likely) with probability d / (h + d), so that each is met about as often as a training item.
 */
import type { Interactions } from "../data/dataset.ts";
import type { Random } from "../tensor/random.ts";

export interface NegativeSource {
  /** False for a user for whom no negative exists. */
  has(user: number): boolean;
  draw(user: number, random: Random): number;
}

const countOf = ({ rowPointers }: Interactions, row: number): number => rowPointers[row + 1] - rowPointers[row];

/**
 * @param negatives candidates: all items, or those that occur in training
 * @param dislikes items apart from the user's training items; they may lie outside the candidates
 */
export function createNegativeSource(
  train: Interactions,
  negatives: "all" | "seen",
  dislikes: Interactions | undefined,
): NegativeSource {
  const { rowPointers, columnIndices } = train;
  let candidates: Int32Array | undefined;
  let positions: ArrayLike<number> = columnIndices;
  if (negatives === "seen") {
    const positionOf = new Int32Array(train.columns).fill(-1);
    for (const item of columnIndices) positionOf[item] = 0;
    let seen = 0;
    for (let item = 0; item < train.columns; item++) if (positionOf[item] === 0) positionOf[item] = seen++;
    const seenItems = new Int32Array(seen);
    for (let item = 0; item < train.columns; item++) {
      const position = positionOf[item];
      if (position >= 0) seenItems[position] = item;
    }
    candidates = seenItems;
    positions = columnIndices.map((item) => positionOf[item]);
  }
  const total = candidates?.length ?? train.columns;

  const available = (user: number): number => total - countOf(train, user);
  const disliked = (user: number): number => (dislikes === undefined ? 0 : countOf(dislikes, user));

  const drawCandidate = (user: number, random: Random): number => {
    const start = rowPointers[user];
    const r = random.below(available(user));
    let low = 0;
    let high = rowPointers[user + 1] - start;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (positions[start + middle] - middle <= r) low = middle + 1;
      else high = middle;
    }
    return candidates === undefined ? r + low : candidates[r + low];
  };
  const draw = (user: number, random: Random): number => {
    const dislikeCount = disliked(user);
    if (dislikes === undefined || dislikeCount === 0) return drawCandidate(user, random);
    const others = available(user) === 0 ? 0 : countOf(train, user);
    const r = random.below(dislikeCount + others);
    return r < dislikeCount ? dislikes.columnIndices[dislikes.rowPointers[user] + r] : drawCandidate(user, random);
  };
  return { has: (user) => available(user) + disliked(user) > 0, draw };
}
