/**
 * The items a recommender knows: those of the run, then those added since, with their ids, titles and final embeddings, which lie in
 * engine memory as one matrix. Indices of added items close up when one is removed.
 */
import type { Engine, Matrix } from "../engine/engine.ts";
import type { RunIds } from "../runs/run-format.ts";
import { type KnownIds, knownIds } from "./known-ids.ts";
import type { PlacedItem } from "./placed-item.ts";

/** An item that came after the training. */
export interface AddedItem {
  readonly id: string;
  readonly title?: string | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly placed: PlacedItem;
}

export interface Catalogue {
  /** Items of the run; an added one has this index or a larger one. */
  readonly trained: number;
  readonly size: number;
  readonly added: readonly AddedItem[];
  /** size × d, in engine memory; valid until the next change. */
  readonly embeddings: Matrix;
  /** @throws ConfigError naming the id and the closest known ones */
  readonly indexOf: KnownIds["indexOf"];
  has(id: string): boolean;
  idOf(item: number): string;
  titleOf(item: number): string | undefined;
  /** Of an added item; undefined where it was given none, and for known ones. */
  categoriesOf(item: number): readonly string[] | undefined;
  /** Puts these items in the place of the added ones there were. */
  replaceAdded(items: readonly AddedItem[]): void;
  dispose(): void;
}

/** @param items final embeddings of the run's items */
export function createCatalogue(engine: Engine, ids: RunIds, items: Matrix): Catalogue {
  const { columns } = items;
  const trained = items.rows;
  let added: readonly AddedItem[] = [];
  let known = knownIds("item", ids.items);
  let embeddings: Matrix = { rows: trained, columns, data: engine.floats(items.data.length) };
  embeddings.data.set(items.data);
  return {
    trained,
    get size() {
      return trained + added.length;
    },
    get added() {
      return added;
    },
    get embeddings() {
      return embeddings;
    },
    indexOf: (id) => known.indexOf(id),
    has: (id) => known.has(id),
    idOf: (item) => (item < trained ? ids.items[item] : added[item - trained].id),
    titleOf: (item) => (item < trained ? ids.titles?.[item] : added[item - trained].title),
    categoriesOf: (item) => (item < trained ? undefined : added[item - trained].categories),
    replaceAdded: (next) => {
      const rows = trained + next.length;
      const data = engine.floats(rows * columns);
      data.set(items.data);
      next.forEach(({ placed }, row) => {
        data.set(placed.embedding, (trained + row) * columns);
      });
      engine.release(embeddings.data);
      embeddings = { rows, columns, data };
      added = next;
      known = knownIds("item", [...ids.items, ...next.map(({ id }) => id)]);
    },
    dispose: () => engine.release(embeddings.data),
  };
}
