/**
 * Adds a modality to a dataset folder of our own layout, or replaces one: the feature rows stream to the disk, and only when all of
 * them are there the description changes, so that a run that was stopped leaves the dataset as it was.
 */
import fs from "node:fs";
import path from "node:path";
import { DatasetError } from "../errors.ts";
import { refuseNonFinite } from "./feature-file.ts";
import { checkMissing } from "./missing-items.ts";
import { checkModalityName, cosineSuffix, indexSuffix, missingSuffix, nativeFeatureSuffix } from "./modality-files.ts";
import { type EncoderNote, readDatasetDescription, updateDescription } from "./native-description.ts";
import { streamNpy, writeNpy } from "./npy.ts";

export interface NewModality {
  readonly name: string;
  readonly columns: number;
  readonly encoder: EncoderNote | null;
  /** Items without this modality, ascending; their rows should be zeros. A function is asked once all blocks have come. */
  readonly missing: Int32Array | (() => Int32Array);
  /** Feature rows in item order, row-major, whole rows a block. */
  readonly blocks: AsyncIterable<Float32Array>;
}

async function* checkedBlocks(
  { name, columns, blocks }: NewModality,
  items: number,
): AsyncGenerator<Float32Array, void, undefined> {
  const label = `modality ${name}`;
  let from = 0;
  for await (const block of blocks) {
    const rows = block.length / columns;
    if (!Number.isInteger(rows)) {
      throw new DatasetError(
        `${label} got a block of ${block.length} values after row ${from}, expected whole rows of ${columns}`,
      );
    }
    if (from + rows > items) {
      throw new DatasetError(`${label} got at least ${from + rows} rows, expected ${items}: one an item`);
    }
    refuseNonFinite(label, from, from + rows, columns, block);
    from += rows;
    yield block;
  }
  if (from !== items) throw new DatasetError(`${label} got ${from} rows, expected ${items}: one an item`);
}

/**
 * Writes `<name>.npy` and, where something is missing, `<name>_missing.npy`, then names the modality in `dataset.json`. Neighbour
 * files of a modality that is replaced are removed, since they belong to the old features.
 * @throws DatasetError for a name that cannot be, rows that are too few, too many, NaN or Inf, or missing items out of order or range;
 * LatticeworkError when it cannot be saved
 */
export async function addModality(folder: string, modality: NewModality): Promise<void> {
  const { name, columns, encoder } = modality;
  checkModalityName(name);
  if (!Number.isInteger(columns) || columns < 1) {
    throw new DatasetError(`modality ${name} has ${columns} columns, expected a whole number above 0`);
  }
  const { items } = readDatasetDescription(folder);
  const missingFile = path.join(folder, name + missingSuffix);
  const staged = path.join(folder, `.${name}.${process.pid}.staged`);
  let missing: Int32Array;
  try {
    await streamNpy(staged, [items, columns], checkedBlocks(modality, items));
    missing = typeof modality.missing === "function" ? modality.missing() : modality.missing;
    checkMissing(missing, items, `the missing items of modality ${name}`);
    // Between the old files and the new ones the dataset does without the modality rather than with a mixture.
    updateDescription(folder, (description) => ({
      ...description,
      modalities: description.modalities.filter((one) => one.name !== name),
    }));
    for (const suffix of [missingSuffix, indexSuffix, cosineSuffix]) {
      fs.rmSync(path.join(folder, name + suffix), { force: true });
    }
    fs.renameSync(staged, path.join(folder, name + nativeFeatureSuffix));
  } finally {
    fs.rmSync(staged, { force: true });
  }
  if (missing.length > 0) writeNpy(missingFile, [missing.length], "int32", missing);
  updateDescription(folder, (description) => ({
    ...description,
    modalities: [...description.modalities, { name, columns, missing: missing.length, encoder }].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    ),
  }));
}
