/** A store in memory for tests of what stands above stores. It can be told to be away, as a database server may be. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { RunError } from "../../errors.ts";
import { expectedPictures, lastWrites } from "./last-writes.ts";
import { pictureDigest } from "./picture-digest.ts";
import type { ItemWrite, Store, StoreChange, StoredInteraction, StoredItem, StoredKey, StoredModel } from "./store.ts";
import { StoreUnavailable } from "./store.ts";

export interface MemoryStore extends Store {
  setAway(away: boolean): void;
}

export function createMemoryStore(): MemoryStore {
  const identity = randomUUID();
  const items = new Map<string, StoredItem>();
  const pictures = new Map<string, Uint8Array>();
  const deleted = new Set<string>();
  const interactions = new Map<string, StoredInteraction>();
  const erased = new Map<string, number>();
  let changes: (StoreChange & { readonly at: number })[] = [];
  const lastPosition = (): number => changes.at(-1)?.position ?? 0;
  const keys = new Map<string, StoredKey>();
  const models = new Map<string, StoredModel>();
  const leases = new Map<string, { readonly holder: string; readonly until: number }>();
  let served: string | undefined;
  let away = false;
  const here = (): void => {
    if (away) throw new StoreUnavailable("the store is away");
  };
  const changed = (kind: StoreChange["kind"], id: string): void => {
    changes.push({ position: lastPosition() + 1, kind, id, at: Date.now() });
  };
  const digestOf = (id: string): string | undefined => {
    const picture = pictures.get(id);
    return picture === undefined ? undefined : pictureDigest(picture);
  };
  const put = ({ picture, expectedPicture: _, ...item }: ItemWrite): void => {
    if (picture === null) pictures.delete(item.id);
    else if (picture !== undefined) pictures.set(item.id, picture);
    items.set(item.id, { ...item, pictureDigest: digestOf(item.id) });
    deleted.delete(item.id);
    changed("item", item.id);
  };
  const insertModel = (model: StoredModel): void => {
    if (models.has(model.version)) throw new Error(`version ${model.version} is there already`);
    models.set(model.version, model);
  };
  const ofUser = (user: string) => [...interactions.values()].filter((one) => one.user === user);
  return {
    setAway: (value) => {
      away = value;
    },
    identity: async () => identity,
    item: async (id) => {
      here();
      return items.get(id);
    },
    itemsOf: async (ids) => {
      here();
      return new Map([...items].filter(([id]) => ids.includes(id)));
    },
    picture: async (id) => {
      here();
      return pictures.get(id);
    },
    items: async function* () {
      here();
      yield [...items.values()];
    },
    putItems: async (writes) => {
      here();
      if (expectedPictures(lastWrites(writes)).some(([id, digest]) => digest !== (digestOf(id) ?? null))) return false;
      writes.forEach(put);
      return true;
    },
    replaceItem: async (before, write) => {
      here();
      if (!isDeepStrictEqual(items.get(write.id), before)) return false;
      put(write);
      return true;
    },
    putEncoded: async (before, encoded) => {
      here();
      if (!isDeepStrictEqual(items.get(before.id), before)) return false;
      items.set(before.id, { ...before, encoded });
      return true;
    },
    deleteItem: async (id) => {
      here();
      deleted.add(id);
      pictures.delete(id);
      changed("item", id);
      return items.delete(id);
    },
    deletedItems: async () => {
      here();
      return [...deleted];
    },
    addInteractions: async (list) => {
      here();
      const added = new Set<string>();
      for (const one of list) {
        if (interactions.has(one.key)) continue;
        interactions.set(one.key, one);
        added.add(one.key);
        changed("user", one.user);
      }
      return added;
    },
    history: async (user, most) => {
      here();
      return ofUser(user)
        .toSorted((a, b) => b.at - a.at)
        .slice(0, most);
    },
    userInteractions: async function* (user) {
      here();
      yield ofUser(user);
    },
    eraseUser: async (user, at) => {
      here();
      const own = ofUser(user);
      for (const { key } of own) interactions.delete(key);
      erased.set(user, at);
      changed("erasure", "");
      return own.length;
    },
    erasedAt: async (user) => {
      here();
      return erased.get(user);
    },
    erasedAmong: async (users) => {
      here();
      return new Map(
        users.flatMap((user) => {
          const at = erased.get(user);
          return at === undefined ? [] : [[user, at] as const];
        }),
      );
    },
    interactionCount: async () => interactions.size,
    interactions: async function* () {
      here();
      yield [...interactions.values()];
    },
    position: async () => {
      here();
      return lastPosition();
    },
    changesSince: async (position, most) => {
      here();
      const after = changes.filter((change) => change.position > position).slice(0, most);
      return after.map(({ at: _, ...change }) => change);
    },
    dataChangesSince: async (position) => {
      here();
      const ofVersions = changes.filter((change) => change.kind === "model" && change.position > position).length;
      return Math.max(lastPosition(), position) - position - ofVersions;
    },
    pruneChanges: async (milliseconds, most) => {
      here();
      const before = Date.now() - milliseconds;
      const last = lastPosition();
      const old = changes
        .filter(({ kind, position, at }) => kind !== "model" && position < last && at <= before)
        .slice(0, most);
      changes = changes.filter((change) => !old.includes(change));
      return old.length;
    },
    keys: async () => {
      here();
      return [...keys.values()];
    },
    key: async (id) => {
      here();
      return keys.get(id);
    },
    addKey: async (key) => {
      keys.set(key.id, key);
    },
    revokeKey: async (id, at) => {
      const key = keys.get(id);
      if (key === undefined) return false;
      keys.set(id, { ...key, revokedAt: at });
      return true;
    },
    models: async () => {
      here();
      return [...models.values()];
    },
    addModel: async (model, takesOverFrom) => {
      insertModel(model);
      if (takesOverFrom === undefined || takesOverFrom !== served) return false;
      served = model.version;
      changed("model", model.version);
      return true;
    },
    addModelOfFolder: async (model) => {
      here();
      const known = [...models.values()].find(({ folder }) => folder === model.folder);
      if (known === undefined) insertModel(model);
      return known ?? model;
    },
    servedModel: async () => served,
    serveModel: async (version) => {
      here();
      if (!models.has(version)) throw new RunError(`there is no version ${version}`);
      served = version;
      changed("model", version);
    },
    removeModel: async (version) => version !== served && models.delete(version),
    holdLease: async (name, holder, milliseconds) => {
      here();
      const lease = leases.get(name);
      if (lease !== undefined && lease.holder !== holder && lease.until > Date.now()) return false;
      leases.set(name, { holder, until: Date.now() + milliseconds });
      return true;
    },
    leaseHolder: async (name) => leases.get(name)?.holder,
    releaseLease: async (name, holder) => {
      if (leases.get(name)?.holder === holder) leases.delete(name);
    },
    close: async () => undefined,
  };
}
