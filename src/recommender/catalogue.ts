/**
 * The items a recommender knows: those of the run, then those added since, with their ids, titles and final embeddings, which lie in
 * engine memory as one matrix. Indices of added items close up when one is removed.
 */
import type { Engine, Matrix } from "../engine/engine.ts";
import type { RunIds } from "../runs/run-format.ts";
import { growingIds, type KnownIds } from "./known-ids.ts";
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
  /** Each of these by its length, so that a product of two rows is their cosine; made when first asked for. */
  readonly directions: Matrix;
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
  const known = growingIds("item", ids.items);
  // Room for added items grows by doubling, so that one more seldom copies those that are there.
  let memory = engine.floats(items.data.length);
  memory.set(items.data);
  let embeddings: Matrix = { rows: trained, columns, data: memory };
  let directions: Directions | undefined;

  const forgetDirections = (): void => {
    directions?.dispose();
    directions = undefined;
  };
  const makeRoom = (rows: number): void => {
    if (rows * columns <= memory.length) return;
    const room = Math.max(16, 2 ** Math.ceil(Math.log2(rows - trained)));
    const next = engine.floats((trained + room) * columns);
    next.set(items.data);
    engine.release(memory);
    memory = next;
  };
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
    get directions() {
      directions ??= directionsOf(engine, embeddings);
      return directions.rows;
    },
    indexOf: known.indexOf,
    has: known.has,
    idOf: (item) => (item < trained ? ids.items[item] : added[item - trained].id),
    titleOf: (item) => (item < trained ? ids.titles?.[item] : added[item - trained].title),
    categoriesOf: (item) => (item < trained ? undefined : added[item - trained].categories),
    replaceAdded: (next) => {
      const rows = trained + next.length;
      makeRoom(rows);
      next.forEach(({ placed }, row) => {
        memory.set(placed.embedding, (trained + row) * columns);
      });
      embeddings = { rows, columns, data: memory.subarray(0, rows * columns) };
      forgetDirections();
      added = next;
      known.others(next.map(({ id }) => id));
    },
    dispose: () => {
      forgetDirections();
      engine.release(memory);
    },
  };
}

interface Directions {
  readonly rows: Matrix;
  dispose(): void;
}

function directionsOf(engine: Engine, embeddings: Matrix): Directions {
  const { rows, columns } = embeddings;
  const data = engine.floats(rows * columns);
  const lengths = engine.floats(rows);
  engine.normaliseRows(embeddings, { rows, columns, data }, lengths);
  engine.release(lengths);
  return { rows: { rows, columns, data }, dispose: () => engine.release(data) };
}
