/** What every store does with interactions, users and the sequence of changes. */
import { describe, expect, it } from "vitest";
import { gathered, interactionWith, itemWith, type WithStore } from "./store-parts.fixture.ts";

export function interactionsConformance(name: string, withStore: WithStore): void {
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
}
