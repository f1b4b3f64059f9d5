/**
 * Parquet files as tables: what columns one has, what it takes to read one by its exact path, and writing one so that it is
 * either whole or as it was before.
 */
import fs from "node:fs";
import path from "node:path";
import { DatasetError, LatticeworkError } from "../errors.ts";
import { replaceAtomically } from "./atomic-file.ts";
import { type Database, sqlText } from "./database.ts";

/** A table function over exactly this file: the database would take *, ? and [ as patterns and `a=b/` as columns. */
export function parquetScan(file: string): string {
  const exact = file.replaceAll(/[*?[]/g, (character) => `[${character}]`);
  return `read_parquet(${sqlText(exact)}, hive_partitioning = false)`;
}

/** The first line of a database's message: the others show SQL that the user did not write. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}

/** What failed while a file was read, as a refusal that names it. Our own refusals pass. */
export function explainReading(error: unknown, label: string): unknown {
  if (error instanceof DatasetError) return error;
  return new DatasetError(
    `${label} cannot be read: ${firstLine(error)}; the file is cut short or damaged: copy it or prepare the dataset again`,
    { cause: error },
  );
}

/**
 * Types of the columns, by name, in the order of the file.
 * @throws DatasetError when the file is missing or no Parquet file
 */
export async function parquetColumns(
  database: Database,
  file: string,
  label: string,
): Promise<ReadonlyMap<string, string>> {
  if (!fs.existsSync(file)) {
    throw new DatasetError(
      `${label} is missing, expected users.parquet, items.parquet and interactions.parquet beside dataset.json; copy it or prepare the dataset again`,
    );
  }
  try {
    const columns = await database.rows(`DESCRIBE SELECT * FROM ${parquetScan(file)}`);
    return new Map(columns.map((column) => [String(column.column_name), String(column.column_type)]));
  } catch (error) {
    throw explainReading(error, label);
  }
}

/** @throws DatasetError naming the column that is not there, and those that are */
export function requireColumns(columns: ReadonlyMap<string, string>, wanted: readonly string[], label: string): void {
  const missing = wanted.filter((name) => !columns.has(name));
  if (missing.length === 0) return;
  throw new DatasetError(
    `${label} lacks the column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}; found ${[...columns.keys()].join(", ")}: add ${missing.length > 1 ? "them" : "it"} or prepare the dataset again`,
  );
}

/**
 * SQL for text that comes out exactly, "" where there is none: the database's decoder takes a byte order mark off the front of a
 * string, so one character goes before it, which `exactText` takes away.
 */
export const guardedText = (expression: string): string => `'.' || coalesce(${expression}, '')`;

export const exactText = (guarded: unknown): string => String(guarded).slice(1);

/** The one number that a query gives. */
export async function firstValue(database: Database, query: string): Promise<number> {
  const [row] = await database.rows(query);
  return Number(Object.values(row ?? {})[0] ?? 0);
}

/** What failed in the database while a file was written: nearly always the disk. */
function explainWriting(error: unknown, file: string): unknown {
  if (error instanceof LatticeworkError || !(error instanceof Error) || "code" in error) return error;
  const reason = firstLine(error);
  const remedy = /no space|disk|quota/i.test(reason)
    ? "the disk is full: free some space and try again"
    : "check that its folder exists, can be written to and has space left";
  return new LatticeworkError(`cannot save ${file} (${reason}): ${remedy}`, { cause: error });
}

/** Writes the rows of `query` as a Parquet file, all or nothing. @throws LatticeworkError when it cannot be saved */
export async function writeParquet(database: Database, query: string, file: string): Promise<void> {
  await replaceAtomically(path.resolve(file), async (temporary) => {
    try {
      await database.run(`COPY (${query}) TO ${sqlText(temporary)} (FORMAT parquet, COMPRESSION zstd)`);
    } catch (error) {
      throw explainWriting(error, file);
    }
  });
}
