/**
 * The dataset folder that an encoding is for: its items' columns, the modalities it has, and where the new feature rows go
 * (`<modality>.npy` and `dataset.json` in our own layout, `<modality>_feat.npy` in the others).
 */
import fs from "node:fs";
import path from "node:path";
import { readDataset } from "../data/index.ts";
import { cosineSuffix, featureSuffix, indexSuffix, missingSuffix } from "../data/modality-files.ts";
import { addModality, hasDescription, type NewModality, readDatasetDescription } from "../data/native-layout.ts";
import { streamNpy, writeNpy } from "../data/npy.ts";
import { type ItemTable, type ItemTableFile, openItemTable, openNativeItems } from "./item-table.ts";

export interface EncodingTarget {
  readonly folder: string;
  readonly items: number;
  readonly table: ItemTable;
  /** Names of the modalities it has. */
  readonly modalities: readonly string[];
  /** Absolute folder below which paths of pictures and sounds lie, where the dataset says so. */
  readonly imageFolder: string | undefined;
  /** Adds or replaces a modality, all or nothing. @returns the names of the files written */
  write(modality: NewModality): Promise<readonly string[]>;
  close(): void;
}

/** As `addModality`, for the layouts that are told by their files alone. */
async function writeBeside(folder: string, items: number, modality: NewModality): Promise<readonly string[]> {
  const { name, columns, blocks } = modality;
  const features = name + featureSuffix;
  const staged = path.join(folder, `.${name}.${process.pid}.staged`);
  try {
    await streamNpy(staged, [items, columns], blocks);
    for (const suffix of [missingSuffix, indexSuffix, cosineSuffix]) {
      fs.rmSync(path.join(folder, name + suffix), { force: true });
    }
    const missing = typeof modality.missing === "function" ? modality.missing() : modality.missing;
    // The list first: rows of zeros without it would pass for data if the machine stopped in between.
    if (missing.length > 0) writeNpy(path.join(folder, name + missingSuffix), [missing.length], "int32", missing);
    fs.renameSync(staged, path.join(folder, features));
    return missing.length > 0 ? [features, name + missingSuffix] : [features];
  } finally {
    fs.rmSync(staged, { force: true });
  }
}

async function openNative(folder: string): Promise<EncodingTarget> {
  const { items, modalities, imageFolder } = readDatasetDescription(folder);
  const table = await openNativeItems(folder);
  return {
    folder,
    items,
    table,
    modalities: modalities.map(({ name }) => name),
    imageFolder: imageFolder === undefined ? undefined : path.resolve(folder, imageFolder),
    write: async (modality) => {
      await addModality(folder, modality);
      const list = modality.name + missingSuffix;
      return [`${modality.name}.npy`, ...(fs.existsSync(path.join(folder, list)) ? [list] : [])];
    },
    close: table.close,
  };
}

/**
 * Opens a dataset folder of any layout.
 * @param source a table of items for the layouts that have none of their own
 * @throws DatasetError when the folder is no dataset or has no table of items
 */
export async function openEncodingTarget(folder: string, source: ItemTableFile = {}): Promise<EncodingTarget> {
  const absolute = path.resolve(folder);
  if (hasDescription(absolute)) return openNative(absolute);
  const dataset = await readDataset(absolute, { features: "report" });
  const table = await openItemTable(absolute, dataset, source);
  return {
    folder: absolute,
    items: dataset.items,
    table,
    modalities: dataset.modalities.map(({ name }) => name),
    imageFolder: undefined,
    write: (modality) => writeBeside(absolute, dataset.items, modality),
    close: table.close,
  };
}
