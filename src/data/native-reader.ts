/**
 * Reads our own layout: ids and titles from the tables, modalities by the description, each file held against what the
 * description says.
 */
import fs from "node:fs";
import path from "node:path";
import { DatasetError } from "../errors.ts";
import type { DatasetParts } from "./assemble.ts";
import { type Database, openDatabase } from "./database.ts";
import type { Modality, NeighbourFile } from "./dataset.ts";
import { openFeatureFile } from "./feature-file.ts";
import { readMissingFile } from "./missing-items.ts";
import { indexSuffix, missingSuffix, nativeFeatureSuffix, neighbourLabels } from "./modality-files.ts";
import { descriptionFile, type ModalityDescription, readDatasetDescription } from "./native-description.ts";
import { nativeFiles, refuseCount } from "./native-files.ts";
import { readNativeInteractions } from "./native-interactions.ts";
import { readNeighbourFile } from "./neighbour-file.ts";
import { refuseRepeatedIds } from "./outside-ids.ts";
import {
  exactText,
  explainReading,
  guardedText,
  parquetColumns,
  parquetScan,
  requireColumns,
} from "./parquet-table.ts";

/** @returns ids by index and, for items that have them, titles */
async function readNames(
  database: Database,
  folder: string,
  what: "user" | "item",
  expected: number,
): Promise<{ readonly ids: readonly string[]; readonly titles: readonly string[] | undefined }> {
  const label = nativeFiles[what === "user" ? "users" : "items"];
  const file = path.join(folder, label);
  const columns = await parquetColumns(database, file, label);
  requireColumns(columns, [what], label);
  const titled = what === "item" && columns.has("title");
  const ids: string[] = [];
  const titles: string[] = [];
  let anyTitle = false;
  const scan = parquetScan(file);
  const guardedTitle = guardedText(titled ? "CAST(title AS VARCHAR)" : "NULL");
  const query = `SELECT "${what}" IS NULL, ${guardedText(`CAST("${what}" AS VARCHAR)`)}, ${guardedTitle} FROM ${scan}`;
  for await (const [absent, idColumn, titleColumn] of database.chunks(query)) {
    for (const [row, guardedId] of idColumn.entries()) {
      const id = exactText(guardedId);
      if (absent[row] === true) {
        throw new DatasetError(`${label} row ${ids.length}: the ${what} has no id, expected text; remove or name it`);
      }
      ids.push(id);
      if (!titled) continue;
      const text = exactText(titleColumn[row]);
      anyTitle ||= text !== "";
      titles.push(text || id);
    }
  }
  refuseCount(label, ids.length, expected, "rows");
  refuseRepeatedIds(what, ids);
  return { ids, titles: anyTitle ? titles : undefined };
}

function openNeighbours(folder: string, name: string): NeighbourFile | undefined {
  const labels = neighbourLabels(name);
  const index = path.join(folder, labels.indices);
  const cosine = path.join(folder, labels.cosines);
  if (fs.existsSync(index) !== fs.existsSync(cosine)) {
    const [there, lacking] = fs.existsSync(index) ? [labels.indices, labels.cosines] : [labels.cosines, labels.indices];
    throw new DatasetError(`${there} has no ${lacking} beside it, expected both; add it or remove the first`);
  }
  return fs.existsSync(index) ? readNeighbourFile(index, cosine, labels) : undefined;
}

function openModality(
  folder: string,
  { name, columns, missing: missingCount }: ModalityDescription,
  items: number,
  strict: boolean,
): Modality {
  const file = (suffix: string): string => path.join(folder, name + suffix);
  const featureLabel = name + nativeFeatureSuffix;
  const features = columns > 0 ? openFeatureFile(file(nativeFeatureSuffix), featureLabel) : undefined;
  if (features !== undefined) {
    if (strict) refuseCount(featureLabel, features.rows, items, "rows");
    refuseCount(featureLabel, features.columns, columns, "column(s)");
  }
  const missingLabel = name + missingSuffix;
  const missing =
    missingCount > 0 || fs.existsSync(file(missingSuffix))
      ? readMissingFile(file(missingSuffix), missingLabel)
      : undefined;
  if (missing !== undefined) refuseCount(missingLabel, missing.length, missingCount, "items");
  const neighbours = openNeighbours(folder, name);
  if (neighbours !== undefined && strict) refuseCount(name + indexSuffix, neighbours.rows, items, "rows");
  if (features === undefined && neighbours === undefined) {
    throw new DatasetError(
      `modality ${name} has neither features (${descriptionFile} says 0 columns) nor neighbours (${name}${indexSuffix}); encode it again`,
    );
  }
  return { name, features, neighbours, missing };
}

function chooseModalities(
  known: readonly ModalityDescription[],
  wanted: readonly string[] | undefined,
  folder: string,
): readonly ModalityDescription[] {
  if (wanted === undefined) return known;
  return [...new Set(wanted)].map((name) => {
    const modality = known.find((one) => one.name === name);
    if (modality !== undefined) return modality;
    const there = known.length > 0 ? `it has ${known.map((one) => one.name).join(", ")}` : "it has none";
    throw new DatasetError(`${folder} has no modality "${name}" (see ${descriptionFile}); ${there}`);
  });
}

/**
 * @param strict refuse features with other than a row an item
 * @throws DatasetError naming the file, what was found, what was expected and what to do
 */
export async function readNativeDataset(
  folder: string,
  wanted: readonly string[] | undefined,
  strict: boolean,
): Promise<Omit<DatasetParts, "scanFeatures">> {
  const description = readDatasetDescription(folder);
  const modalities = chooseModalities(description.modalities, wanted, folder).map((modality) =>
    openModality(folder, modality, description.items, strict),
  );
  const database = await openDatabase();
  const reading = async <Result>(label: string, read: Promise<Result>): Promise<Result> => {
    try {
      return await read;
    } catch (error) {
      throw explainReading(error, label);
    }
  };
  try {
    const users = await reading(nativeFiles.users, readNames(database, folder, "user", description.users));
    const items = await reading(nativeFiles.items, readNames(database, folder, "item", description.items));
    const list = await reading(nativeFiles.interactions, readNativeInteractions(database, folder, description));
    return {
      name: description.name,
      folder,
      userIds: users.ids,
      itemIds: items.ids,
      itemTitles: items.titles,
      list,
      modalities,
    };
  } finally {
    database.close();
  }
}
