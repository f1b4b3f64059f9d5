/** What becomes of a store that an earlier version made and filled when it is opened: all that was there is there, and it goes on. */
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../errors.ts";
import * as earlier from "./earlier-contents.fixture.ts";
import { openStore } from "./open-store.ts";
import { pictureDigest } from "./picture-digest.ts";
import type { Store } from "./store.ts";
import { gathered, interactionWith, itemOf, itemWith } from "./store-parts.fixture.ts";

/** Everything in a store, as its database tells it. */
export interface StoreContents {
  /** Version, tables, columns, indexes. */
  readonly schema: unknown;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
}

/** How stores of earlier versions are made, without the store's own code but for its migrations. */
export interface EarlierStores {
  /** A store of a version, filled with `earlier-contents.fixture.ts`. @returns its address */
  make(version: number): Promise<string>;
  contents(address: string): Promise<StoreContents>;
  run(address: string, sql: string): Promise<void>;
}

export interface MigrationsOfStores {
  readonly newestVersion: number;
  readonly firstWithLeases: number;
  /** A table that a migration after the first one makes. */
  readonly laterTable: string;
  /** How an earlier version gives the lamp the picture of the bytes 1, 2. */
  readonly earlierReplacement: string;
  /** Asked for within tests alone. */
  stores(): EarlierStores;
}

async function expectAllThere(store: Store, hasLease: boolean): Promise<void> {
  expect(await store.identity()).toMatch(/^[0-9a-f-]{32,36}$/);
  expect(await gathered(store.items())).toEqual(earlier.items);
  for (const item of earlier.items) expect(await store.item(item.id)).toEqual(item);
  expect(await store.picture("lamp")).toEqual(earlier.picture);
  expect(await store.picture("mug")).toBeUndefined();
  expect(await store.item(earlier.deletedItem)).toBeUndefined();
  expect(await store.deletedItems()).toEqual([earlier.deletedItem]);
  expect(await gathered(store.interactions())).toEqual(earlier.interactions);
  expect(await store.interactionCount()).toBe(earlier.interactions.length);
  const ofAnn = earlier.interactions.filter(({ user }) => user === "ann");
  expect(await gathered(store.userInteractions("ann"))).toEqual(ofAnn);
  expect(await store.history("ann", 9)).toEqual(ofAnn.toReversed());
  expect(await store.erasedAt(earlier.erasedUser.id)).toBe(earlier.erasedUser.at);
  expect(await store.erasedAmong(["ann", earlier.erasedUser.id])).toEqual(
    new Map([[earlier.erasedUser.id, earlier.erasedUser.at]]),
  );
  expect(await store.position()).toBe(earlier.changes.length);
  expect(await store.changesSince(0, 99)).toEqual(earlier.changes);
  expect(await store.dataChangesSince(0)).toBe(earlier.changes.length - 1);
  expect(await store.keys()).toEqual([earlier.key]);
  expect(await store.models()).toEqual(earlier.models);
  expect(await store.servedModel()).toBe("v2");
  expect(await store.leaseHolder(earlier.lease.name)).toBe(hasLease ? earlier.lease.holder : undefined);
}

async function expectTakesWrites(store: Store, hasLease: boolean): Promise<void> {
  const lamp = await itemOf(store, "lamp");
  const encoded = { by: "two", features: { text: Float32Array.of(7) } };
  expect(await store.putEncoded(lamp, encoded)).toBe(true);
  expect(await store.replaceItem({ ...lamp, encoded }, itemWith("lamp", { title: "New" }))).toBe(true);
  expect(await store.picture("lamp")).toEqual(earlier.picture);
  await store.putItems([itemWith("mug", { picture: Uint8Array.of(1) }), itemWith(earlier.deletedItem)]);
  expect(await store.picture("mug")).toEqual(Uint8Array.of(1));
  const ofMug = pictureDigest(Uint8Array.of(1));
  expect((await store.item("mug"))?.pictureDigest).toBe(ofMug);
  expect(await store.putItems([itemWith("mug", { expectedPicture: ofMug })])).toBe(true);
  expect(await store.deletedItems()).toEqual([]);
  expect(await store.deleteItem("lamp")).toBe(true);
  expect(
    await store.addInteractions([interactionWith("k1"), interactionWith("k4", { user: earlier.erasedUser.id })]),
  ).toEqual(new Set(["k4"]));
  expect((await gathered(store.interactions())).map(({ key }) => key)).toEqual(["k1", "k2", "k3", "k4"]);
  expect(await store.eraseUser("ann", 5000)).toBe(2);
  expect(await store.revokeKey(earlier.key.id, 300)).toBe(true);
  await store.addKey({ ...earlier.key, id: "key2" });
  expect(await store.addModel({ ...earlier.models[0], version: "v3", createdAt: 300 }, "v2")).toBe(true);
  expect(await store.removeModel("v1")).toBe(true);
  expect(await store.holdLease(earlier.lease.name, "another", 1000)).toBe(!hasLease);
  await store.releaseLease(earlier.lease.name, earlier.lease.holder);
  expect(await store.holdLease(earlier.lease.name, "another", 1000)).toBe(true);
  const changes = await store.changesSince(0, 99);
  expect(changes.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    ...earlier.changes.filter(({ id }) => id !== "ann").map(({ kind, id }) => `${kind} ${id}`),
    "item lamp",
    "item mug",
    "item gone",
    "item mug",
    "item lamp",
    "user eve",
    "erasure ",
    "model v3",
  ]);
  expect(await store.position()).toBe(changes.at(-1)?.position);
  expect(await store.pruneChanges(-1000, 99)).toBe(changes.length - 2);
}

export function migrationsConformance(
  name: string,
  { newestVersion, firstWithLeases, laterTable, earlierReplacement, stores }: MigrationsOfStores,
): void {
  const using = async (address: string, use: (store: Store) => Promise<void>): Promise<void> => {
    const store = await openStore(address);
    try {
      await use(store);
    } finally {
      await store.close();
    }
  };

  describe(`${name}: a store of an earlier version`, () => {
    const earlierVersions = Array.from({ length: newestVersion - 1 }, (_, n) => n + 1);

    it.each(earlierVersions)("%i has all that was there, and takes writes", async (version) => {
      const { make, contents } = stores();
      const hasLease = version >= firstWithLeases;
      const address = await make(version);
      const { rows } = await contents(address);
      expect(Object.keys(rows).filter((table) => rows[table].length === 0)).toEqual([]);
      await using(address, (store) => expectAllThere(store, hasLease));
      const opened = await contents(address);
      await using(address, (store) => expectAllThere(store, hasLease));
      expect(await contents(address)).toEqual(opened);
      await using(address, (store) => expectTakesWrites(store, hasLease));
    });

    it("tells one picture from another, also where a process of an earlier version replaces it", async () => {
      const { make, run } = stores();
      const address = await make(1);
      await using(address, async (store) => {
        const before = await itemOf(store, "lamp");
        await run(address, earlierReplacement);
        const digest = pictureDigest(Uint8Array.of(1, 2));
        expect(await store.item("lamp")).toEqual({ ...before, pictureDigest: digest });
        expect(await store.replaceItem(before, itemWith("lamp"))).toBe(false);
        expect(await store.putEncoded(before, { by: "two", features: {} })).toBe(false);
        expect(await store.putItems([itemWith("lamp", { expectedPicture: digest })])).toBe(true);
        await store.putItems([itemWith("lamp", { picture: earlier.picture })]);
        expect((await store.item("lamp"))?.pictureDigest).toBe(before.pictureDigest);
      });
    });

    it("has the tables of a new one afterwards", async () => {
      const { make, contents } = stores();
      const [first, newest] = [await make(1), await make(newestVersion)];
      await using(first, async () => undefined);
      expect((await contents(first)).schema).toEqual((await contents(newest)).schema);
    });

    it("is as it was where a migration fails, and is opened when its reason is gone", async () => {
      const { make, contents, run } = stores();
      const address = await make(1);
      await run(address, `CREATE TABLE ${laterTable} (x int)`);
      const before = await contents(address);
      const refusal = await openStore(address).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(ConfigError);
      expect(String(refusal)).toContain("already exists");
      expect(await contents(address)).toEqual(before);
      await run(address, `DROP TABLE ${laterTable}`);
      await using(address, (store) => expectAllThere(store, firstWithLeases === 1));
    });
  });
}
