/**
 * The items a recommender knows: those of the run, then those added since, with their ids, titles and final embeddings, which lie in
 * engine memory as one matrix. Indices of added items close up when one is removed. A hidden item keeps its place, so that histories may
 * hold it, and its id is refused everywhere else; an added item may stand in the place of a known one, which is then hidden for good.
 */
import type { Engine, Floats, Matrix } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";
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
  /** The indices 0 … size − 1; valid until the next change. */
  readonly indices: Int32Array;
  /** Indices of what is to appear nowhere, ascending; valid until the next change. */
  readonly hidden: Int32Array;
  /** @throws ConfigError naming the id and the closest known ones, or that it is hidden */
  readonly indexOf: KnownIds["indexOf"];
  /** As `indexOf`, for items of a history, which may be hidden. */
  readonly takenIndexOf: KnownIds["indexOf"];
  /** What stands for it by now: the item added in its place, or itself. */
  currentOf(item: number): number;
  /** Whether its id may be said; an item that another stands for has that one's id. */
  isShown(item: number): boolean;
  /** The index that the run has for it; undefined for an item that is new. */
  ofRun(id: string): number | undefined;
  /** Known, hidden or not. */
  has(id: string): boolean;
  idOf(item: number): string;
  titleOf(item: number): string | undefined;
  /** Titles that stand for those of the run or of added items. @throws ConfigError for an unknown id */
  setTitles(titles: Iterable<readonly [id: string, title: string | undefined]>): void;
  /** Of an added item; undefined where it was given none, and for known ones. */
  categoriesOf(item: number): readonly string[] | undefined;
  /** Puts these items in the place of the added ones there were. One with the id of an item of the run stands for it from then on. */
  replaceAdded(items: readonly AddedItem[]): void;
  /** Which ids are hidden. @throws ConfigError for an unknown one */
  setHidden(ids: ReadonlySet<string>): void;
  readonly hiddenIds: ReadonlySet<string>;
  dispose(): void;
}

/** Room for added items beyond those there are, so that not every addition copies the whole matrix. */
const spareShare = 0.1;
const leastSpare = 64;

/** Rows that grow at their end, in engine memory. */
function growingRows(engine: Engine, { rows, columns, data }: Matrix) {
  let buffer: Floats = engine.floats(rows * columns);
  buffer.set(data);
  let capacity = rows;
  return {
    matrix: (count: number): Matrix => ({ rows: count, columns, data: buffer.subarray(0, count * columns) }),
    /** Makes room for `count` rows; the first `kept` stay as they are. */
    reserve: (count: number, kept: number): void => {
      if (count <= capacity) return;
      capacity = Math.ceil(count + Math.max(leastSpare, spareShare * count));
      const larger = engine.floats(capacity * columns);
      larger.set(buffer.subarray(0, kept * columns));
      engine.release(buffer);
      buffer = larger;
    },
    set: (row: number, values: Floats): void => buffer.set(values, row * columns),
    dispose: () => engine.release(buffer),
  };
}

/** 0 … size − 1. @param had the first of them, or more */
function firstIndices(had: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  if (had.length >= size) return had.subarray(0, size);
  const indices = new Int32Array(size);
  indices.set(had);
  for (let item = had.length; item < size; item++) indices[item] = item;
  return indices;
}

/** @param items final embeddings of the run's items */
export function createCatalogue(engine: Engine, ids: RunIds, items: Matrix): Catalogue {
  const trained = items.rows;
  const known = growingIds("item", ids.items);
  const rows = growingRows(engine, items);
  let added: readonly AddedItem[] = [];
  /** By the index in the run: the index of the item added in its place. */
  let standIns = new Map<number, number>();
  let indices = firstIndices(new Int32Array(0), trained);
  const titles = new Map<string, string>();
  let hiddenIds: ReadonlySet<string> = new Set();
  let hidden = new Int32Array(0);
  let hiddenFlags = new Uint8Array(trained);

  const idOf = (item: number): string => (item < trained ? ids.items[item] : added[item - trained].id);
  const currentOf = (item: number): number => standIns.get(item) ?? item;

  const updateHidden = (): void => {
    const flags = new Uint8Array(trained + added.length);
    for (const item of standIns.keys()) flags[item] = 1;
    for (const id of hiddenIds) flags[known.indexOf(id)] = 1;
    hiddenFlags = flags;
    hidden = indices.filter((item) => flags[item] === 1);
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
      return rows.matrix(trained + added.length);
    },
    get indices() {
      return indices;
    },
    get hidden() {
      return hidden;
    },
    get hiddenIds() {
      return hiddenIds;
    },
    takenIndexOf: known.indexOf,
    indexOf: (id) => {
      const item = known.indexOf(id);
      if (hiddenFlags[item] === 0) return item;
      throw new ConfigError(`item ${JSON.stringify(id)} is hidden; show it again, or ask for another`);
    },
    has: known.has,
    ofRun: known.fixed,
    currentOf,
    isShown: (item) => hiddenFlags[currentOf(item)] === 0,
    idOf,
    titleOf: (item) => titles.get(idOf(item)) ?? (item < trained ? ids.titles?.[item] : added[item - trained].title),
    setTitles: (entries) => {
      for (const [id, title] of entries) {
        known.indexOf(id);
        if (title === undefined) titles.delete(id);
        else titles.set(id, title);
      }
    },
    categoriesOf: (item) => (item < trained ? undefined : added[item - trained].categories),
    replaceAdded: (next) => {
      const firstNew = added.findIndex((item, n) => next[n] !== item);
      const same = firstNew < 0 ? added.length : firstNew;
      rows.reserve(trained + next.length, trained + same);
      for (let n = same; n < next.length; n++) rows.set(trained + n, next[n].placed.embedding);
      added = next;
      known.others(next.map(({ id }) => id));
      standIns = new Map(
        next.flatMap(({ placed }, n) =>
          placed.standsFor === undefined ? [] : [[placed.standsFor, trained + n] as const],
        ),
      );
      indices = firstIndices(indices, trained + next.length);
      hiddenIds = new Set([...hiddenIds].filter(known.has));
      updateHidden();
    },
    setHidden: (next) => {
      for (const id of next) known.indexOf(id);
      hiddenIds = new Set(next);
      updateHidden();
    },
    dispose: rows.dispose,
  };
}
