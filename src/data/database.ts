/**
 * The embedded analytical database (DuckDB) that reads and writes tables for us: one connection with a bound on its memory and a
 * folder for what does not fit, and a stream of a query's rows in chunks. It is loaded when first needed.
 */
import fs from "node:fs";
import type { DuckDBConnection, DuckDBInstance, JS } from "@duckdb/node-api";
import { makeScratchFolder } from "./scratch-folder.ts";

export interface DatabaseOptions {
  /** Bound on the database's own memory, bytes; what needs more goes to disk. Default: 1 GiB. */
  readonly memoryBytes?: number | undefined;
  /** Default: the machine's processors. */
  readonly threads?: number | undefined;
  /** Where what does not fit in memory goes; made and removed here. Default: below the system's temporary folder. */
  readonly temporaryFolder?: string | undefined;
}

export interface Database {
  readonly connection: DuckDBConnection;
  /** Rows of a query as columns, a chunk (about 2,048 rows) at a time: chunk[column][row]. */
  chunks(sql: string): AsyncGenerator<readonly (readonly JS[])[], void, undefined>;
  /** All rows of a small result, as objects by column name. */
  rows(sql: string): Promise<readonly Readonly<Record<string, JS>>[]>;
  run(sql: string): Promise<void>;
  close(): void;
}

/** 'text' as an SQL literal. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** "name" as an SQL identifier. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const defaultMemory = 2 ** 30;

/** Opens a database in memory that spills to disk. Nothing is fetched from anywhere: extensions are neither installed nor loaded by themselves. */
export async function openDatabase(options: DatabaseOptions = {}): Promise<Database> {
  const duckdb = await import("@duckdb/node-api");
  const folder = makeScratchFolder("database", options.temporaryFolder);
  const instance: DuckDBInstance = await duckdb.DuckDBInstance.create(":memory:", {
    memory_limit: `${Math.round((options.memoryBytes ?? defaultMemory) / 2 ** 20)}MiB`,
    temp_directory: folder,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  });
  const connection = await instance.connect();
  return {
    connection,
    chunks: async function* (sql) {
      const result = await connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        yield chunk.convertColumns(duckdb.JSDuckDBValueConverter);
      }
    },
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS(),
    run: async (sql) => {
      await connection.run(sql);
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
