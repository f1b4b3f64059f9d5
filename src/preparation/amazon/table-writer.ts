/** Rows that arrive one at a time go into a table of the database in chunks; what is not yet a chunk is all that is held here. */
import type { DuckDBType } from "@duckdb/node-api";
import { type Database, sqlName } from "../../data/database.ts";

export type Cell = string | number | bigint | null;
export type ColumnType = "VARCHAR" | "DOUBLE" | "BIGINT";

export interface TableWriter {
  /** As many cells as there are columns: text, a number or a bigint as its column's type says, or null. */
  add(row: readonly Cell[]): void;
  /** Writes what is left; nothing is in the table for certain before. */
  end(): void;
}

/** Rows a chunk of the database holds at most. */
const chunkRows = 2048;

/** Makes the table, which must not be there, and returns what fills it. */
export async function createTable(
  { connection, run }: Database,
  name: string,
  columns: Readonly<Record<string, ColumnType>>,
): Promise<TableWriter> {
  const { BIGINT, DOUBLE, DuckDBDataChunk, VARCHAR } = await import("@duckdb/node-api");
  const typesByName: Readonly<Record<ColumnType, DuckDBType>> = { VARCHAR, DOUBLE, BIGINT };
  const types = Object.values(columns).map((type) => typesByName[type]);
  const definition = Object.entries(columns).map(([column, type]) => `${sqlName(column)} ${type}`);
  await run(`CREATE TABLE ${sqlName(name)} (${definition.join(", ")})`);
  const appender = await connection.createAppender(name);
  let rows: (readonly Cell[])[] = [];
  const flush = (): void => {
    if (rows.length === 0) return;
    const chunk = DuckDBDataChunk.create(types, rows.length);
    chunk.setRows(rows);
    appender.appendDataChunk(chunk);
    rows = [];
  };
  return {
    add: (row) => {
      rows.push(row);
      if (rows.length === chunkRows) flush();
    },
    end: () => {
      flush();
      appender.closeSync();
    },
  };
}
