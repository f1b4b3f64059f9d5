/**
 * The model that is served now, kept as the store says: own writes are applied before they are acknowledged, those of other processes when the
 * sequence of changes is looked at again. Another version is opened beside, while requests and writes go on, brought up to date, and takes over by one assignment. An answer
 * is computed in one piece on the model that is served when it begins, so none is under way when the assignment happens, and the old model is
 * closed right after.
 */
import { type ItemWrite, type StoredInteraction, type StoredItem, StoreUnavailable } from "../store/store.ts";
import { changesFrom } from "./changes-from.ts";
import { encodedAnew } from "./encode-items.ts";
import { type ItemOutcome, type OpenedModel, writeItems } from "./item-writes.ts";
import { disposeOpened, modelsUpToDate, type UpToDateRequest } from "./models-up-to-date.ts";
import type { ServedModel, TrainedItem } from "./served-model.ts";
import { createTurns } from "./turns.ts";
import { createUserStates, type UserStates } from "./user-states.ts";

export interface LivingModel {
  /** The model that is served; changes with `serve`. */
  readonly served: ServedModel;
  readonly users: UserStates;
  /** What the served model was trained with; undefined for an item that it does not know, or that is hidden. */
  trainedItem(id: string): (TrainedItem & { readonly hasPicture: boolean }) | undefined;
  /** @returns what became of each item, one that is written twice once @throws UnencodableItem for a picture that is none */
  putItems(writes: readonly ItemWrite[]): Promise<readonly ItemOutcome[]>;
  /**
   * Writes an item as what it is now is changed to; in one step, whatever others write meanwhile.
   * @param change may be called more than once
   * @returns undefined where the store has no such item
   * @throws UnencodableItem for a picture that is none, and what `change` throws
   */
  updateItem(id: string, change: (before: StoredItem) => ItemWrite): Promise<ItemOutcome | undefined>;
  /** @returns whether anything knew it */
  deleteItem(id: string): Promise<boolean>;
  /** @returns keys of those that were new */
  addInteractions(interactions: readonly StoredInteraction[]): Promise<ReadonlySet<string>>;
  /** @returns removed interactions */
  eraseUser(user: string): Promise<number>;
  /**
   * Takes another version over and has the store say so, whereupon the other processes follow.
   * @throws RunError when it cannot be opened, and the served model stays; what the store throws, and this process goes by what it says afterwards
   */
  serve(version: string, folder: string): Promise<void>;
  /** Catches up with other processes. @throws what the store throws */
  follow(): Promise<void>;
  close(): Promise<void>;
}

export interface LivingModelRequest extends Omit<UpToDateRequest, "now"> {
  readonly version: string;
  /** Run folder. */
  readonly folder: string;
  readonly now?: (() => number) | undefined;
}

/** After a version could not be opened, the next attempt. */
const restMilliseconds = 60_000;

/** Others may write the same item meanwhile: it is read again so many times. */
const mostAttempts = 10;

/** @throws RunError when the run cannot be opened, or what the store throws */
export async function openLivingModel(request: LivingModelRequest): Promise<LivingModel> {
  const { store, now = Date.now } = request;
  const users = createUserStates(store);
  let closed = false;
  // Between being told the version and knowing the position, the store may have changed its mind.
  let doubtsVersion = true;
  let restsUntil = 0;

  const openUpToDate = modelsUpToDate({ ...request, now });
  let position = await store.position();
  let current = await openUpToDate(request.version, request.folder);

  /** Catalogue changes, following, and the moment of taking over. */
  const changing = createTurns();
  /** Versions are chosen and opened one after the other, beside all changes: what the store said before a turn is old in the next. */
  const opening = createTurns();

  const applyItems = async (
    { model, encoding }: OpenedModel,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string>> => {
    const found = await store.itemsOf(ids);
    model.remove(ids.filter((id) => !found.has(id)));
    return model.put(await encodedAnew(encoding, [...found.values()], store));
  };

  /** Requests and writes go on while a version is opened; what they changed is caught up with in the turn in which it takes over. */
  const takeOver = async (version: string, folder: string): Promise<void> => {
    if (version === current.model.version) return;
    const from = await store.position();
    const next = await openUpToDate(version, folder);
    await changing.take(async () => {
      try {
        for await (const { items } of changesFrom(store, from)) await applyItems(next, [...items]);
      } catch (error) {
        await disposeOpened(next);
        throw error;
      }
      const before = current;
      current = next;
      await disposeOpened(before);
    });
  };

  const catchUp = async (): Promise<void> => {
    for await (const block of changesFrom(store, position)) {
      for (const user of block.users) users.forget(user);
      if (block.erasure) users.forgetAll();
      if (block.model) {
        doubtsVersion = true;
        restsUntil = 0;
      }
      if (block.items.size > 0) await applyItems(current, [...block.items]);
      position = block.position;
    }
  };
  /** Which version the store says; one that cannot be opened here is tried again from time to time, and the one that is served goes on. */
  const followVersion = async (): Promise<void> => {
    if (closed || !doubtsVersion || performance.now() < restsUntil) return;
    const version = await store.servedModel();
    const wanted = (await store.models()).find((one) => one.version === version);
    doubtsVersion = false;
    if (wanted === undefined) return;
    try {
      await takeOver(wanted.version, wanted.folder);
    } catch (error) {
      doubtsVersion = true;
      restsUntil = performance.now() + restMilliseconds;
      throw error;
    }
  };

  /** @param write gives undefined where others wrote between its reading and its writing: it is done again */
  const untilTaken = (write: () => Promise<readonly ItemOutcome[] | undefined>): Promise<readonly ItemOutcome[]> =>
    changing.take(async () => {
      for (let attempt = 0; attempt < mostAttempts; attempt++) {
        const outcomes = await write();
        if (outcomes !== undefined) return outcomes;
      }
      throw new StoreUnavailable(`an item was written by others each of ${mostAttempts} times`);
    });

  return {
    get served() {
      return current.model;
    },
    users,
    trainedItem: (id) => {
      const known = current.model.trainedItem(id);
      if (known === undefined) return undefined;
      const { kinds } = current.encoding.encoding;
      return { ...known, hasPicture: known.modalities.some((name) => kinds[name] === "image") };
    },
    putItems: (writes) => untilTaken(() => writeItems(writes, { ...current, store, save: store.putItems })),
    updateItem: async (id, change) => {
      const [outcome] = await untilTaken(async () => {
        const before = await store.item(id);
        if (before === undefined) return [];
        const save = ([write]: readonly ItemWrite[]): Promise<boolean> => store.replaceItem(before, write);
        return writeItems([change(before)], { ...current, store, save });
      });
      return outcome;
    },
    deleteItem: (id) =>
      changing.take(async () => {
        const known = current.model.recommender.has(id);
        const stored = await store.deleteItem(id);
        current.model.remove([id]);
        return stored || known;
      }),
    addInteractions: async (interactions) => {
      const added = await store.addInteractions(interactions);
      for (const user of new Set(interactions.map((one) => one.user))) users.forget(user);
      return added;
    },
    eraseUser: async (user) => {
      const removed = await store.eraseUser(user, now());
      users.forget(user);
      return removed;
    },
    serve: (version, folder) =>
      opening.take(async () => {
        if (closed) return;
        await takeOver(version, folder);
        try {
          await store.serveModel(version);
        } catch (error) {
          // The store may have kept it or not.
          doubtsVersion = true;
          restsUntil = 0;
          throw error;
        }
      }),
    follow: async () => {
      await changing.take(async () => (closed ? undefined : catchUp()));
      await opening.take(followVersion);
    },
    close: async () => {
      closed = true;
      await opening.ended();
      await changing.ended();
      await disposeOpened(current);
    },
  };
}
