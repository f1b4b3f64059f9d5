/**
 * The split of this field: of every user's interactions a tenth at random is for validation and a tenth for test, at least one
 * each where the user has three or more.
 */
import type { Random } from "../tensor/random.ts";

/** Rearranges the first `count` values at random, in place (Fisher–Yates). */
export function shuffle<Value>(values: { [index: number]: Value }, count: number, random: Random): void {
  for (let last = count - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const value = values[last];
    values[last] = values[other];
    values[other] = value;
  }
}

/** How many of a user's interactions are held out for validation, and as many for test. */
export function heldOut(interactions: number): number {
  return interactions < 3 ? 0 : Math.max(1, Math.round(interactions / 10));
}

/** The split (0 train, 1 validation, 2 test) of the interaction at `position` of a user's shuffled interactions. */
export function labelAt(position: number, interactions: number): number {
  const held = heldOut(interactions);
  if (position < held) return 1;
  return position < 2 * held ? 2 : 0;
}
