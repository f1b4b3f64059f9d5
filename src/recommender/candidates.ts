/**
 * Which items may be recommended: all, or those that an allow-list names, less those that a deny-list names. Ranking works on
 * the remaining items alone, so a filter is exact however deep its items would stand in the whole ranking.
 */
import type { Interactions } from "../data/dataset.ts";

export interface Candidates {
  /** Item indices, ascending. */
  readonly items: Int32Array;
  /** By item: its place in `items`, or -1. */
  readonly places: Int32Array;
}

export function chooseCandidates(
  itemCount: number,
  allow: readonly number[] | undefined,
  deny: readonly number[],
): Candidates {
  const allowed = new Uint8Array(itemCount).fill(allow === undefined ? 1 : 0);
  for (const item of allow ?? []) allowed[item] = 1;
  for (const item of deny) allowed[item] = 0;
  const items = new Int32Array(itemCount);
  const places = new Int32Array(itemCount).fill(-1);
  let count = 0;
  for (let item = 0; item < itemCount; item++) {
    if (allowed[item] === 0) continue;
    places[item] = count;
    items[count++] = item;
  }
  return { items: items.subarray(0, count), places };
}

/** Rows `users` of the interactions, as places among the candidates; what is no candidate drops out. */
export function maskOf(interactions: readonly Interactions[], users: Int32Array, candidates: Candidates): Interactions {
  const rowPointers = new Int32Array(users.length + 1);
  const columns: number[] = [];
  users.forEach((user, row) => {
    const places = new Set<number>();
    for (const { rowPointers: pointers, columnIndices } of interactions) {
      for (let p = pointers[user]; p < pointers[user + 1]; p++) {
        const place = candidates.places[columnIndices[p]];
        if (place >= 0) places.add(place);
      }
    }
    columns.push(...[...places].sort((a, b) => a - b));
    rowPointers[row + 1] = columns.length;
  });
  return {
    rows: users.length,
    columns: candidates.items.length,
    rowPointers,
    columnIndices: Int32Array.from(columns),
  };
}
