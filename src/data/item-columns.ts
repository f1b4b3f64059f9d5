/** The columns of a dataset's items (title, description, picture…), read in item order and in bounded memory. */
import path from "node:path";
import { DatasetError } from "../errors.ts";
import { openDatabase, sqlName, sqlText } from "./database.ts";
import { exactText, explainReading, guardedText, parquetColumns, parquetScan } from "./parquet-table.ts";

const fileName = "items.parquet";

/** Names of the columns, the id left out. @throws DatasetError when `items.parquet` cannot be read */
export async function itemColumns(folder: string): Promise<readonly string[]> {
  const database = await openDatabase();
  try {
    const columns = await parquetColumns(database, path.join(folder, fileName), fileName);
    return [...columns.keys()].filter((name) => name !== "item");
  } finally {
    database.close();
  }
}

/**
 * A column as text: "" where there is none.
 * @param separator what stands between the parts of a list
 * @returns a function that gives a fresh pass over all items, in their order, some thousands at a time; the pass throws a
 * DatasetError when the column does not exist or the file cannot be read
 */
export function readItemColumn(
  folder: string,
  column: string,
  separator = " ",
): () => AsyncIterable<readonly string[]> {
  return async function* () {
    const file = path.join(folder, fileName);
    const database = await openDatabase();
    try {
      const columns = await parquetColumns(database, file, fileName);
      const type = columns.get(column);
      if (type === undefined) {
        throw new DatasetError(
          `${fileName} has no column "${column}"; found ${[...columns.keys()].filter((name) => name !== "item").join(", ") || "none but the id"}`,
        );
      }
      const name = sqlName(column);
      const text = type.endsWith("[]") ? `array_to_string(${name}, ${sqlText(separator)})` : `CAST(${name} AS VARCHAR)`;
      for await (const [values] of database.chunks(`SELECT ${guardedText(text)} FROM ${parquetScan(file)}`)) {
        yield values.map(exactText);
      }
    } catch (error) {
      throw explainReading(error, fileName);
    } finally {
      database.close();
    }
  };
}
