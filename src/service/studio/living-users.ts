/**
 * Finding a user: one by the whole id, known to the model or to the store, or a list by parts of ids. Lists hold whom the model was trained with; who was
 * erased since is in none.
 */
import type { Users } from "../../studio/api.ts";
import type { LivingModel } from "../living/living-model.ts";
import type { Store } from "../store/store.ts";

export interface UserSearch {
  /** A part of an id, or where nobody is listed the whole of one. */
  readonly query: string;
  readonly limit: number;
  readonly listed: boolean;
}

interface UserSources {
  readonly living: LivingModel;
  readonly store: Pick<Store, "erasedAmong">;
}

const lookedUpAtOnce = 500;

/** By the whole id. @returns undefined for somebody who did nothing that counts */
async function exactly({ living }: UserSources, id: string): Promise<Users["users"][number] | undefined> {
  if (id === "") return undefined;
  const state = await living.users.of(id);
  const { served } = living;
  if (served.trainedUser(id, state.erasedAt) === undefined && state.history.size === 0) return undefined;
  return { id, taken: served.history(state).length };
}

export async function findUsers(sources: UserSources, { query, limit, listed }: UserSearch): Promise<Users> {
  const { living, store } = sources;
  const whole = await exactly(sources, query.trim());
  if (!listed) return { total: whole === undefined ? 0 : 1, listed, users: whole === undefined ? [] : [whole] };
  const wanted = query.trim().toLowerCase();
  const found = living.served.recommender.run.ids.users.filter(
    (id) => id !== whole?.id && (wanted === "" || id.toLowerCase().includes(wanted)),
  );
  const users = whole === undefined ? [] : [whole];
  let erased = 0;
  for (let from = 0; from < found.length && users.length < limit; from += lookedUpAtOnce) {
    const block = found.slice(from, from + lookedUpAtOnce);
    const erasures = await store.erasedAmong(block);
    for (const id of block) {
      const known = living.served.trainedUser(id, erasures.get(id));
      if (known === undefined) erased++;
      else if (users.length < limit) users.push({ id, taken: known.history.length });
    }
  }
  return { total: found.length - erased + (whole === undefined ? 0 : 1), listed, users };
}
