/**
 * Which items may be recommended: all, or those that an allow-list names, less those that a deny-list names and those that are hidden.
 * Ranking works on the remaining items alone, so a filter is exact however deep its items would stand in the whole ranking.
 */
import type { Interactions } from "../data/dataset.ts";

export interface Candidates {
  /** Item indices, ascending. */
  readonly items: Int32Array;
  /** By item: its place in `items`, or -1. */
  readonly places: Int32Array;
  /** Places of those that are left out all the same, ascending: dearer to rank without than to pass over. */
  readonly passedOver: Int32Array;
}

/** Above so many, items are taken out instead of passed over: each is looked at in every request. */
const mostPassedOver = 4096;

/** Both lists together, ascending, each once. */
function ascending(some: ArrayLike<number>, others: Int32Array): Int32Array {
  const sorted = new Int32Array(some.length + others.length);
  sorted.set(some);
  sorted.set(others, some.length);
  sorted.sort();
  let count = 0;
  for (let n = 0; n < sorted.length; n++) {
    if (count === 0 || sorted[n] !== sorted[count - 1]) sorted[count++] = sorted[n];
  }
  return sorted.subarray(0, count);
}

/**
 * @param all the indices 0, 1, 2 …, one an item
 * @param hidden ascending, each once
 */
export function chooseCandidates(
  all: Int32Array,
  allow: readonly number[] | undefined,
  deny: readonly number[],
  hidden: Int32Array,
): Candidates {
  if (allow === undefined && deny.length + hidden.length <= mostPassedOver) {
    const passedOver = deny.length === 0 ? hidden : ascending(deny, hidden);
    return { items: all, places: all, passedOver };
  }
  const itemCount = all.length;
  const allowed = new Uint8Array(itemCount).fill(allow === undefined ? 1 : 0);
  for (const item of allow ?? []) allowed[item] = 1;
  for (const item of deny) allowed[item] = 0;
  for (const item of hidden) allowed[item] = 0;
  const items = new Int32Array(itemCount);
  const places = new Int32Array(itemCount).fill(-1);
  let count = 0;
  for (let item = 0; item < itemCount; item++) {
    if (allowed[item] === 0) continue;
    places[item] = count;
    items[count++] = item;
  }
  return { items: items.subarray(0, count), places, passedOver: new Int32Array(0) };
}

/** Rows of places, ascending and each once, as one mask. */
function masked(rows: readonly Int32Array[], { items, passedOver }: Candidates): Interactions {
  const rowPointers = new Int32Array(rows.length + 1);
  const parts = rows.map((places, row) => {
    const part = places.length === 0 ? passedOver : ascending(places, passedOver);
    rowPointers[row + 1] = rowPointers[row] + part.length;
    return part;
  });
  const columnIndices = new Int32Array(rowPointers[rows.length]);
  parts.forEach((part, row) => {
    columnIndices.set(part, rowPointers[row]);
  });
  return { rows: rows.length, columns: items.length, rowPointers, columnIndices };
}

/** Rows `users` of the interactions, as places among the candidates; what is no candidate drops out. @param currentOf what stands for an item by now */
export function maskOf(
  interactions: readonly Interactions[],
  users: Int32Array,
  candidates: Candidates,
  currentOf: (item: number) => number,
): Interactions {
  const rows = Array.from(users, (user) => {
    let most = 0;
    for (const { rowPointers } of interactions) most += rowPointers[user + 1] - rowPointers[user];
    const places = new Int32Array(most);
    let count = 0;
    for (const { rowPointers, columnIndices } of interactions) {
      for (let p = rowPointers[user]; p < rowPointers[user + 1]; p++) {
        const place = candidates.places[currentOf(columnIndices[p])];
        if (place >= 0) places[count++] = place;
      }
    }
    return places.subarray(0, count);
  });
  return masked(rows, candidates);
}

/** The mask of one list, which leaves these items out. */
export function maskOfItems(items: readonly number[], candidates: Candidates): Interactions {
  const places = Int32Array.from(items, (item) => candidates.places[item]).filter((place) => place >= 0);
  return masked([places], candidates);
}
