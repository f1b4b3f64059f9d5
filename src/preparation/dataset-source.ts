/**
 * A dataset folder of any layout as a source: the interactions of all its splits are pooled, to be filtered and split anew. Ids, dislikes,
 * weights, columns of items and the order of users and items stay; modalities go along, without the rows of items that are gone.
 */
import path from "node:path";
import { type Database, sqlText } from "../data/database.ts";
import type { Dataset } from "../data/dataset.ts";
import { hasDescription, readDatasetDescription } from "../data/native-description.ts";
import { nativeFiles } from "../data/native-files.ts";
import { parquetColumns, parquetScan } from "../data/parquet-table.ts";
import { readDataset } from "../data/read-dataset.ts";
import { createTable } from "./amazon/table-writer.ts";
import { copyModalities, nativeModalities } from "./copy-modalities.ts";
import { openFileTable } from "./file-source.ts";
import { stageInteractions } from "./raw-views.ts";
import type { Source, StagedSource, StagingContext } from "./source.ts";

/** @throws DatasetError when the folder is staged and holds no dataset that can be read */
export function datasetSource(folder: string): Source {
  const absolute = path.resolve(folder);
  return {
    name: hasDescription(absolute) ? readDatasetDescription(absolute).name : path.basename(absolute),
    stage: (context) => (hasDescription(absolute) ? stageNative(absolute, context) : stageIndexed(absolute, context)),
  };
}

/** Our own layout: views over its tables. */
async function stageNative(folder: string, { database }: StagingContext): Promise<StagedSource> {
  const description = readDatasetDescription(folder);
  const file = (name: string): string => path.join(folder, name);
  const columns = await parquetColumns(database, file(nativeFiles.interactions), nativeFiles.interactions);
  const known = (name: string, type: string): string =>
    columns.has(name) ? `CAST("${name}" AS ${type})` : `CAST(NULL AS ${type})`;
  const weight = columns.has("weight") ? ", CAST(weight AS DOUBLE) AS weight" : "";
  const order = (table: string, column: string, name: string): string =>
    `CREATE TABLE ${table} AS SELECT CAST("${column}" AS VARCHAR) AS "${column}", CAST(row_number() OVER () - 1 AS INTEGER) AS position FROM ${parquetScan(file(name))}`;
  await database.run(
    `CREATE VIEW raw_interactions AS SELECT CAST("user" AS VARCHAR) AS "user", CAST(item AS VARCHAR) AS item, ${known("rating", "DOUBLE")} AS rating,
       ${known("timestamp", "BIGINT")} AS time, ${known("event", "VARCHAR")} AS event${weight}, split = 'dislike' AS dislike FROM ${parquetScan(file(nativeFiles.interactions))};
     CREATE VIEW raw_items AS SELECT * REPLACE (CAST(item AS VARCHAR) AS item) FROM ${parquetScan(file(nativeFiles.items))};
     ${order("raw_user_order", "user", nativeFiles.users)}; ${order("raw_item_order", "item", nativeFiles.items)}`,
  );
  const modalities = nativeModalities(folder, description.modalities);
  return {
    read: [readLine(folder, description)],
    columns: [],
    time: columns.has("timestamp") ? "milliseconds since 1970" : undefined,
    hasItems: true,
    hasRatings: columns.has("rating"),
    hasTimes: columns.has("timestamp"),
    hasEvents: columns.has("event"),
    notes: [],
    earlier: description.preparation,
    ...(description.imageFolder === undefined ? {} : { imageFolder: path.resolve(folder, description.imageFolder) }),
    addModalities: (target) => copyModalities(database, target, modalities),
  };
}

const readLine = (
  folder: string,
  { users, items, interactions }: { readonly users: number; readonly items: number; readonly interactions: number },
): string => `${path.basename(folder)}: a dataset of ${users} users, ${items} items, ${interactions} interactions`;

/** Every pair of every split by index, and what is known of it. */
async function writePairs(database: Database, dataset: Dataset): Promise<void> {
  const writer = await createTable(database, "dataset_pairs", {
    user_index: "BIGINT",
    item_index: "BIGINT",
    weight: "DOUBLE",
    dislike: "BIGINT",
  });
  const { train, validation, test } = dataset.interactions;
  for (const pattern of [train, validation, test, ...(dataset.dislikes === undefined ? [] : [dataset.dislikes])]) {
    const disliked = pattern === dataset.dislikes ? 1n : 0n;
    for (let user = 0; user < pattern.rows; user++) {
      for (let p = pattern.rowPointers[user]; p < pattern.rowPointers[user + 1]; p++) {
        const weight = pattern === train ? (dataset.trainWeights?.[p] ?? 1) : 1;
        writer.add([BigInt(user), BigInt(pattern.columnIndices[p]), weight, disliked]);
      }
    }
  }
  writer.end();
}

async function writeOrder(database: Database, table: string, column: string, ids: readonly string[]): Promise<void> {
  const writer = await createTable(database, table, { [column]: "VARCHAR", position: "BIGINT" });
  for (const [position, id] of ids.entries()) writer.add([id, BigInt(position)]);
  writer.end();
}

/** The two common layouts: read as a dataset; ratings and times of an `.inter` file beside it. */
async function stageIndexed(folder: string, context: StagingContext): Promise<StagedSource> {
  const { database } = context;
  const dataset = await readDataset(folder);
  const { itemTitles } = dataset;
  await writePairs(database, dataset);
  await writeOrder(database, "raw_user_order", "user", dataset.userIds);
  await writeOrder(database, "raw_item_order", "item", dataset.itemIds);
  const items = await createTable(
    database,
    "raw_items",
    itemTitles === undefined ? { item: "VARCHAR" } : { item: "VARCHAR", title: "VARCHAR" },
  );
  for (const [index, id] of dataset.itemIds.entries())
    items.add(itemTitles === undefined ? [id] : [id, itemTitles[index]]);
  items.end();

  const further = await stageInterFile(folder, context);
  const weighted = dataset.trainWeights === undefined ? "" : ", pairs.weight";
  const joined =
    further === undefined
      ? ""
      : ' LEFT JOIN (SELECT CAST("user" AS BIGINT) AS user_index, CAST(item AS BIGINT) AS item_index, max(rating) AS rating, max(time) AS time, max(event) AS event FROM inter_rows GROUP BY ALL) USING (user_index, item_index)';
  const values =
    further === undefined
      ? "CAST(NULL AS DOUBLE) AS rating, CAST(NULL AS BIGINT) AS time, CAST(NULL AS VARCHAR) AS event"
      : "rating, time, event";
  await database.run(
    `CREATE VIEW raw_interactions AS SELECT raw_user_order."user", raw_item_order.item, ${values}${weighted}, pairs.dislike = 1 AS dislike
     FROM dataset_pairs AS pairs JOIN raw_user_order ON raw_user_order.position = user_index JOIN raw_item_order ON raw_item_order.position = item_index${joined}`,
  );
  const has = (role: string): boolean => further?.columns.some((column) => column.role === role) ?? false;
  const interactions = (["train", "validation", "test"] as const).reduce(
    (sum, split) => sum + dataset.interactions[split].columnIndices.length,
    0,
  );
  const modalities = dataset.modalities.map((modality) => ({ ...modality, encoder: null }));
  return {
    read: [readLine(folder, { users: dataset.users, items: dataset.items, interactions })],
    columns: further?.columns.filter(({ role }) => role !== "user" && role !== "item") ?? [],
    time: further?.time,
    hasItems: true,
    hasRatings: has("rating"),
    hasTimes: has("time"),
    hasEvents: has("event"),
    notes: dataset.warnings.filter(({ kind }) => kind === "duplicate-pairs").map(({ message }) => message),
    diagnose: further?.diagnose,
    addModalities: (target) => copyModalities(database, target, modalities),
  };
}

/** The view inter_rows over a `.inter` file that has more columns than the three it needs; undefined where there is none. */
async function stageInterFile(
  folder: string,
  context: StagingContext,
): Promise<Awaited<ReturnType<typeof stageInteractions>> | undefined> {
  const found = await context.database.rows(
    `SELECT file FROM glob(${sqlText(path.join(folder.replaceAll(/[*?[]/g, "[$&]"), "*.inter"))})`,
  );
  const file = found[0]?.file;
  if (found.length !== 1 || typeof file !== "string") return undefined;
  const table = await openFileTable(context, file, { format: "tsv" }, true);
  return stageInteractions(context.database, table, { user: "userID", item: "itemID" }, "inter_rows");
}
