/** A SQLite file as a source, through Node's own SQLite: read only, one table or query of interactions and, if wanted, one of items. */
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { ConfigError, DatasetError } from "../errors.ts";
import type { Cell } from "./amazon/table-writer.ts";
import { looksLikeInteractions } from "./column-names.ts";
import { recogniseFile } from "./file-format.ts";
import {
  type ForeignDatabase,
  type ForeignQuery,
  type QueryOptions,
  type QuerySourceOptions,
  querySql,
  stageQueries,
} from "./query-rows.ts";
import type { Source } from "./source.ts";

type Sqlite = import("node:sqlite").DatabaseSync;

const rowsAtOnce = 2048;

/** Cells of any type as the text that says the same. */
function cellText(value: unknown, subject: string, column: string): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "number") return String(value);
  throw new DatasetError(
    `${subject}: column "${column}" holds binary data, expected text or numbers; leave it out with a query`,
  );
}

function explain(error: unknown, subject: string): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new DatasetError(`${subject}: ${reason}; check the query, or whether the file is whole`, { cause: error });
}

/** The only table or view that has a user and an item. */
function guessTable(sqlite: Sqlite, label: string): string {
  const names = sqlite
    .prepare(
      "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all()
    .map((row) => String(row.name));
  const fitting = names.filter((name) =>
    looksLikeInteractions(
      sqlite
        .prepare("SELECT name FROM pragma_table_info(?)")
        .all(name)
        .map((row) => String(row.name)),
    ),
  );
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  throw new ConfigError(
    `${label} has ${fitting.length === 0 ? "no table that looks like interactions" : `several tables that look like interactions (${fitting.join(", ")})`}; name one with --table, or ask with --query. It has: ${names.join(", ") || "no tables"}`,
  );
}

function openQuery(sqlite: Sqlite, label: string, query: QueryOptions): ForeignQuery {
  const asked = query.query === undefined && query.table === undefined ? { table: guessTable(sqlite, label) } : query;
  const sql = querySql(asked, { query: "--query", table: "--table" });
  const subject = asked.table === undefined ? `${label}, a query` : `${label}, table ${asked.table}`;
  let columns: readonly string[];
  try {
    columns = sqlite
      .prepare(sql)
      .columns()
      .map(({ name }) => name);
  } catch (error) {
    throw explain(error, subject);
  }
  return {
    subject,
    columns,
    rows: async function* (wanted) {
      const places = wanted.map((name) => columns.indexOf(name));
      try {
        const statement = sqlite.prepare(sql);
        statement.setReadBigInts(true);
        statement.setReturnArrays(true);
        let block: Cell[][] = [];
        for (const row of statement.iterate()) {
          const cells: readonly unknown[] = Array.isArray(row) ? row : Object.values(row);
          block.push(places.map((place, at) => cellText(cells[place], subject, wanted[at] ?? "")));
          if (block.length < rowsAtOnce) continue;
          yield block;
          block = [];
          await setImmediate();
        }
        yield block;
      } catch (error) {
        if (error instanceof DatasetError) throw error;
        throw explain(error, subject);
      }
    },
  };
}

export interface SqliteSourceOptions extends QuerySourceOptions {
  readonly file: string;
}

/** A SQLite file. Without a query or a table's name, the one table with a user and an item is taken. */
export function sqliteSource(options: SqliteSourceOptions): Source {
  const label = path.basename(options.file);
  return {
    name: label.replace(/\.[a-z0-9]+$/i, "") || "dataset",
    stage: async (context) => {
      await recogniseFile(options.file, "sqlite");
      const { DatabaseSync } = await import("node:sqlite");
      const sqlite = new DatabaseSync(options.file, { readOnly: true });
      const foreign: ForeignDatabase = { label, open: async (query) => openQuery(sqlite, label, query) };
      try {
        return await stageQueries(context, foreign, options);
      } finally {
        sqlite.close();
      }
    },
  };
}
