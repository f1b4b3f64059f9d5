/**
 * A dataset folder in another layout, for other tools: each says the same, and reading it again gives the same interactions, ids,
 * titles, features, missing items, neighbours, dislikes and weights.
 */
import fs from "node:fs";
import path from "node:path";
import { ConfigError } from "../errors.ts";
import type { Dataset } from "./dataset.ts";
import { type EncoderNote, hasDescription, readDatasetDescription } from "./native-description.ts";
import { type NativeExtras, writeNativeDataset } from "./native-writer.ts";
import { readDataset } from "./read-dataset.ts";
import { type IndexLayout, writeDataset } from "./write-dataset.ts";

export const datasetLayouts = ["inter", "5-core", "native"] as const;
export type DatasetLayout = IndexLayout | "native";

/** What the description of the source says and a dataset does not, picture paths made to hold in the new place. */
function extrasOf(folder: string): NativeExtras {
  if (!hasDescription(folder)) return { preparation: { convertedFrom: path.resolve(folder) } };
  const { preparation, imageFolder, modalities } = readDatasetDescription(folder);
  const encoders: Record<string, EncoderNote | null> = Object.fromEntries(
    modalities.map(({ name, encoder }) => [name, encoder]),
  );
  return {
    preparation,
    imageFolder: imageFolder === undefined ? undefined : path.resolve(folder, imageFolder),
    encoders,
    columnsFrom: folder,
  };
}

/**
 * Reads the dataset at `folder`, in whichever layout it has, and writes it to `out`, a new or empty folder.
 * @returns the dataset as it was read
 * @throws ConfigError when `out` holds files; DatasetError when the dataset cannot be read; LatticeworkError when it cannot be saved
 */
export async function exportDataset(folder: string, out: string, layout: DatasetLayout): Promise<Dataset> {
  if (fs.existsSync(out) && (!fs.statSync(out).isDirectory() || fs.readdirSync(out).length > 0)) {
    throw new ConfigError(`${out} is not an empty folder; choose a new folder to export to`);
  }
  const dataset = await readDataset(folder);
  if (layout === "native") await writeNativeDataset(out, dataset, extrasOf(folder));
  else writeDataset(out, dataset, layout);
  return dataset;
}
