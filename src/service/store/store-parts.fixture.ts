/** What the suites of stores share: things to store, and a store that is closed in the end. */
import type { ItemWrite, Store, StoredInteraction, StoredItem } from "./store.ts";

export const itemWith = (id: string, more: Partial<ItemWrite> = {}): ItemWrite => ({
  id,
  categories: [],
  attributes: {},
  features: {},
  encoded: { by: "", features: {} },
  ...more,
});
export const itemAs = (id: string): StoredItem => itemWith(id);
export const interactionWith = (key: string, more: Partial<StoredInteraction> = {}): StoredInteraction => ({
  key,
  user: "ann",
  item: "a",
  event: "view",
  weight: 1,
  at: 1000,
  ...more,
});
export async function gathered<T>(blocks: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const block of blocks) all.push(...block);
  return all;
}

export async function itemOf(store: Store, id: string): Promise<StoredItem> {
  const item = await store.item(id);
  if (item === undefined) throw new Error(`there is no item ${id}`);
  return item;
}

/** Uses a store that is empty, and closes it. */
export type WithStore = (use: (store: Store) => Promise<void>) => Promise<void>;
