/**
 * A dataset some of whose items lose a modality, and what can then be done about it: mark them as missing, leave rows of zeros, or
 * fill in the mean of the rows that are there.
 */
import type { Dataset, FeatureSource, Interactions, Modality } from "../../src/data/dataset.ts";
import { createDataset } from "../../src/data/index.ts";
import { coldStartSplit, pairsByItem } from "../../src/evaluation/cold-start.ts";
import { createRandom } from "../../src/tensor/random.ts";

export const remedies = ["marked missing", "zero rows", "mean rows"] as const;
export type Remedy = (typeof remedies)[number];

function renumberColumns({ rows, columns, rowPointers, columnIndices }: Interactions, newOf: Int32Array): Interactions {
  const renumbered = columnIndices.map((item) => newOf[item]);
  for (let row = 0; row < rows; row++) renumbered.subarray(rowPointers[row], rowPointers[row + 1]).sort();
  return { rows, columns, rowPointers, columnIndices: renumbered };
}

/**
 * The same dataset with its items in random order. Equal feature rows have equal cosines, and ties go to the smaller index: where items
 * are numbered by their first appearance, which is nearly by popularity, filled-in rows would have popular items as neighbours.
 */
export function inRandomOrder(dataset: Dataset, seed: number): Dataset {
  const random = createRandom(seed, "order of items");
  const { items, interactions } = dataset;
  const oldOf = Int32Array.from({ length: items }, (_, item) => item);
  for (let at = 0; at < items; at++) {
    const other = at + random.below(items - at);
    [oldOf[at], oldOf[other]] = [oldOf[other], oldOf[at]];
  }
  const newOf = new Int32Array(items);
  oldOf.forEach((old, item) => {
    newOf[old] = item;
  });
  const modalities = dataset.modalities.map(({ name, features }): Modality => {
    if (features === undefined) throw new Error(`${name} has no features; give a dataset with features alone`);
    const { rows, columns } = features;
    const read: FeatureSource["read"] = (from, to, out) => {
      for (let item = from; item < to; item++) {
        const at = (item - from) * columns;
        features.read(oldOf[item], oldOf[item] + 1, out.subarray(at, at + columns));
      }
    };
    return { name, features: { rows, columns, read } };
  });
  const { train, validation, test } = interactions;
  return {
    ...dataset,
    itemIds: Array.from(oldOf, (old) => dataset.itemIds[old]),
    itemTitles: undefined,
    interactions: {
      train: renumberColumns(train, newOf),
      validation: renumberColumns(validation, newOf),
      test: renumberColumns(test, newOf),
    },
    modalities,
    fingerprint: `${dataset.fingerprint} in order ${seed}`,
  };
}

/** Cold start: a fifth of the items lose every training interaction, so that their content alone places them. */
export function withColdItems(dataset: Dataset, seed: number): Dataset {
  const { name, users, items, itemIds, modalities, interactions } = dataset;
  const pairs = pairsByItem(dataset, coldStartSplit(interactions, 0.2, seed));
  return createDataset({ name, users, items, itemIds, interactions: pairs, modalities });
}

/**
 * For this share of the items one of their modalities, drawn at random, is gone.
 *
 * @returns by modality, the items that lose it, ascending
 */
export function dropModalities({ items, modalities }: Dataset, share: number, seed: number): readonly Int32Array[] {
  const random = createRandom(seed, "modalities that are dropped");
  const order = Int32Array.from({ length: items }, (_, item) => item);
  const dropped: number[][] = modalities.map(() => []);
  const count = Math.round(share * items);
  for (let at = 0; at < count; at++) {
    const other = at + random.below(items - at);
    [order[at], order[other]] = [order[other], order[at]];
    dropped[random.below(modalities.length)].push(order[at]);
  }
  return dropped.map((list) => Int32Array.from(list).sort());
}

/** The mean of the rows that are not dropped. */
function meanRow({ rows, columns, read }: FeatureSource, dropped: ReadonlySet<number>): Float32Array {
  const sums = new Float64Array(columns);
  const row = new Float32Array(columns);
  for (let item = 0; item < rows; item++) {
    if (dropped.has(item)) continue;
    read(item, item + 1, row);
    for (let column = 0; column < columns; column++) sums[column] += row[column];
  }
  return Float32Array.from(sums, (sum) => sum / (rows - dropped.size));
}

function withRows(features: FeatureSource, dropped: ReadonlySet<number>, instead: Float32Array): FeatureSource {
  const { rows, columns } = features;
  return {
    rows,
    columns,
    read: (from, to, out) => {
      features.read(from, to, out);
      for (let item = from; item < to; item++) if (dropped.has(item)) out.set(instead, (item - from) * columns);
    },
  };
}

function incompleteModality({ name, features }: Modality, dropped: Int32Array, remedy: Remedy): Modality {
  if (features === undefined) throw new Error(`${name} has no features; give a dataset with features alone`);
  const gone = new Set(dropped);
  const zeros = new Float32Array(features.columns);
  switch (remedy) {
    case "marked missing":
      return { name, features: withRows(features, gone, zeros), missing: dropped };
    case "zero rows":
      return { name, features: withRows(features, gone, zeros) };
    case "mean rows":
      return { name, features: withRows(features, gone, meanRow(features, gone)) };
  }
}

/** @param dropped by modality, the items that lose it */
export function incompleteDataset(dataset: Dataset, dropped: readonly Int32Array[], remedy: Remedy): Dataset {
  const modalities = dataset.modalities.map((modality, m) => incompleteModality(modality, dropped[m], remedy));
  return { ...dataset, modalities, fingerprint: `${dataset.fingerprint} ${remedy}` };
}
