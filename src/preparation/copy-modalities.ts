/**
 * Modalities of an earlier dataset for a new one with some of its items: feature rows in the new order, missing items under their
 * new indices, and neighbour lists without the items that are gone.
 */
import fs from "node:fs";
import path from "node:path";
import type { Database } from "../data/database.ts";
import type { Modality, NeighbourFile } from "../data/dataset.ts";
import { openFeatureFile } from "../data/feature-file.ts";
import { readMissingFile } from "../data/missing-items.ts";
import { missingSuffix, nativeFeatureSuffix, neighbourLabels } from "../data/modality-files.ts";
import { addModality, type EncoderNote, type ModalityDescription, updateDescription } from "../data/native-layout.ts";
import { readNeighbourFile } from "../data/neighbour-file.ts";
import { writeNpy } from "../data/npy.ts";

export interface EncodedModality extends Modality {
  readonly encoder: EncoderNote | null;
}

/** The modalities of a folder of our own layout, opened. @throws DatasetError when a file of one is missing or damaged */
export function nativeModalities(
  folder: string,
  described: readonly ModalityDescription[],
): readonly EncodedModality[] {
  return described.map(({ name, columns, missing, encoder }) => {
    const labels = neighbourLabels(name);
    const file = (label: string): string => path.join(folder, label);
    return {
      name,
      encoder,
      features: columns > 0 ? openFeatureFile(file(name + nativeFeatureSuffix), name + nativeFeatureSuffix) : undefined,
      neighbours: fs.existsSync(file(labels.indices))
        ? readNeighbourFile(file(labels.indices), file(labels.cosines), labels)
        : undefined,
      missing: missing > 0 ? readMissingFile(file(name + missingSuffix), name + missingSuffix) : undefined,
    };
  });
}

/** Old index of each item of the new dataset. */
async function oldIndices(database: Database): Promise<Int32Array> {
  const indices: number[] = [];
  const query =
    "SELECT CAST(position AS INTEGER) FROM prepared_items JOIN raw_item_order USING (item) ORDER BY item_index";
  for await (const [column = []] of database.chunks(query)) for (const index of column) indices.push(Number(index));
  return Int32Array.from(indices);
}

const valuesAtOnce = 1 << 20;

/** Feature rows in the new order; runs of neighbouring rows are read at once. */
async function* rowsInOrder(
  features: NonNullable<Modality["features"]>,
  old: Int32Array,
): AsyncGenerator<Float32Array, void, undefined> {
  const { columns } = features;
  const most = Math.max(1, Math.floor(valuesAtOnce / columns));
  for (let from = 0; from < old.length; from += most) {
    const to = Math.min(old.length, from + most);
    const block = new Float32Array((to - from) * columns);
    for (let start = from; start < to; ) {
      let end = start + 1;
      while (end < to && old[end] === old[end - 1] + 1) end++;
      features.read(old[start], old[start] + end - start, block.subarray((start - from) * columns));
      start = end;
    }
    yield block;
  }
}

function remapNeighbours(
  { width, indices, cosines }: NeighbourFile,
  old: Int32Array,
  renamed: Int32Array,
): NeighbourFile {
  const newIndices = new Int32Array(old.length * width).fill(-1);
  const newCosines = new Float32Array(old.length * width);
  for (const [row, oldRow] of old.entries()) {
    let at = row * width;
    for (let p = oldRow * width; p < (oldRow + 1) * width; p++) {
      const index = indices[p];
      const kept = index < 0 ? -1 : renamed[index];
      if (kept < 0) continue;
      newIndices[at] = kept;
      newCosines[at] = cosines[p];
      at++;
    }
  }
  return { rows: old.length, width, indices: newIndices, cosines: newCosines };
}

/**
 * Adds them to the new dataset.
 * @returns what is worth saying of them
 * @throws DatasetError when a feature cannot be read; LatticeworkError when it cannot be saved
 */
export async function copyModalities(
  database: Database,
  folder: string,
  modalities: readonly EncodedModality[],
): Promise<readonly string[]> {
  if (modalities.length === 0) return [];
  const old = await oldIndices(database);
  const most = modalities.reduce(
    (rows, { features, neighbours }) => Math.max(rows, features?.rows ?? 0, neighbours?.rows ?? 0),
    0,
  );
  const renamed = new Int32Array(most).fill(-1);
  for (const [index, before] of old.entries()) renamed[before] = index;
  for (const { name, features, neighbours, missing, encoder } of modalities) {
    const newMissing = (missing ?? new Int32Array(0))
      .map((item) => renamed[item])
      .filter((item) => item >= 0)
      .sort();
    if (features !== undefined) {
      const blocks = rowsInOrder(features, old);
      await addModality(folder, { name, columns: features.columns, encoder, missing: newMissing, blocks });
    }
    if (neighbours === undefined) continue;
    const labels = neighbourLabels(name);
    const list = remapNeighbours(neighbours, old, renamed);
    writeNpy(path.join(folder, labels.indices), [list.rows, list.width], "int32", list.indices);
    writeNpy(path.join(folder, labels.cosines), [list.rows, list.width], "float32", list.cosines);
    if (features !== undefined) continue;
    if (newMissing.length > 0)
      writeNpy(path.join(folder, name + missingSuffix), [newMissing.length], "int32", newMissing);
    updateDescription(folder, (description) => ({
      ...description,
      modalities: [...description.modalities, { name, columns: 0, missing: newMissing.length, encoder }].sort((a, b) =>
        a.name < b.name ? -1 : 1,
      ),
    }));
  }
  const gone = most - old.length;
  return [
    `modalities taken along: ${modalities.map(({ name }) => name).join(", ")}${gone > 0 ? `, without the rows of ${gone} items that are gone` : ""}`,
  ];
}
