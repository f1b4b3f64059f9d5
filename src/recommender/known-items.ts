/** What a recommender says of its items as they are now, those of the run and those added since, for whoever shows a catalogue. */
import type { Catalogue } from "./catalogue.ts";
import type { Popularity } from "./popularity.ts";

export interface KnownItem {
  readonly title?: string | undefined;
  /** Training interactions; 0 for an item that came later. */
  readonly interactions: number;
  /** Placed by its features after the training, new or in the place of what the run had. */
  readonly added: boolean;
}

export interface KnownItems {
  /** Ids of what can be recommended now: in the order of the run, then as they were added. */
  itemIds(): readonly string[];
  /** @throws ConfigError for an unknown or hidden id */
  item(itemId: string): KnownItem;
  /** Final embedding, a copy; no columns where the item graph is what scores. @throws ConfigError for an unknown or hidden id */
  embedding(itemId: string): Float32Array | Float64Array;
}

export function knownItems(catalogue: Catalogue, popularity: () => Popularity): KnownItems {
  return {
    itemIds: () => {
      const { hidden, indices, idOf } = catalogue;
      const without = new Set(hidden);
      const ids: string[] = [];
      for (const item of indices) if (!without.has(item)) ids.push(idOf(item));
      return ids;
    },
    item: (itemId) => {
      const item = catalogue.indexOf(itemId);
      const title = catalogue.titleOf(item);
      return {
        ...(title === undefined ? {} : { title }),
        interactions: popularity().counts[item] ?? 0,
        added: item >= catalogue.trained,
      };
    },
    embedding: (itemId) => {
      const item = catalogue.indexOf(itemId);
      const { columns, data } = catalogue.embeddings;
      return data.slice(item * columns, (item + 1) * columns);
    },
  };
}
