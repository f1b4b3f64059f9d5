/**
 * A dataset some of whose items lose a modality, and what can then be done about it: mark them as missing, leave rows of zeros, or
 * fill in the mean of the rows that are there.
 */
import type { Dataset, FeatureSource, Modality } from "../../src/data/dataset.ts";
import { createRandom } from "../../src/tensor/random.ts";

export const remedies = ["marked missing", "zero rows", "mean rows"] as const;
export type Remedy = (typeof remedies)[number];

/**
 * For each of these shares of the items one of its modalities, drawn at random, is gone.
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
