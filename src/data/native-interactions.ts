/**
 * The interactions of our own layout: columns of integers that come through the database a chunk at a time, into arrays of exactly
 * their number. Twenty million of them take a few hundred megabytes and no string.
 */
import path from "node:path";
import { DatasetError } from "../errors.ts";
import type { Database } from "./database.ts";
import { dislikeLabel, type InteractionList } from "./interactions.ts";
import { nativeFiles, refuseCount, splitLabels } from "./native-files.ts";
import { firstValue, parquetColumns, parquetScan, requireColumns } from "./parquet-table.ts";

const integerType = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;

/** What the description says. */
interface Extent {
  readonly users: number;
  readonly items: number;
  /** Dislikes are not counted. */
  readonly interactions: number;
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

/**
 * All interactions and dislikes, in the order of the file.
 * @throws DatasetError for a column that is missing or of another type, an index out of range, or an unknown split, naming the row
 */
export async function readNativeInteractions(
  database: Database,
  folder: string,
  extent: Extent,
): Promise<InteractionList> {
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
  let disliked = 0;
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
      if (split === dislikeLabel) disliked++;
      if (weights !== undefined && weightColumn !== undefined) weights[row] = Number(weightColumn.getItem(at));
    }
  }
  if (row !== rows) {
    throw new DatasetError(
      `${label} changed while it was read (${row} rows, expected ${rows}); leave it alone and start again`,
    );
  }
  refuseCount(label, rows - disliked, extent.interactions, "interactions");
  return { users, items, labels, weights };
}
