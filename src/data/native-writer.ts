/**
 * Writes a dataset in our own layout: Parquet tables of users, items and interactions, an npy file a modality, and `dataset.json` last. Rows
 * pass through in chunks; the database puts outside ids beside indices and sorts, going to the disk when memory does not suffice.
 */
import fs from "node:fs";
import path from "node:path";
import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { DatasetError } from "../errors.ts";
import { type Database, openDatabase, sqlName } from "./database.ts";
import type { Dataset, Interactions } from "./dataset.ts";
import { splits } from "./interactions.ts";
import { checkModalityName, missingSuffix, nativeFeatureSuffix, neighbourLabels } from "./modality-files.ts";
import { type EncoderNote, formatMark, hasDescription, writeDescription } from "./native-description.ts";
import { nativeFiles, splitLabels } from "./native-files.ts";
import { writeNpy } from "./npy.ts";
import { parquetColumns, parquetScan, writeParquet } from "./parquet-table.ts";
import { featureBlocks } from "./write-dataset.ts";

/** What a `Dataset` does not know and the folder keeps. */
export interface NativeExtras {
  readonly preparation?: Readonly<Record<string, unknown>> | undefined;
  readonly imageFolder?: string | undefined;
  /** What made the features, by modality. */
  readonly encoders?: Readonly<Record<string, EncoderNote | null>> | undefined;
  /** A folder of our own layout whose further columns (of items by item id, of interactions by user and item id) are taken along. */
  readonly columnsFrom?: string | undefined;
}

/** Columns that the writer makes; everything else may be taken along. */
const ownColumns: ReadonlySet<string> = new Set([
  "user",
  "item",
  "user_index",
  "item_index",
  "split",
  "weight",
  "title",
]);

function refuseBroken(what: string, ids: readonly string[]): void {
  const index = ids.findIndex((id) => !id.isWellFormed());
  if (index < 0) return;
  throw new DatasetError(
    `${what} ${index} has the id ${JSON.stringify(ids[index])}, which is no Unicode text (half of a surrogate pair): correct the id`,
  );
}

/** Appends rows to a table in the database, a chunk at a time; a value a column from each row. */
async function fillTable(
  database: Database,
  table: string,
  columns: Readonly<Record<string, DuckDBType>>,
  rows: Iterable<readonly DuckDBValue[]>,
): Promise<void> {
  const { DuckDBDataChunk } = await import("@duckdb/node-api");
  const definitions = Object.entries(columns).map(([name, type]) => `${sqlName(name)} ${type.toString()}`);
  await database.run(`CREATE TABLE ${table} (${definitions.join(", ")})`);
  const appender = await database.connection.createAppender(table);
  const types = Object.values(columns);
  let values = types.map((): DuckDBValue[] => []);
  const flush = (): void => {
    if (values[0].length === 0) return;
    const chunk = DuckDBDataChunk.create(types, values[0].length);
    chunk.setColumns(values);
    appender.appendDataChunk(chunk);
    values = types.map(() => []);
  };
  for (const row of rows) {
    for (const [column, value] of row.entries()) values[column].push(value);
    if (values[0].length === 2048) flush();
  }
  flush();
  appender.closeSync();
}

/** user, item, place in `splitLabels`, weight: by user, then item. */
function* interactionRows({
  users,
  interactions,
  dislikes,
  trainWeights,
}: Dataset): Generator<readonly [number, number, number, number | null]> {
  const patterns: readonly (Interactions | undefined)[] = [...splits.map((split) => interactions[split]), dislikes];
  for (let user = 0; user < users; user++) {
    const rows: [number, number, number, number | null][] = [];
    for (const [label, pattern] of patterns.entries()) {
      if (pattern === undefined) continue;
      for (let p = pattern.rowPointers[user]; p < pattern.rowPointers[user + 1]; p++) {
        rows.push([user, pattern.columnIndices[p], label, label === 0 ? (trainWeights?.[p] ?? null) : null]);
      }
    }
    yield* rows.sort((a, b) => a[1] - b[1]);
  }
}

async function writeTables(folder: string, dataset: Dataset, columnsFrom: string | undefined): Promise<void> {
  const { userIds, itemIds, itemTitles, trainWeights } = dataset;
  const { FLOAT, INTEGER, TINYINT, VARCHAR } = await import("@duckdb/node-api");
  const database = await openDatabase();
  const further = async (
    file: string,
    alias: string,
  ): Promise<{ readonly select: string; readonly scan: string } | undefined> => {
    if (columnsFrom === undefined) return undefined;
    const source = path.join(columnsFrom, file);
    const columns = [...(await parquetColumns(database, source, file)).keys()].filter((name) => !ownColumns.has(name));
    if (columns.length === 0) return undefined;
    return { select: columns.map((name) => `, ${alias}.${sqlName(name)}`).join(""), scan: parquetScan(source) };
  };
  try {
    await fillTable(
      database,
      "users",
      { user_index: INTEGER, user: VARCHAR },
      userIds.map((id, index) => [index, id]),
    );
    await fillTable(
      database,
      "items",
      { item_index: INTEGER, item: VARCHAR, title: VARCHAR },
      itemIds.map((id, index) => [index, id, itemTitles?.[index].toWellFormed() ?? null]),
    );
    await fillTable(
      database,
      "pairs",
      { user_index: INTEGER, item_index: INTEGER, label: TINYINT, weight: FLOAT },
      interactionRows(dataset),
    );
    const file = (name: string): string => path.join(folder, name);
    await writeParquet(database, `SELECT "user" FROM users ORDER BY user_index`, file(nativeFiles.users));

    const ofItems = await further(nativeFiles.items, "more");
    const title = itemTitles === undefined ? "" : ", items.title";
    await writeParquet(
      database,
      ofItems === undefined
        ? `SELECT item${title} FROM items ORDER BY item_index`
        : `SELECT items.item${title}${ofItems.select} FROM items LEFT JOIN ${ofItems.scan} AS more ON more.item = items.item ORDER BY items.item_index`,
      file(nativeFiles.items),
    );

    const ofPairs = await further(nativeFiles.interactions, "more");
    const names = splitLabels.map((name, label) => `WHEN ${label} THEN '${name}'`).join(" ");
    await writeParquet(
      database,
      `SELECT users."user", items.item, pairs.user_index, pairs.item_index, CASE pairs.label ${names} END AS split${
        trainWeights === undefined ? "" : ", pairs.weight"
      }${ofPairs?.select ?? ""} FROM pairs JOIN users USING (user_index) JOIN items USING (item_index)${
        ofPairs === undefined
          ? ""
          : ` LEFT JOIN ${ofPairs.scan} AS more ON more."user" = users."user" AND more.item = items.item`
      } ORDER BY pairs.user_index, pairs.item_index`,
      file(nativeFiles.interactions),
    );
  } finally {
    database.close();
  }
}

/**
 * Makes `folder` (and those above it) and writes the dataset there.
 * @throws DatasetError when there is a dataset already, an id is no Unicode text, or a modality's name cannot be a file's;
 * LatticeworkError when it cannot be saved
 */
export async function writeNativeDataset(folder: string, dataset: Dataset, extras: NativeExtras = {}): Promise<void> {
  const { name, users, items, userIds, itemIds, interactions, modalities } = dataset;
  if (hasDescription(folder)) {
    throw new DatasetError(`${folder} holds a dataset already; choose a new folder or remove it`);
  }
  refuseBroken("user", userIds);
  refuseBroken("item", itemIds);
  for (const modality of modalities) checkModalityName(modality.name);
  fs.mkdirSync(folder, { recursive: true });
  await writeTables(folder, dataset, extras.columnsFrom);
  for (const { name: modality, features, neighbours, missing } of modalities) {
    const file = (suffix: string): string => path.join(folder, modality + suffix);
    if (features !== undefined) {
      writeNpy(file(nativeFeatureSuffix), [features.rows, features.columns], "float32", featureBlocks(features));
    }
    if (neighbours !== undefined) {
      const labels = neighbourLabels(modality);
      const shape = [neighbours.rows, neighbours.width];
      writeNpy(path.join(folder, labels.indices), shape, "int32", neighbours.indices);
      writeNpy(path.join(folder, labels.cosines), shape, "float32", neighbours.cosines);
    }
    if (missing !== undefined) writeNpy(file(missingSuffix), [missing.length], "int32", missing);
  }
  writeDescription(folder, {
    ...formatMark,
    name,
    users,
    items,
    interactions: splits.reduce((sum, split) => sum + interactions[split].columnIndices.length, 0),
    modalities: modalities.map(({ name: modality, features, missing }) => ({
      name: modality,
      columns: features?.columns ?? 0,
      missing: missing?.length ?? 0,
      encoder: extras.encoders?.[modality] ?? null,
    })),
    preparation: { ...extras.preparation },
    ...(extras.imageFolder === undefined ? {} : { imageFolder: extras.imageFolder }),
  });
}
