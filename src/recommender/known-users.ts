/** What a run has of its users, by item ids, hidden items included. */
import type { Interactions } from "../data/dataset.ts";
import type { RunWeights } from "../runs/weights.ts";
import type { KnownIds } from "./known-ids.ts";

export interface KnownUser {
  /** Trained with. */
  readonly history: readonly string[];
  /** For validation and test. */
  readonly heldOut: readonly string[];
  readonly dislikes: readonly string[];
}

export interface KnownUsers {
  /** Undefined for a user that the run was not trained with. */
  user(userId: string): KnownUser | undefined;
  /** Whether the run was trained with anything that this user took: a look-up, where `user` makes lists. */
  hasHistory(userId: string): boolean;
}

export function knownUsers(
  users: KnownIds,
  { interactions, dislikes }: Pick<RunWeights, "interactions" | "dislikes">,
  idOf: (item: number) => string,
): KnownUsers {
  return {
    user: (userId) => {
      if (!users.has(userId)) return undefined;
      const user = users.indexOf(userId);
      const idsIn = ({ rowPointers, columnIndices }: Interactions): string[] =>
        Array.from(columnIndices.subarray(rowPointers[user], rowPointers[user + 1]), idOf);
      return {
        history: idsIn(interactions.train),
        heldOut: [...idsIn(interactions.validation), ...idsIn(interactions.test)],
        dislikes: dislikes === undefined ? [] : idsIn(dislikes),
      };
    },
    hasHistory: (userId) => {
      if (!users.has(userId)) return false;
      const user = users.indexOf(userId);
      const { rowPointers } = interactions.train;
      return rowPointers[user + 1] > rowPointers[user];
    },
  };
}
