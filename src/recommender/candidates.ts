/**
 * Which items may be recommended: all, or those that an allow-list names, less those that a deny-list names. Ranking works on
 * the remaining items alone, so a filter is exact however deep its items would stand in the whole ranking. A short deny-list leaves the
 * candidates as they are and hides its items from everybody, which spares a copy of the catalogue.
 */
import type { Interactions } from "../data/dataset.ts";

export interface Candidates {
  /** Item indices, ascending. */
  readonly items: Int32Array;
  /** By item: its place in `items`, or -1. */
  readonly places: Int32Array;
  /** Places that nobody is shown. */
  readonly hidden: readonly number[];
}

/** @param allow undefined for all items */
export type CandidateChooser = (
  itemCount: number,
  allow: readonly number[] | undefined,
  deny: readonly number[],
) => Candidates;

/** Longer deny-lists are taken out of the candidates. */
const mostHidden = 1000;

/** Keeps the list of all items, which is the same for every request without filters. */
export function candidateChooser(): CandidateChooser {
  let every: Candidates = { items: new Int32Array(0), places: new Int32Array(0), hidden: [] };
  return (itemCount, allow, deny) => {
    if (allow === undefined && deny.length <= mostHidden) {
      if (every.items.length !== itemCount) {
        const items = Int32Array.from({ length: itemCount }, (_, item) => item);
        every = { items, places: items, hidden: [] };
      }
      return { ...every, hidden: deny };
    }
    return chosenOf(itemCount, allow, deny);
  };
}

function chosenOf(itemCount: number, allow: readonly number[] | undefined, deny: readonly number[]): Candidates {
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
  return { items: items.subarray(0, count), places, hidden: [] };
}

/** @param rows items of each row that are not shown to it @returns rows × candidates; what is no candidate drops out */
function maskOfRows(rows: Iterable<readonly number[]>, { items, places: placeOf, hidden }: Candidates): Interactions {
  const rowPointers = [0];
  const columns: number[] = [];
  for (const row of rows) {
    const places = new Set(hidden);
    for (const item of row) {
      if (placeOf[item] >= 0) places.add(placeOf[item]);
    }
    for (const place of [...places].sort((a, b) => a - b)) columns.push(place);
    rowPointers.push(columns.length);
  }
  return {
    rows: rowPointers.length - 1,
    columns: items.length,
    rowPointers: Int32Array.from(rowPointers),
    columnIndices: Int32Array.from(columns),
  };
}

/** One row: these items are not shown. */
export const maskOfItems = (items: readonly number[], candidates: Candidates): Interactions =>
  maskOfRows([items], candidates);

/** Rows `users` of the interactions, as places among the candidates. */
export function maskOf(interactions: readonly Interactions[], users: Int32Array, candidates: Candidates): Interactions {
  const rows = Array.from(users, (user) =>
    interactions.flatMap(({ rowPointers, columnIndices }) => [
      ...columnIndices.subarray(rowPointers[user], rowPointers[user + 1]),
    ]),
  );
  return maskOfRows(rows, candidates);
}
