/**
 * The last step of every way to a dataset, from a folder or from memory: interactions are compressed, neighbour lists are held
 * against the number of items, what is usable but odd is counted, and the whole gets its fingerprint.
 */
import { createHash } from "node:crypto";
import { DatasetError } from "../errors.ts";
import type { Dataset, DatasetWarning, Modality } from "./dataset.ts";
import { buildInteractions, type InteractionList, splits } from "./interactions.ts";
import { checkMissing } from "./missing-items.ts";
import { missingSuffix, neighbourLabels } from "./modality-files.ts";
import { checkNeighbours } from "./neighbour-file.ts";

export interface DatasetParts {
  readonly name: string;
  readonly folder?: string | undefined;
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  readonly itemTitles?: readonly string[] | undefined;
  readonly list: InteractionList;
  /** In the order of the training pattern; instead of weights in the list. */
  readonly trainWeights?: Float32Array | undefined;
  readonly modalities: readonly Modality[];
  /** Read every feature row now, to refuse NaN and Inf and to count zero rows. */
  readonly scanFeatures: boolean;
  readonly warnings?: readonly DatasetWarning[];
}

const rowsAtOnce = (columns: number): number => Math.max(1, Math.floor((1 << 18) / columns));

/** Zero rows of the items that have the modality. */
function countZeroRows({ features, missing = new Int32Array() }: Modality): number {
  if (features === undefined) return 0;
  const { rows, columns } = features;
  const step = Math.min(rowsAtOnce(columns), rows);
  const block = new Float32Array(step * columns);
  let zeroRows = 0;
  let passed = 0;
  for (let from = 0; from < rows; from += step) {
    const to = Math.min(from + step, rows);
    features.read(from, to, block);
    for (let row = 0; row < to - from; row++) {
      if (missing[passed] === from + row) {
        passed++;
        continue;
      }
      let column = row * columns;
      const end = column + columns;
      while (column < end && block[column] === 0) column++;
      if (column === end) zeroRows++;
    }
  }
  return zeroRows;
}

/** What is absent leaves no trace: datasets without weights, dislikes and missing items keep the fingerprints they had. */
function fingerprintOf(dataset: Omit<Dataset, "fingerprint">): string {
  const hash = createHash("sha256");
  const add = (array: Int32Array | Float32Array): void => {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  };
  hash.update(JSON.stringify([dataset.userIds, dataset.itemIds]));
  for (const split of splits) {
    const { rowPointers, columnIndices } = dataset.interactions[split];
    add(rowPointers);
    add(columnIndices);
  }
  const shapes = dataset.modalities.map(({ name, features, neighbours }) => [
    name,
    features && [features.rows, features.columns],
    neighbours && [neighbours.rows, neighbours.width],
  ]);
  hash.update(JSON.stringify(shapes));
  const { dislikes, trainWeights } = dataset;
  if (dislikes !== undefined) {
    hash.update("dislikes");
    add(dislikes.rowPointers);
    add(dislikes.columnIndices);
  }
  if (trainWeights !== undefined) {
    hash.update("weights");
    add(trainWeights);
  }
  for (const { name, missing } of dataset.modalities) {
    if (missing === undefined) continue;
    hash.update(JSON.stringify(["missing", name, missing.length]));
    add(missing);
  }
  return hash.digest("hex");
}

function warn(kind: DatasetWarning["kind"], count: number, message: string): readonly DatasetWarning[] {
  return count > 0 ? [{ kind, count, message }] : [];
}

function checkWeights(weights: Float32Array, pairs: number, name: string): void {
  if (weights.length !== pairs) {
    throw new DatasetError(
      `${name} has ${weights.length} training weights for ${pairs} distinct training interactions, expected one each, by user, then item`,
    );
  }
  const at = weights.findIndex((weight) => !(weight > 0 && weight < Number.POSITIVE_INFINITY));
  if (at < 0) return;
  throw new DatasetError(
    `${name}: training weight ${at} (by user, then item) is ${weights[at]}, expected a finite number above 0; leave the interaction out if it should not count`,
  );
}

/** An empty list says nothing, and the dataset is the same as without it. */
function withoutEmptyLists(modality: Modality, items: number): Modality {
  const { name, features, neighbours, missing } = modality;
  if (missing === undefined || missing.length === 0) return { name, features, neighbours };
  checkMissing(missing, items, name + missingSuffix);
  return modality;
}

/**
 * @throws DatasetError when there is no training interaction, a feature is NaN or Inf, or neighbours, missing items or weights do not fit
 */
export function assembleDataset(parts: DatasetParts): Dataset {
  const { name, folder, userIds, itemIds, itemTitles } = parts;
  const users = userIds.length;
  const items = itemIds.length;
  const built = buildInteractions(parts.list, users, items);
  const { interactions, dislikes, duplicates, contradictions } = built;
  if (interactions.train.columnIndices.length === 0) {
    const held = interactions.validation.columnIndices.length + interactions.test.columnIndices.length;
    throw new DatasetError(
      `${name} has no training interactions (${held} held out), expected at least one with x_label 0 (or in train.json); there is nothing to learn from`,
    );
  }
  const trainWeights = parts.trainWeights ?? built.trainWeights;
  if (trainWeights !== undefined) checkWeights(trainWeights, interactions.train.columnIndices.length, name);
  const modalities = parts.modalities.map((modality) => withoutEmptyLists(modality, items));
  for (const modality of modalities) {
    if (modality.neighbours !== undefined) {
      checkNeighbours(modality.neighbours, items, neighbourLabels(modality.name));
    }
  }

  let usersWithoutTraining = 0;
  for (let user = 0; user < users; user++) {
    if (interactions.train.rowPointers[user] === interactions.train.rowPointers[user + 1]) usersWithoutTraining++;
  }
  const touched = new Uint8Array(items);
  for (const split of splits) for (const item of interactions[split].columnIndices) touched[item] = 1;
  const untouched = items - touched.reduce((sum, one) => sum + one, 0);
  const warnings: DatasetWarning[] = [
    ...(parts.warnings ?? []),
    ...warn(
      "duplicate-pairs",
      duplicates,
      `${duplicates} repeated user–item pair(s): each is kept once, in train before validation before test`,
    ),
    ...warn(
      "dropped-dislikes",
      contradictions,
      `${contradictions} pair(s) are both disliked and an interaction: they stay interactions, the dislike is dropped`,
    ),
    ...warn(
      "users-without-training",
      usersWithoutTraining,
      `${usersWithoutTraining} of ${users} user(s) have no training items: they get popular items until they have some`,
    ),
    ...warn(
      "items-without-interactions",
      untouched,
      `${untouched} of ${items} item(s) have no interactions: only their features and neighbours place them`,
    ),
    ...modalities.flatMap(({ name: modality, missing }) =>
      warn(
        "missing",
        missing?.length ?? 0,
        `${missing?.length} of ${items} item(s) have no ${modality}: their other modalities place them`,
      ),
    ),
  ];
  if (parts.scanFeatures) {
    for (const modality of modalities) {
      const zeroRows = countZeroRows(modality);
      warnings.push(
        ...warn(
          "zero-rows",
          zeroRows,
          `${zeroRows} of ${items} item(s) have an all-zero ${modality.name} row: they get no neighbours in that modality`,
        ),
      );
    }
  }
  const dataset = {
    name,
    folder,
    users,
    items,
    userIds,
    itemIds,
    itemTitles,
    interactions,
    dislikes,
    trainWeights,
    modalities,
    warnings,
  };
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}
