/** Somebody as the served model stands to them now: what it was trained with and what the store has since, together. */
import { ConfigError, LatticeworkError } from "../../errors.ts";
import type { Whom } from "../../studio/server/people.ts";
import type { ServedModel } from "../living/served-model.ts";
import type { UserState } from "../living/user-states.ts";

/** @throws ConfigError in the words of the model, without its folder */
export function withoutPlaces<T>({ withoutPlace }: ServedModel, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof LatticeworkError) throw new ConfigError(withoutPlace(error.message));
    throw error;
  }
}

export function whomOfUser(served: ServedModel, state: UserState): Whom {
  return {
    key: JSON.stringify([served.version, served.changes, state.version, state.id]),
    history: served.history(state),
    // Lists of a service hold nothing that somebody took, whenever it was.
    heldOut: [],
    list: (count) => withoutPlaces(served, () => served.recommend(state, { count })),
    explain: (item, count) => withoutPlaces(served, () => served.explain(state, item, count)),
  };
}

/** @param items ids; those that the model does not know say nothing */
export function whomOfSession(served: ServedModel, items: readonly string[]): Whom {
  const history = items.filter(served.recommender.knows);
  return {
    key: JSON.stringify([served.version, served.changes, history]),
    history,
    heldOut: [],
    list: (count) => withoutPlaces(served, () => served.session(history, { count })),
    explain: (item, count) =>
      history.length === 0
        ? undefined
        : withoutPlaces(served, () => served.recommender.explainFor(history, item, { count })),
  };
}
