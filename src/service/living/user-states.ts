/** What the store has of users, the latest of it kept at hand: read when first asked for, and again after it changed. */
import { LRUCache } from "lru-cache";
import type { Store } from "../store/store.ts";

export interface UserState {
  readonly id: string;
  /** Weights by item, above 0. */
  readonly history: ReadonlyMap<string, number>;
  /** Items that the user does not want. */
  readonly dislikes: readonly string[];
  /** What models were trained with before then is forgotten. */
  readonly erasedAt: number | undefined;
  /** Another one after every change. */
  readonly version: number;
}

export interface UserStates {
  of(user: string): UserState | Promise<UserState>;
  /** To be read again. */
  forget(user: string): void;
  forgetAll(): void;
}

/** The latest interactions count, at most so many. */
const mostInteractions = 2000;

export function createUserStates(store: Pick<Store, "history" | "erasedAt">, most = 50_000): UserStates {
  const kept = new LRUCache<string, UserState>({ max: most });
  /** By user who is being read: a change meanwhile makes that reading stale. */
  const reading = new Map<string, Promise<UserState>>();
  let versions = 0;

  const read = async (user: string): Promise<UserState> => {
    const [interactions, erasedAt] = await Promise.all([store.history(user, mostInteractions), store.erasedAt(user)]);
    const history = new Map<string, number>();
    const dislikes = new Set<string>();
    for (const { item, weight } of interactions) {
      // Latest first: what somebody did last with an item decides whether they want it.
      if (weight < 0) {
        if (!history.has(item)) dislikes.add(item);
      } else if (!dislikes.has(item)) history.set(item, Math.max(weight, history.get(item) ?? 0));
    }
    return { id: user, history, dislikes: [...dislikes], erasedAt, version: versions++ };
  };

  return {
    of: (user) => {
      const known = kept.get(user) ?? reading.get(user);
      if (known !== undefined) return known;
      const promise = read(user);
      const done = (): boolean => {
        if (reading.get(user) !== promise) return false;
        reading.delete(user);
        return true;
      };
      reading.set(user, promise);
      promise.then(
        (state) => {
          if (done()) kept.set(user, state);
        },
        () => done(),
      );
      return promise;
    },
    forget: (user) => {
      kept.delete(user);
      reading.delete(user);
    },
    forgetAll: () => {
      kept.clear();
      reading.clear();
    },
  };
}
