/** What every store does with items, also where another process has opened it. */
import { describe, expect, it } from "vitest";
import { pictureDigest } from "./picture-digest.ts";
import type { ItemWrite, Store, StoredItem } from "./store.ts";
import { gathered, itemAs, itemOf, itemWith, type WithStore } from "./store-parts.fixture.ts";

export function itemsConformance(
  name: string,
  withStore: WithStore,
  again: ((store: Store) => Promise<Store>) | undefined,
): void {
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
        expect(await store.item(id)).toEqual({ ...rest, pictureDigest: pictureDigest(Uint8Array.of(1, 2, 3)) });
        expect([...((await store.picture(id)) ?? [])]).toEqual([1, 2, 3]);
        await store.putItems([itemWith(id, { title: "New" })]);
        const { title, text, pictureDigest: digest, features } = await itemOf(store, id);
        expect([title, text, digest, features]).toEqual(["New", undefined, pictureDigest(Uint8Array.of(1, 2, 3)), {}]);
        expect(
          await store.putEncoded(await itemOf(store, id), { by: "two", features: { text: Float32Array.of(7) } }),
        ).toBe(true);
        expect((await store.item(id))?.encoded).toEqual({ by: "two", features: { text: Float32Array.of(7) } });
        await store.putItems([itemWith(id, { picture: null })]);
        expect([(await store.item(id))?.pictureDigest, await store.picture(id)]).toEqual([undefined, undefined]);
      });
    });

    it("are read many at once, those that there are", async () => {
      await withStore(async (store) => {
        const picture = Uint8Array.of(1, 2);
        const features = { image: Float32Array.of(1, 2), text: Float32Array.of(3) };
        await store.putItems([itemWith("a", { picture, features }), itemWith("b", { title: "B" }), itemWith("c", {})]);
        await store.deleteItem("c");
        const found = await store.itemsOf(["c", "b", "unknown", "a", "b"]);
        expect(found).toEqual(
          new Map([
            ["a", await itemOf(store, "a")],
            ["b", await itemOf(store, "b")],
          ]),
        );
        expect(await store.itemsOf([])).toEqual(new Map());
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

    it("are others where only their picture is another by now", async () => {
      await withStore(async (store) => {
        const other = again === undefined ? store : await again(store);
        const write = itemWith("a", { title: "A" });
        const encoded = { by: "two", features: { image: Float32Array.of(3) } };
        await store.putItems([{ ...write, picture: Uint8Array.of(1) }]);
        const read = await itemOf(store, "a");
        await other.putItems([{ ...write, picture: Uint8Array.of(2) }]);
        expect(await store.putEncoded(read, encoded)).toBe(false);
        expect(await store.replaceItem(read, { ...write, encoded })).toBe(false);
        await other.putItems([{ ...write, picture: Uint8Array.of(1) }]);
        expect(await store.putEncoded(read, encoded)).toBe(true);
        if (other !== store) await other.close();
      });
    });

    it("are written all or none, by whether their pictures are the expected ones", async () => {
      await withStore(async (store) => {
        const other = again === undefined ? store : await again(store);
        const [one, two] = [Uint8Array.of(1), Uint8Array.of(2)];
        const titles = async () => (await gathered(other.items())).map(({ id, title }) => `${id} ${title}`);
        const put = (title: string, ...writes: readonly Partial<ItemWrite>[]): Promise<boolean> =>
          store.putItems(writes.map((more, n) => itemWith(["a", "b", "c"][n], { title, ...more })));
        expect(await put("1", { expectedPicture: null }, { picture: one })).toBe(true);
        const start = await store.position();
        expect(await put("2", { expectedPicture: pictureDigest(one) }, {})).toBe(false);
        expect(await put("2", {}, { expectedPicture: null }, { expectedPicture: null })).toBe(false);
        expect(await put("2", {}, { expectedPicture: pictureDigest(two) })).toBe(false);
        expect([await titles(), await other.position()]).toEqual([["a 1", "b 1"], start]);
        expect(
          await put("3", { picture: two }, { expectedPicture: pictureDigest(one) }, { expectedPicture: null }),
        ).toBe(true);
        expect(await titles()).toEqual(["a 3", "b 3", "c 3"]);
        expect(await put("4", {}, { picture: null, expectedPicture: pictureDigest(two) })).toBe(true);
        expect((await store.item("b"))?.pictureDigest).toBeUndefined();
        await other.deleteItem("a");
        expect(await put("5", { expectedPicture: pictureDigest(two) })).toBe(false);
        expect(await put("5", { expectedPicture: null })).toBe(true);
        if (other !== store) await other.close();
      });
    });

    it("have the picture that was expected, however many write them at once", async () => {
      await withStore(async (store) => {
        const other = again === undefined ? store : await again(store);
        const ids = Array.from({ length: 40 }, (_, n) => `item ${n}`);
        const picture = Uint8Array.of(1);
        const [taken] = await Promise.all([
          store.putItems(ids.map((id) => itemWith(id, { title: "none", expectedPicture: null }))),
          other.putItems(ids.toReversed().map((id) => itemWith(id, { title: "one", picture }))),
        ]);
        for (const { title, pictureDigest: digest } of await gathered(store.items())) {
          expect([title, digest]).toEqual(["one", pictureDigest(picture)]);
        }
        expect((await store.position()) - 40).toBe(taken ? 40 : 0);
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
}
