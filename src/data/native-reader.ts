/**
 * Reads our own layout. Interactions come through the database as columns of integers, a chunk at a time, into arrays of exactly their
 * number: twenty million of them take a few hundred megabytes and no string.
 */
import fs from "node:fs";
import path from "node:path";
import { DatasetError } from "../errors.ts";
import type { DatasetParts } from "./assemble.ts";
import { type Database, openDatabase } from "./database.ts";
import type { Modality } from "./dataset.ts";
import { openFeatureFile } from "./feature-file.ts";
import type { InteractionList } from "./interactions.ts";
import { readMissingFile } from "./missing-items.ts";
import { cosineSuffix, indexSuffix, missingSuffix, nativeFeatureSuffix, neighbourLabels } from "./modality-files.ts";
import { descriptionFile, type ModalityDescription, readDatasetDescription } from "./native-description.ts";
import { nativeFiles, splitLabels } from "./native-files.ts";
import { readNeighbourFile } from "./neighbour-file.ts";
import { refuseRepeatedIds } from "./outside-ids.ts";
import {
  exactText,
  explainReading,
  firstValue,
  guardedText,
  parquetColumns,
  parquetScan,
  requireColumns,
} from "./parquet-table.ts";

const integerType = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;

function refuseCount(label: string, found: number, expected: number, what: string): void {
  if (found === expected) return;
  throw new DatasetError(
    `${label} has ${found} ${what}, expected ${expected} as ${descriptionFile} says; the files are of different datasets: copy or prepare the dataset again`,
  );
}

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

interface Extent {
  readonly users: number;
  readonly items: number;
}

/** What is wrong with a row, found out by asking for it again as it is. */
async function refuseRow(database: Database, scan: string, row: number, { users, items }: Extent): Promise<never> {
  const shown = await database.rows(
    `SELECT CAST(user_index AS VARCHAR) AS "user", CAST(item_index AS VARCHAR) AS item, CAST(split AS VARCHAR) AS split FROM ${scan} LIMIT 1 OFFSET ${row}`,
  );
  const where = `${nativeFiles.interactions} row ${row}`;
  const { user = null, item = null, split = null } = shown[0] ?? {};
  const refuseIndex = (name: string, value: unknown, count: number, source: string): void => {
    const index = value === null ? Number.NaN : Number(value);
    if (index >= 0 && index < count) return;
    throw new DatasetError(
      `${where}: ${name} ${value === null ? "is empty" : `${String(value)} is out of range`}, expected 0 to ${count - 1} since ${source} has ${count} rows; prepare the dataset again`,
    );
  };
  refuseIndex("user_index", user, users, nativeFiles.users);
  refuseIndex("item_index", item, items, nativeFiles.items);
  throw new DatasetError(
    `${where}: split ${JSON.stringify(split)} is unknown, expected ${splitLabels.join(", ")}; correct it or prepare the dataset again`,
  );
}

async function readInteractions(database: Database, folder: string, extent: Extent): Promise<InteractionList> {
  const label = nativeFiles.interactions;
  const file = path.join(folder, label);
  const columns = await parquetColumns(database, file, label);
  requireColumns(columns, ["user_index", "item_index", "split"], label);
  for (const name of ["user_index", "item_index"]) {
    const type = columns.get(name) ?? "";
    if (integerType.test(type)) continue;
    throw new DatasetError(`${label}: column ${name} holds ${type}, expected INTEGER; write it as 0-based indices`);
  }
  const scan = parquetScan(file);
  const weighted =
    columns.has("weight") &&
    (await firstValue(database, `SELECT count(*) FROM ${scan} WHERE split = 'train' AND weight IS NOT NULL`)) > 0;
  const rows = await firstValue(database, `SELECT count(*) FROM ${scan}`);
  const users = new Int32Array(rows);
  const items = new Int32Array(rows);
  const labels = new Uint8Array(rows);
  const weights = weighted ? new Float32Array(rows) : undefined;
  const cases = splitLabels.map((name, at) => `WHEN '${name}' THEN ${at}`).join(" ");
  // A number that is no index becomes -1, so that the loop below has numbers only.
  const query = `SELECT coalesce(TRY_CAST(user_index AS INTEGER), -1)::INTEGER, coalesce(TRY_CAST(item_index AS INTEGER), -1)::INTEGER,
    (CASE CAST(split AS VARCHAR) ${cases} ELSE ${splitLabels.length} END)::INTEGER${
      weighted ? ", coalesce(CAST(weight AS FLOAT), 1)::FLOAT" : ""
    } FROM ${scan}`;
  const result = await database.connection.stream(query);
  let row = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const [userColumn, itemColumn, splitColumn] = [0, 1, 2].map((column) => chunk.getColumnVector(column));
    const weightColumn = weighted ? chunk.getColumnVector(3) : undefined;
    const count = chunk.rowCount;
    for (let at = 0; at < count; at++, row++) {
      const user = Number(userColumn.getItem(at));
      const item = Number(itemColumn.getItem(at));
      const split = Number(splitColumn.getItem(at));
      if (user < 0 || user >= extent.users || item < 0 || item >= extent.items || split >= splitLabels.length) {
        await refuseRow(database, scan, row, extent);
      }
      users[row] = user;
      items[row] = item;
      labels[row] = split;
      if (weights !== undefined && weightColumn !== undefined) weights[row] = Number(weightColumn.getItem(at));
    }
  }
  return { users, items, labels, weights };
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
    refuseCount(featureLabel, features.columns, columns, "columns");
  }
  const missingLabel = name + missingSuffix;
  const missing =
    missingCount > 0 || fs.existsSync(file(missingSuffix))
      ? readMissingFile(file(missingSuffix), missingLabel)
      : undefined;
  if (missing !== undefined) refuseCount(missingLabel, missing.length, missingCount, "items");
  const [there, other] = [indexSuffix, cosineSuffix].sort((a) => (fs.existsSync(file(a)) ? -1 : 1));
  const neighbours =
    fs.existsSync(file(there)) && fs.existsSync(file(other))
      ? readNeighbourFile(file(indexSuffix), file(cosineSuffix), neighbourLabels(name))
      : undefined;
  if (neighbours === undefined && fs.existsSync(file(there))) {
    throw new DatasetError(
      `${name}${there} has no ${name}${other} beside it, expected both; add it or remove the first`,
    );
  }
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
    const extent = { users: description.users, items: description.items };
    const list = await reading(nativeFiles.interactions, readInteractions(database, folder, extent));
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
