/**
 * From a list of (user, item, split) in any order to one compressed users × items pattern a split, in time linear in the
 * list: three stable counting sorts (by split, then item, then user) put equal pairs beside one another with the earliest split first, so
 * that a pair that occurs more than once is kept once, in train before validation before test, and a dislike only where there is nothing else.
 */
import type { Interactions, Split } from "./dataset.ts";

/** In the order in which a repeated pair is kept. */
export const splits: readonly Split[] = ["train", "validation", "test"];

/** Label of a pair that says what a user does not want; the labels below it are places in `splits`. */
export const dislikeLabel = 3;

/** Interactions as read: entry p says that user users[p] took item items[p]; labels[p] is the split's place in `splits`, or `dislikeLabel`. */
export interface InteractionList {
  readonly users: Int32Array;
  readonly items: Int32Array;
  readonly labels: Uint8Array;
  /** How much each entry counts; used of training entries. */
  readonly weights?: Float32Array | undefined;
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

/** Whether the entries stand in the order of users, items and labels already. */
function isOrdered({ users, items, labels }: InteractionList): boolean {
  for (let p = 1; p < users.length; p++) {
    const difference = users[p] - users[p - 1] || items[p] - items[p - 1] || labels[p] - labels[p - 1];
    if (difference < 0) return false;
  }
  return true;
}

function orderOf(list: InteractionList, users: number, items: number): Int32Array | undefined {
  // What we wrote ourselves is in order: twenty million entries then need no other array.
  if (isOrdered(list)) return undefined;
  let order: Int32Array = Int32Array.from(list.users.keys());
  order = sortByKey(order, list.labels, dislikeLabel + 1);
  order = sortByKey(order, list.items, items);
  return sortByKey(order, list.users, users);
}

export interface BuiltInteractions {
  readonly interactions: Readonly<Record<Split, Interactions>>;
  /** Absent where nobody dislikes anything. */
  readonly dislikes: Interactions | undefined;
  /** In the order of the training pattern, where the list has weights. */
  readonly trainWeights: Float32Array | undefined;
  /** Entries left out because their pair was there already. */
  readonly duplicates: number;
  /** Dislikes left out because the pair is an interaction too. */
  readonly contradictions: number;
}

/** The pattern of each split and of the dislikes, every pair kept once. */
export function buildInteractions(list: InteractionList, users: number, items: number): BuiltInteractions {
  const { labels } = list;
  const order = orderOf(list, users, items);
  const count = labels.length;
  const repeats = new Uint8Array(count);
  const kept = [0, 0, 0, 0];
  let duplicates = 0;
  let contradictions = 0;
  let previous = -1;
  for (let place = 0; place < count; place++) {
    const entry = order === undefined ? place : order[place];
    const label = labels[entry];
    if (previous >= 0 && list.users[entry] === list.users[previous] && list.items[entry] === list.items[previous]) {
      repeats[place] = 1;
      if (label === dislikeLabel && labels[previous] !== dislikeLabel) contradictions++;
      else duplicates++;
      continue;
    }
    previous = entry;
    kept[label]++;
  }

  const patterns = kept.map((size) => ({
    rows: users,
    columns: items,
    rowPointers: new Int32Array(users + 1),
    columnIndices: new Int32Array(size),
  }));
  const trainWeights = list.weights && new Float32Array(kept[0]);
  const filled = [0, 0, 0, 0];
  for (let place = 0; place < count; place++) {
    if (repeats[place] === 1) continue;
    const entry = order === undefined ? place : order[place];
    const label = labels[entry];
    const at = filled[label]++;
    patterns[label].columnIndices[at] = list.items[entry];
    patterns[label].rowPointers[list.users[entry] + 1]++;
    if (trainWeights !== undefined && list.weights !== undefined && label === 0) trainWeights[at] = list.weights[entry];
  }
  for (const { rowPointers } of patterns) {
    for (let user = 0; user < users; user++) rowPointers[user + 1] += rowPointers[user];
  }
  const [train, validation, test, disliked] = patterns;
  return {
    interactions: { train, validation, test },
    dislikes: kept[dislikeLabel] > 0 ? disliked : undefined,
    trainWeights,
    duplicates,
    contradictions,
  };
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
