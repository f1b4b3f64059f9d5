/** What every store has to do, whatever it keeps its things in. */
import { expect, it } from "vitest";
import type { Store } from "./store.ts";
import { interactionsConformance } from "./store-interactions.conformance.ts";
import { itemsConformance } from "./store-items.conformance.ts";
import { modelsConformance } from "./store-models.conformance.ts";
import { interactionWith, itemWith } from "./store-parts.fixture.ts";

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

  itemsConformance(name, withStore, again);
  interactionsConformance(name, withStore);
  modelsConformance(name, withStore, again);

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
