/** What every store has to do, whatever it keeps its things in. */
import { describe, expect, it } from "vitest";
import type { ItemWrite, Store, StoredInteraction, StoredItem } from "./store.ts";

const itemWith = (id: string, more: Partial<ItemWrite> = {}): ItemWrite => ({
  id,
  categories: [],
  attributes: {},
  features: {},
  encoded: { by: "", features: {} },
  ...more,
});
const itemAs = (id: string): StoredItem => ({ ...itemWith(id), hasPicture: false });
const interactionWith = (key: string, more: Partial<StoredInteraction> = {}): StoredInteraction => ({
  key,
  user: "ann",
  item: "a",
  event: "view",
  weight: 1,
  at: 1000,
  ...more,
});
async function gathered<T>(blocks: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const block of blocks) all.push(...block);
  return all;
}

async function itemOf(store: Store, id: string): Promise<StoredItem> {
  const item = await store.item(id);
  if (item === undefined) throw new Error(`there is no item ${id}`);
  return item;
}

/** @param open a store that is empty, and the same one once more @param close takes it away */
export function storeConformance(
  name: string,
  open: () => Promise<Store>,
  again?: (store: Store) => Promise<Store>,
): void {
  const withStore = async (use: (store: Store) => Promise<void>): Promise<void> => {
    const store = await open();
    try {
      await use(store);
    } finally {
      await store.close();
    }
  };

  describe(`${name}: items`, () => {
    it("come back as they were written, in any alphabet, and are replaced whole", async () => {
      await withStore(async (store) => {
        const id = "a/ü 漢 '; DROP TABLE items; --";
        const write = itemWith(id, {
          title: "T",
          text: `zero \0 ${"x".repeat(5000)}`,
          categories: ["A", "B > C"],
          attributes: { size: 3, sold: false, tags: ["x", "y"], nothing: null, name: "O'Hara" },
          expiresAt: 1_900_000_000_000,
          features: { image: Float32Array.of(1, -2.5, 3) },
          encoded: { by: "one", features: { text: Float32Array.of(0.1, 0.2), image: Float32Array.of(9) } },
          picture: Uint8Array.of(1, 2, 3),
        });
        const { picture, ...rest } = write;
        await store.putItems([write]);
        expect(await store.item(id)).toEqual({ ...rest, hasPicture: true });
        expect([...((await store.picture(id)) ?? [])]).toEqual([1, 2, 3]);
        await store.putItems([itemWith(id, { title: "New" })]);
        const { title, text, hasPicture, features } = (await store.item(id)) ?? { ...itemWith(""), hasPicture: false };
        expect([title, text, hasPicture, features]).toEqual(["New", undefined, true, {}]);
        expect(
          await store.putEncoded(await itemOf(store, id), { by: "two", features: { text: Float32Array.of(7) } }),
        ).toBe(true);
        expect((await store.item(id))?.encoded).toEqual({ by: "two", features: { text: Float32Array.of(7) } });
        await store.putItems([itemWith(id, { picture: null })]);
        expect([(await store.item(id))?.hasPicture, await store.picture(id)]).toEqual([false, undefined]);
      });
    });

    it("are written over what was read, and not over what others wrote since", async () => {
      await withStore(async (store) => {
        const other = again === undefined ? store : await again(store);
        const change = async (by: Store, more: (before: StoredItem) => Partial<ItemWrite>): Promise<boolean> => {
          const before = await itemOf(by, "a");
          return by.replaceItem(before, itemWith("a", { ...before, ...more(before) }));
        };
        const start = await store.position();
        await store.putItems([
          itemWith("a", {
            title: "A",
            attributes: { tags: ["x"], nothing: null },
            features: { image: Float32Array.of(1, 2) },
            encoded: { by: "one", features: { text: Float32Array.of(0.1) } },
            picture: Uint8Array.of(1),
          }),
        ]);
        const read = await store.item("a");
        expect(await change(other, () => ({ title: "B" }))).toBe(true);
        expect(await store.item("a")).toEqual({ ...read, title: "B" });
        expect(await store.replaceItem(read ?? itemAs("a"), itemWith("a"))).toBe(false);
        expect((await store.changesSince(start, 10)).map(({ id }) => id)).toEqual(["a", "a"]);
        const until = async (n: number): Promise<void> => {
          const by = n % 2 === 0 ? store : other;
          while (!(await change(by, ({ categories }) => ({ categories: [...categories, String(n)] }))));
        };
        const numbers = Array.from({ length: 16 }, (_, n) => n);
        await Promise.all(numbers.map(until));
        expect((await store.item("a"))?.categories.map(Number).toSorted((a, b) => a - b)).toEqual(numbers);
        const last = await store.item("a");
        await other.deleteItem("a");
        expect(await store.replaceItem(last ?? itemAs("a"), itemWith("a"))).toBe(false);
        expect(await store.item("a")).toBeUndefined();
        if (other !== store) await other.close();
      });
    });

    it("get features of what was read, and not of what others have written over since", async () => {
      await withStore(async (store) => {
        const other = again === undefined ? store : await again(store);
        const before = itemWith("a", { title: "A", encoded: { by: "one", features: { text: Float32Array.of(1) } } });
        const picture = Uint8Array.of(1);
        const encoded = { by: "two", features: { text: Float32Array.of(2), image: Float32Array.of(3) } };
        await store.putItems([before]);
        const start = await store.position();
        const first = await itemOf(store, "a");
        for (const more of [{ title: "B" }, { picture }, { features: { image: Float32Array.of(9) } }]) {
          await other.putItems([{ ...before, picture: null }]);
          const was = await itemOf(store, "a");
          expect(was).toEqual(first);
          const now = { ...before, ...more };
          await other.putItems([now]);
          expect(await store.putEncoded(was, encoded)).toBe(false);
          expect((await store.item("a"))?.encoded).toEqual(before.encoded);
        }
        const last = await store.position();
        expect(last).toBe(start + 6);
        for await (const block of store.items()) {
          expect(await store.putEncoded(block[0], encoded)).toBe(true);
          expect(await other.putEncoded(block[0], { by: "three", features: {} })).toBe(false);
        }
        expect((await store.item("a"))?.encoded).toEqual(encoded);
        expect(await store.position()).toBe(last);
        if (other !== store) await other.close();
      });
    });

    it("are listed in blocks, deleted with a mark, and back when they are written again", async () => {
      await withStore(async (store) => {
        const ids = Array.from({ length: 1203 }, (_, n) => `item ${n}`);
        await store.putItems(ids.map((id) => itemWith(id)));
        expect((await gathered(store.items())).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
        expect([
          await store.deleteItem("item 5"),
          await store.deleteItem("item 5"),
          await store.deleteItem("of the run"),
        ]).toEqual([true, false, false]);
        expect((await store.deletedItems()).toSorted()).toEqual(["item 5", "of the run"]);
        expect(await store.item("item 5")).toBeUndefined();
        expect(await store.putEncoded(itemAs("item 5"), { by: "x", features: {} })).toBe(false);
        expect(await store.item("item 5")).toBeUndefined();
        await store.putItems([itemWith("item 5")]);
        expect(await store.deletedItems()).toEqual(["of the run"]);
      });
    });
  });

  describe(`${name}: interactions`, () => {
    it("count once by their key, latest first in a history", async () => {
      await withStore(async (store) => {
        const list = [
          interactionWith("1"),
          interactionWith("2", { at: 3000, item: "b", weight: -1 }),
          interactionWith("1", { item: "z" }),
        ];
        expect(await store.addInteractions(list)).toEqual(new Set(["1", "2"]));
        expect(await store.addInteractions([interactionWith("2"), interactionWith("3", { at: 2000 })])).toEqual(
          new Set(["3"]),
        );
        expect((await store.history("ann", 2)).map(({ key }) => key)).toEqual(["2", "3"]);
        expect((await store.history("ann", 10))[2]).toEqual(interactionWith("1"));
        expect(await store.history("bob", 10)).toEqual([]);
        expect(await store.interactionCount()).toBe(3);
      });
    });

    it("of a user are all told, and all erased, without the id being kept", async () => {
      await withStore(async (store) => {
        await store.addInteractions(Array.from({ length: 4500 }, (_, n) => interactionWith(`k${n}`)));
        await store.addInteractions([interactionWith("other", { user: "bob" })]);
        expect(await gathered(store.userInteractions("ann"))).toHaveLength(4500);
        expect((await gathered(store.interactions())).map(({ key }) => key)).toEqual([
          ...Array.from({ length: 4500 }, (_, n) => `k${n}`),
          "other",
        ]);
        expect(await store.erasedAt("ann")).toBeUndefined();
        expect(await store.eraseUser("ann", 77)).toBe(4500);
        expect(await gathered(store.userInteractions("ann"))).toEqual([]);
        expect([await store.erasedAt("ann"), await store.erasedAt("bob")]).toEqual([77, undefined]);
        expect(await store.interactionCount()).toBe(1);
        expect(await store.eraseUser("ann", 78)).toBe(0);
        expect(await store.erasedAt("ann")).toBe(78);
        expect(await store.erasedAmong(["bob", "ann", "cid"])).toEqual(new Map([["ann", 78]]));
        expect(await store.erasedAmong([])).toEqual(new Map());
      });
    });
  });

  it(`${name}: changes are told in order, each after the one before`, async () => {
    await withStore(async (store) => {
      const start = await store.position();
      await store.putItems([itemWith("a"), itemWith("b")]);
      await store.addInteractions([interactionWith("1")]);
      await store.deleteItem("a");
      await store.addModel({ version: "v1", folder: "/runs/1", createdAt: 1, note: {} });
      await store.serveModel("v1");
      const changes = await store.changesSince(start, 100);
      expect(changes.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
        "item a",
        "item b",
        "user ann",
        "item a",
        "model v1",
      ]);
      const positions = changes.map(({ position }) => position);
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      expect(await store.position()).toBe(positions.at(-1));
      expect(await store.changesSince(start, 2)).toEqual(changes.slice(0, 2));
      await store.eraseUser("ann", 5);
      const after = await store.changesSince(positions.at(-1) ?? 0, 100);
      expect(after.map(({ kind, id }) => [kind, id])).toEqual([["erasure", ""]]);
    });
  });

  it(`${name}: changes of items and users are counted, also of users who were erased, and versions are not`, async () => {
    await withStore(async (store) => {
      await store.putItems([itemWith("a")]);
      const start = await store.position();
      expect(await store.dataChangesSince(start)).toBe(0);
      await store.addModel({ version: "v1", folder: "/runs/1", createdAt: 1, note: {} });
      await store.serveModel("v1");
      await store.addModel({ version: "v2", folder: "/runs/2", createdAt: 2, note: {} }, "v1");
      expect(await store.position()).toBeGreaterThan(start);
      expect(await store.dataChangesSince(start)).toBe(0);
      await store.putItems([itemWith("b")]);
      await store.addInteractions([interactionWith("1")]);
      await store.serveModel("v1");
      await store.eraseUser("ann", 5);
      expect([await store.dataChangesSince(start), await store.dataChangesSince(0)]).toEqual([3, 4]);
      expect(await store.dataChangesSince(await store.position())).toBe(0);
    });
  });

  it(`${name}: old changes are removed piece by piece, and positions and counts go on as before`, async () => {
    await withStore(async (store) => {
      const day = 86_400_000;
      await store.putItems(["a", "b"].map((id) => itemWith(id)));
      await store.addModel({ version: "v1", folder: "/runs/1", createdAt: 1, note: {} });
      await store.serveModel("v1");
      await store.putItems(["c", "d", "e"].map((id) => itemWith(id)));
      const position = await store.position();
      const ids = async () => (await store.changesSince(0, 100)).map(({ id }) => id);
      expect(await store.pruneChanges(day, 100)).toBe(0);
      expect(await ids()).toEqual(["a", "b", "v1", "c", "d", "e"]);
      // Older than what is still to come is all.
      expect(await store.pruneChanges(-day, 3)).toBe(3);
      expect(await ids()).toEqual(["v1", "d", "e"]);
      expect(await store.pruneChanges(-day, 3)).toBe(1);
      expect([await store.pruneChanges(-day, 3), await ids()]).toEqual([0, ["v1", "e"]]);
      expect([await store.position(), await store.dataChangesSince(0)]).toEqual([position, 5]);
      await store.putItems([itemWith("f")]);
      expect((await store.changesSince(position, 9)).map((change) => [change.position, change.id])).toEqual([
        [position + 1, "f"],
      ]);
      expect(await store.dataChangesSince(position)).toBe(1);
    });
  });

  it(`${name}: keys and models`, async () => {
    await withStore(async (store) => {
      const key = {
        id: "k",
        name: "shop",
        scope: "write",
        hash: Uint8Array.of(1, 2),
        createdAt: 5,
        expiresAt: 9,
      } as const;
      expect(await store.keys()).toEqual([]);
      await store.addKey(key);
      expect({ ...(await store.key("k")), hash: [...((await store.key("k"))?.hash ?? [])] }).toEqual({
        ...key,
        hash: [1, 2],
      });
      expect([await store.revokeKey("k", 8), await store.revokeKey("x", 8)]).toEqual([true, false]);
      expect((await store.keys())[0]?.revokedAt).toBe(8);
      const model = { version: "v1", folder: "/r", createdAt: 1, note: { recall: 0.5, why: "first" } };
      await store.addModel(model);
      await store.addModel({ ...model, version: "v2", createdAt: 2 });
      expect(await store.servedModel()).toBeUndefined();
      await store.serveModel("v1");
      await store.serveModel("v2");
      expect([await store.servedModel(), (await store.models())[0]]).toEqual(["v2", model]);
      await expect(store.serveModel("v3")).rejects.toThrow("there is no version v3");
      expect(await store.servedModel()).toBe("v2");
      expect([await store.removeModel("v2"), await store.removeModel("v1"), await store.removeModel("v1")]).toEqual([
        false,
        true,
        false,
      ]);
      expect((await store.models()).map(({ version }) => version)).toEqual(["v2"]);
      const position = await store.position();
      expect(await store.addModel({ ...model, version: "v4", createdAt: 4 }, "v1")).toBe(false);
      expect([await store.servedModel(), await store.position()]).toEqual(["v2", position]);
      expect(await store.addModel({ ...model, version: "v5", createdAt: 5 }, "v2")).toBe(true);
      expect(await store.servedModel()).toBe("v5");
      expect(await store.changesSince(position, 9)).toEqual([{ position: position + 1, kind: "model", id: "v5" }]);
      await expect(store.addModel({ ...model, version: "v5", createdAt: 6 }, "v5")).rejects.toThrow();
      expect(await store.servedModel()).toBe("v5");
    });
  });

  it(`${name}: a folder is listed once, however many list it at the same moment`, async () => {
    await withStore(async (store) => {
      const other = again === undefined ? store : await again(store);
      const modelOf = (version: string, folder: string) => ({ version, folder, createdAt: 1, note: { why: version } });
      const listed = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          (n % 2 === 0 ? store : other).addModelOfFolder(modelOf(`v${n}`, "/runs/1")),
        ),
      );
      expect(listed).toEqual(listed.map(() => listed[0]));
      expect(await other.models()).toEqual([listed[0]]);
      expect(await store.addModelOfFolder(modelOf("w", "/runs/2"))).toEqual(modelOf("w", "/runs/2"));
      await expect(store.addModelOfFolder(modelOf("w", "/runs/3"))).rejects.toThrow();
      expect(await store.models()).toHaveLength(2);
      expect([await store.servedModel(), await store.position()]).toEqual([undefined, 0]);
      if (other !== store) await other.close();
    });
  });

  it(`${name}: has an identity that no other store has`, async () => {
    await withStore(async (store) => {
      const identity = await store.identity();
      expect(identity).toMatch(/^[0-9a-f-]{32,36}$/);
      expect(await store.identity()).toBe(identity);
      if (again !== undefined) {
        const other = await again(store);
        expect(await other.identity()).toBe(identity);
        await other.close();
      }
      await withStore(async (another) => expect(await another.identity()).not.toBe(identity));
    });
  });

  it(`${name}: a lease is one holder's, until it is given back or has run out`, async () => {
    await withStore(async (store) => {
      expect([
        await store.holdLease("training", "a", 60_000),
        await store.holdLease("training", "b", 60_000),
        await store.holdLease("training", "a", 60_000),
        await store.holdLease("other", "b", 60_000),
      ]).toEqual([true, false, true, true]);
      await store.releaseLease("training", "b");
      expect([await store.leaseHolder("training"), await store.leaseHolder("none")]).toEqual(["a", undefined]);
      expect(await store.holdLease("training", "b", 0)).toBe(false);
      await store.releaseLease("training", "a");
      expect(await store.leaseHolder("training")).toBeUndefined();
      expect(await store.holdLease("training", "b", -1)).toBe(true);
      expect(await store.holdLease("training", "c", 60_000)).toBe(true);
    });
  });

  if (again === undefined) return;
  it(`${name}: what was written is there for whoever opens it as well`, async () => {
    await withStore(async (store) => {
      const other = await again(store);
      const position = await other.position();
      await store.putItems([itemWith("a", { title: "A" })]);
      expect((await other.item("a"))?.title).toBe("A");
      expect((await other.changesSince(position, 10)).map(({ id }) => id)).toEqual(["a"]);
      await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          (n % 2 === 0 ? store : other).addInteractions([interactionWith(`k${n % 30}`)]),
        ),
      );
      expect(await store.interactionCount()).toBe(30);
      await other.close();
    });
  });
}
