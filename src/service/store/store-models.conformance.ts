/** What every store does with keys, models, leases and its identity. */
import { expect, it } from "vitest";
import type { Store } from "./store.ts";
import type { WithStore } from "./store-parts.fixture.ts";

export function modelsConformance(
  name: string,
  withStore: WithStore,
  again: ((store: Store) => Promise<Store>) | undefined,
): void {
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
}
