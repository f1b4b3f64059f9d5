/**
 * Datasets made from arrays in memory, for programs that have their interactions at hand: the same checks, warnings and
 * fingerprint as for a folder, so that nothing downstream can tell the difference.
 */
import { DatasetError } from "../errors.ts";
import { assembleDataset } from "./assemble.ts";
import type { Dataset, FeatureSource, Modality, NeighbourFile, Split } from "./dataset.ts";
import { refuseNonFinite, type UncheckedFeatureSource } from "./feature-file.ts";
import { checkId, type ItemLimit } from "./inter-file.ts";
import { collectInteractions, type InteractionList, splits } from "./interactions.ts";
import { neighbourLabels } from "./modality-files.ts";
import { checkIds } from "./outside-ids.ts";

/** Pairs of 0-based indices, [user, item] each, or the same as two arrays of equal length. */
export type InteractionPairs =
  | Iterable<readonly [user: number, item: number]>
  | { readonly users: ArrayLike<number>; readonly items: ArrayLike<number> };

export interface ModalityInput {
  readonly name: string;
  /** items × columns: rows of numbers, or row-major in one array (then `columns` is needed), or read on demand. */
  readonly features?: Float32Array | readonly (readonly number[])[] | FeatureSource | undefined;
  readonly columns?: number | undefined;
  readonly neighbours?: NeighbourFile | undefined;
  /** Items without this modality, ascending and distinct; their feature rows mean nothing and should be zeros. */
  readonly missing?: ArrayLike<number> | undefined;
}

export interface DatasetInput {
  readonly name: string;
  /** Default: as many as there are ids, else one more than the largest index. */
  readonly users?: number | undefined;
  /** Default: as many as there are feature rows or ids, else one more than the largest index. */
  readonly items?: number | undefined;
  /** Outside ids by index; default: the indices as decimal strings. */
  readonly userIds?: readonly string[] | undefined;
  readonly itemIds?: readonly string[] | undefined;
  readonly itemTitles?: readonly string[] | undefined;
  readonly interactions: Readonly<Partial<Record<Split, InteractionPairs>>>;
  /** What users said they do not want. A pair that is an interaction too stays an interaction. */
  readonly dislikes?: InteractionPairs | undefined;
  /** How much each training interaction counts, finite and above 0, in the order in which they are given. Default: equally. */
  readonly trainWeights?: ArrayLike<number> | undefined;
  readonly modalities?: readonly ModalityInput[] | undefined;
}

function* pairsOf(pairs: InteractionPairs): Generator<readonly [number, number]> {
  if (!("users" in pairs)) {
    yield* pairs;
    return;
  }
  const { users, items } = pairs;
  if (users.length !== items.length) {
    throw new DatasetError(`interactions have ${users.length} users and ${items.length} items, expected equally many`);
  }
  for (let p = 0; p < users.length; p++) yield [users[p], items[p]];
}

/** A matrix in memory as a feature source; values are looked at when they are read, as with a file. */
export function featureMatrix(label: string, values: Float32Array, columns: number): UncheckedFeatureSource {
  const rows = values.length / columns;
  if (!Number.isInteger(columns) || columns < 1 || !Number.isInteger(rows) || rows < 1) {
    throw new DatasetError(
      `${label} has ${values.length} values for ${columns} columns, expected rows × columns of them, both above 0`,
    );
  }
  const readUnchecked = (from: number, to: number, out: Float32Array): void => {
    out.set(values.subarray(from * columns, to * columns));
  };
  const read = (from: number, to: number, out: Float32Array): void => {
    readUnchecked(from, to, out);
    refuseNonFinite(label, from, to, columns, out);
  };
  return { rows, columns, read, readUnchecked };
}

function featuresOf({ name, features, columns }: ModalityInput): FeatureSource | undefined {
  const label = `modality ${name}`;
  if (features === undefined) return undefined;
  if (features instanceof Float32Array) {
    if (columns === undefined) {
      throw new DatasetError(`${label} is one array of ${features.length} values; say how many columns a row has`);
    }
    return featureMatrix(label, features, columns);
  }
  if ("read" in features) return features;
  const width = features[0]?.length ?? 0;
  for (const [row, values] of features.entries()) {
    if (values.length !== width) {
      throw new DatasetError(`${label} row ${row} has ${values.length} columns, expected ${width} as in row 0`);
    }
  }
  return featureMatrix(label, Float32Array.from(features.flat()), width);
}

/** Typed arrays would silently round and wrap what is no index. */
function wholeIndices(values: ArrayLike<number>, label: string): Int32Array {
  for (let place = 0; place < values.length; place++) {
    if (Number.isInteger(values[place])) continue;
    throw new DatasetError(
      `${label}, entry ${place}: ${values[place]} is not an integer; they are 0-based item indices`,
    );
  }
  return Int32Array.from(values);
}

function itemLimit(input: DatasetInput, modalities: readonly Modality[]): ItemLimit | undefined {
  const limits: ItemLimit[] = [];
  if (input.items !== undefined) limits.push({ items: input.items, source: "`items`" });
  if (input.itemIds !== undefined) limits.push({ items: input.itemIds.length, source: "`itemIds`" });
  for (const { name, features, neighbours } of modalities) {
    if (features !== undefined) limits.push({ items: features.rows, source: `modality ${name}` });
    if (neighbours !== undefined) limits.push({ items: neighbours.rows, source: `the neighbours of ${name}` });
  }
  const [first] = limits;
  const other = limits.find((limit) => limit.items !== first?.items);
  if (first !== undefined && other !== undefined) {
    throw new DatasetError(
      `${other.source} says ${other.items} items and ${first.source} ${first.items}, expected one row an item in all; give items without features a row of zeros and list them as missing`,
    );
  }
  return first;
}

/** Training entries come first in the list. */
function withWeights(list: InteractionList, trainWeights: ArrayLike<number> | undefined): InteractionList {
  if (trainWeights === undefined) return list;
  const weights = new Float32Array(list.labels.length).fill(1);
  weights.set(trainWeights);
  return { ...list, weights };
}

/**
 * A dataset from what a program has in memory.
 * @throws DatasetError for an index that is no non-negative integer or out of range, parts that disagree in the number of
 * items, repeated ids, NaN or Inf in features, or no training interactions
 */
export function createDataset(input: DatasetInput): Dataset {
  const modalities = (input.modalities ?? []).map((modality): Modality => {
    const features = featuresOf(modality);
    const { name, neighbours } = modality;
    const missing = modality.missing && wholeIndices(modality.missing, `missing items of modality ${name}`);
    if (features === undefined && neighbours === undefined) {
      throw new DatasetError(`modality ${name} has neither features nor neighbours, expected at least one of them`);
    }
    if (neighbours !== undefined) {
      const { rows, width, indices, cosines } = neighbours;
      if (indices.length !== rows * width || cosines.length !== rows * width) {
        const { indices: label } = neighbourLabels(name);
        throw new DatasetError(
          `${label}: ${indices.length} indices and ${cosines.length} cosines, expected ${rows} × ${width} of both`,
        );
      }
    }
    return { name, features, neighbours, missing };
  });
  const names = modalities.map((modality) => modality.name);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) throw new DatasetError(`modality "${repeated}" is given twice, expected distinct names`);

  const limit = itemLimit(input, modalities);
  const userLimit = input.users ?? input.userIds?.length;
  const { trainWeights } = input;
  const collector = collectInteractions();
  const labelled: readonly (readonly [subject: string, pairs: InteractionPairs | undefined])[] = [
    ...splits.map((split) => [`${split} interaction`, input.interactions[split]] as const),
    ["dislike", input.dislikes],
  ];
  let users = userLimit ?? 0;
  let items = limit?.items ?? 0;
  let trainPairs = 0;
  for (const [label, [kind, pairs]] of labelled.entries()) {
    let position = 0;
    for (const [user, item] of pairsOf(pairs ?? [])) {
      const subject = `${kind} ${position++}`;
      for (const [what, index] of Object.entries({ user, item })) {
        if (Number.isInteger(index) && index >= 0) continue;
        const fault = index < 0 ? "is negative" : "is not an integer";
        throw new DatasetError(`${subject}: ${what} ${index} ${fault}; ids are 0-based ${what} indices`);
      }
      checkId(`${subject}: user`, user, undefined);
      checkId(`${subject}: item`, item, limit);
      if (userLimit !== undefined && user >= userLimit) {
        throw new DatasetError(`${subject}: user ${user} is out of range, expected 0 to ${userLimit - 1}`);
      }
      users = Math.max(users, user + 1);
      items = Math.max(items, item + 1);
      collector.add(user, item, label);
    }
    if (label === 0) trainPairs = position;
  }
  const itemIds = checkIds("item", input.itemIds, items);
  if (input.itemTitles !== undefined && input.itemTitles.length !== items) {
    throw new DatasetError(`${input.itemTitles.length} item titles for ${items} items, expected one each, by index`);
  }
  if (trainWeights !== undefined && trainWeights.length !== trainPairs) {
    throw new DatasetError(
      `${trainWeights.length} training weights for ${trainPairs} training interactions, expected one each, in their order`,
    );
  }
  return assembleDataset({
    name: input.name,
    userIds: checkIds("user", input.userIds, users),
    itemIds,
    itemTitles: input.itemTitles,
    list: withWeights(collector.list(), trainWeights),
    modalities,
    scanFeatures: true,
  });
}
