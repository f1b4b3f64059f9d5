/**
 * From a list of (user, item, split) in any order to one compressed users × items pattern a split, in time linear in the
 * list: three stable counting sorts (by split, then item, then user) put equal pairs beside one another with the earliest split first, so
 * that a pair that occurs more than once is kept once, in train before validation before test.
 */
import type { Interactions, Split } from "./dataset.ts";

/** In the order in which a repeated pair is kept. */
export const splits: readonly Split[] = ["train", "validation", "test"];

/** Interactions as read: entry p says that user users[p] took item items[p]; labels[p] is the split's place in `splits`. */
export interface InteractionList {
  readonly users: Int32Array;
  readonly items: Int32Array;
  readonly labels: Uint8Array;
}

/** Appends without knowing the length beforehand. */
export interface InteractionCollector {
  add(user: number, item: number, label: number): void;
  list(): InteractionList;
}

export function collectInteractions(expected = 1024): InteractionCollector {
  let users: Int32Array = new Int32Array(Math.max(expected, 16));
  let items: Int32Array = new Int32Array(users.length);
  let labels = new Uint8Array(users.length);
  let count = 0;
  const grow = (): void => {
    const longerUsers = new Int32Array(users.length * 2);
    const longerItems = new Int32Array(users.length * 2);
    const longerLabels = new Uint8Array(users.length * 2);
    longerUsers.set(users);
    longerItems.set(items);
    longerLabels.set(labels);
    users = longerUsers;
    items = longerItems;
    labels = longerLabels;
  };
  return {
    add(user, item, label) {
      if (count === users.length) grow();
      users[count] = user;
      items[count] = item;
      labels[count] = label;
      count++;
    },
    list: () => ({
      users: users.subarray(0, count),
      items: items.subarray(0, count),
      labels: labels.subarray(0, count),
    }),
  };
}

/** `order` rearranged so that keys ascend and equal keys keep their order. */
function sortByKey(order: Int32Array, keys: ArrayLike<number>, bound: number): Int32Array {
  const starts = new Int32Array(bound + 1);
  for (const entry of order) starts[keys[entry] + 1]++;
  for (let key = 0; key < bound; key++) starts[key + 1] += starts[key];
  const sorted = new Int32Array(order.length);
  for (const entry of order) {
    const key = keys[entry];
    const at = starts[key];
    sorted[at] = entry;
    starts[key] = at + 1;
  }
  return sorted;
}

/** @returns the pattern of each split and how many entries were left out because their pair was there already */
export function buildInteractions(
  list: InteractionList,
  users: number,
  items: number,
): { readonly interactions: Readonly<Record<Split, Interactions>>; readonly duplicates: number } {
  let order: Int32Array = Int32Array.from(list.users.keys());
  order = sortByKey(order, list.labels, splits.length);
  order = sortByKey(order, list.items, items);
  order = sortByKey(order, list.users, users);

  const rowPointers = splits.map(() => new Int32Array(users + 1));
  const columns = splits.map(() => new Int32Array(order.length));
  const counts = splits.map(() => 0);
  let duplicates = 0;
  let previousUser = -1;
  let previousItem = -1;
  for (const entry of order) {
    const user = list.users[entry];
    const item = list.items[entry];
    if (user === previousUser && item === previousItem) {
      duplicates++;
      continue;
    }
    previousUser = user;
    previousItem = item;
    const label = list.labels[entry];
    const pointers = rowPointers[label];
    const at = counts[label];
    columns[label][at] = item;
    counts[label] = at + 1;
    pointers[user + 1]++;
  }
  const patternOf = (label: number): Interactions => {
    const pointers = rowPointers[label];
    for (let user = 0; user < users; user++) {
      pointers[user + 1] += pointers[user];
    }
    const columnIndices = columns[label].slice(0, counts[label]);
    return { rows: users, columns: items, rowPointers: pointers, columnIndices };
  };
  return { interactions: { train: patternOf(0), validation: patternOf(1), test: patternOf(2) }, duplicates };
}

/** The users of each item: the same pairs as an items × users pattern. */
export function transposeInteractions(pattern: Interactions): Interactions {
  const rowPointers = new Int32Array(pattern.columns + 1);
  for (const item of pattern.columnIndices) rowPointers[item + 1]++;
  for (let item = 0; item < pattern.columns; item++) {
    rowPointers[item + 1] += rowPointers[item];
  }
  const next = rowPointers.slice(0, pattern.columns);
  const columnIndices = new Int32Array(pattern.columnIndices.length);
  for (let user = 0; user < pattern.rows; user++) {
    for (let p = pattern.rowPointers[user]; p < pattern.rowPointers[user + 1]; p++) {
      const item = pattern.columnIndices[p];
      const at = next[item];
      columnIndices[at] = user;
      next[item] = at + 1;
    }
  }
  return { rows: pattern.columns, columns: pattern.rows, rowPointers, columnIndices };
}
