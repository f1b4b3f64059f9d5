/**
 * The tables of the new dataset, as Parquet: users and items in index order, interactions by user, then item. Columns that tell nothing
 * (weights that are all equal) are left out.
 */
import path from "node:path";
import { sqlName, sqlText } from "../data/database.ts";
import { nativeFiles, splitLabels } from "../data/native-files.ts";
import type { PairColumns } from "./pairs.ts";
import type { Steps } from "./steps.ts";
import { weightOf } from "./weights.ts";

export interface WeightRange {
  readonly smallest: number;
  readonly largest: number;
}

/** Range of the training weights; undefined where they are all equal. */
async function weightRange(steps: Steps): Promise<WeightRange | undefined> {
  const [range] = await steps.rows(
    `writing ${nativeFiles.interactions}`,
    `SELECT CAST(${weightOf("min(units)")} AS DOUBLE) AS smallest, CAST(${weightOf("max(units)")} AS DOUBLE) AS largest FROM prepared_split WHERE split = 'train'`,
  );
  const smallest = Number(range?.smallest ?? 1);
  const largest = Number(range?.largest ?? 1);
  return smallest === largest ? undefined : { smallest, largest };
}

/** Level 1 writes a quarter faster than the default, for files a few percent larger. */
const copy = (query: string, file: string): string =>
  `COPY (${query}) TO ${sqlText(file)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)`;

/** Columns of raw_items beside the id. */
export async function itemColumns(steps: Steps): Promise<readonly string[]> {
  const columns = await steps.database.rows("DESCRIBE raw_items");
  return columns.map((column) => String(column.column_name)).filter((name) => name !== "item");
}

/**
 * Writes users.parquet, items.parquet and interactions.parquet.
 * @returns the range of the weights, where they are written
 */
export async function writeTables(
  steps: Steps,
  folder: string,
  columns: PairColumns,
  withItems: boolean,
): Promise<WeightRange | undefined> {
  const file = (name: string): string => path.join(folder, name);
  await steps.run(
    `writing ${nativeFiles.users}`,
    copy(`SELECT "user" FROM prepared_users ORDER BY user_index`, file(nativeFiles.users)),
  );
  const further = withItems ? (await itemColumns(steps)).map((name) => `, rows.${sqlName(name)}`).join("") : "";
  const rows = `(SELECT row_number() OVER () AS n, * EXCLUDE (item) FROM raw_items)`;
  await steps.run(
    `writing ${nativeFiles.items}`,
    copy(
      further === ""
        ? "SELECT item FROM prepared_items ORDER BY item_index"
        : `SELECT prepared_items.item${further} FROM prepared_items LEFT JOIN prepared_catalogue USING (item) LEFT JOIN ${rows} AS rows ON rows.n = prepared_catalogue.n ORDER BY item_index`,
      file(nativeFiles.items),
    ),
  );
  const range = columns.weights ? await weightRange(steps) : undefined;
  const known = [
    ...(columns.ratings ? ["rating"] : []),
    ...(columns.times ? ["time AS timestamp"] : []),
    ...(columns.events ? ["event"] : []),
    ...(range === undefined ? [] : [`CASE WHEN split <> '${splitLabels[3]}' THEN ${weightOf("units")} END AS weight`]),
  ];
  await steps.run(
    `writing ${nativeFiles.interactions}`,
    copy(
      `SELECT "user", item, user_index, item_index, split${known.map((name) => `, ${name}`).join("")} FROM prepared_split JOIN prepared_users USING (user_index) JOIN prepared_items USING (item_index) ORDER BY user_index, item_index`,
      file(nativeFiles.interactions),
    ),
  );
  return range;
}
