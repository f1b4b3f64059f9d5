/** What a model takes users to like now: what it was trained with and what the store has, together, without what they rejected. */
import type { KnownUser, Recommender } from "../../recommender/index.ts";
import type { UserState } from "./user-states.ts";

export interface UserHistory {
  /** What the run knows of the user; undefined where it knows nothing, or has to have forgotten it. */
  readonly known: KnownUser | undefined;
  /** Of items that the model knows, each with its largest weight. */
  readonly weights: ReadonlyMap<string, number>;
}

export interface UserHistories {
  /** What the run knows of a user, unless it was erased since. @param erasedAt milliseconds since 1970 */
  trained(user: string, erasedAt: number | undefined): KnownUser | undefined;
  of(user: UserState): UserHistory;
  /** Whether the model was trained with everything that it knows of somebody, and they still want all of it. */
  isAsTrained(user: UserState): boolean;
}

export function createUserHistories(
  recommender: Pick<Recommender, "run" | "user" | "hasHistory" | "knows">,
): UserHistories {
  const trainedAt = Date.parse(recommender.run.config.startedAt);
  const isErased = (erasedAt: number | undefined): boolean => erasedAt !== undefined && erasedAt >= trainedAt;
  const trained: UserHistories["trained"] = (user, erasedAt) =>
    isErased(erasedAt) ? undefined : recommender.user(user);
  return {
    trained,
    of: (user) => {
      const known = trained(user.id, user.erasedAt);
      const weights = new Map<string, number>(known?.history.map((id) => [id, 1]));
      for (const [id, weight] of user.history) {
        if (recommender.knows(id)) weights.set(id, Math.max(weights.get(id) ?? 0, weight));
      }
      for (const id of user.dislikes) weights.delete(id);
      return { known, weights };
    },
    isAsTrained: (user) => {
      if (isErased(user.erasedAt) || !recommender.hasHistory(user.id)) return false;
      if (user.history.size === 0 && user.dislikes.length === 0) return true;
      const history = new Set(recommender.user(user.id)?.history);
      if (user.dislikes.some((id) => history.has(id))) return false;
      return [...user.history.keys()].every((id) => history.has(id) || !recommender.knows(id));
    },
  };
}
