/**
 * Rows of another database as tables of ours: they arrive one at a time and are written in chunks, as text; only the columns
 * that play a part are asked for. What text means (numbers, times) is then told as for a CSV file.
 */
import path from "node:path";
import { type Database, sqlName } from "../data/database.ts";
import { ConfigError } from "../errors.ts";
import { type Cell, createTable } from "./amazon/table-writer.ts";
import { chooseColumns } from "./column-names.ts";
import { type ItemsFile, stageItemsFile } from "./file-source.ts";
import {
  type InteractionColumns,
  type ItemColumns,
  interactionRequests,
  stageInteractions,
  stageItems,
} from "./raw-views.ts";
import type { ColumnChoice, StagedSource, StagingContext } from "./source.ts";

/** What is asked of another database. */
export interface QueryOptions {
  /** SQL of the interactions. */
  readonly query?: string | undefined;
  /** A whole table instead. */
  readonly table?: string | undefined;
}

/** Items: by a query of the same database, one of its tables, or from a file. */
export type QueriedItems = (QueryOptions & ItemColumns) | ItemsFile;

export interface QuerySourceOptions extends QueryOptions, InteractionColumns {
  readonly items?: QueriedItems | undefined;
}

/** A query whose rows can be had, in another database. */
export interface ForeignQuery {
  /** What messages call it. */
  readonly subject: string;
  readonly columns: readonly string[];
  /** Rows of some columns, as text, some at a time. */
  rows(columns: readonly string[]): AsyncIterable<readonly (readonly Cell[])[]>;
}

/** Another database. */
export interface ForeignDatabase {
  /** For people, without passwords. */
  readonly label: string;
  open(query: QueryOptions): Promise<ForeignQuery>;
}

/** The SQL that a query or a table's name stands for. @throws ConfigError for both or neither */
export function querySql(
  { query, table }: QueryOptions,
  options: { readonly query: string; readonly table: string },
): string {
  if (query !== undefined && table !== undefined) {
    throw new ConfigError(`${options.query} and ${options.table} were both given; expected one of them`);
  }
  if (query !== undefined) return query.trim().replace(/;\s*$/, "");
  if (table === undefined)
    throw new ConfigError(`expected ${options.query} SQL or ${options.table} NAME; name one of them`);
  return `SELECT * FROM ${table.split(".").map(sqlName).join(".")}`;
}

async function copyRows(
  { database, onProgress, signal }: StagingContext,
  query: ForeignQuery,
  table: string,
  columns: readonly string[],
): Promise<number> {
  const writer = await createTable(database, table, Object.fromEntries(columns.map((name) => [name, "VARCHAR"])));
  let rows = 0;
  for await (const block of query.rows(columns)) {
    for (const row of block) writer.add(row);
    rows += block.length;
    onProgress({ step: `reading ${query.subject}`, rows });
    signal?.throwIfAborted();
  }
  writer.end();
  return rows;
}

async function stageForeignItems(
  context: StagingContext,
  foreign: ForeignDatabase,
  items: QueriedItems,
): Promise<{ readonly read: string; readonly columns: readonly ColumnChoice[] }> {
  if ("file" in items) return stageItemsFile(context, items);
  const query = await foreign.open(items);
  const rows = await copyRows(context, query, "query_items", query.columns);
  const columns = await stageItems(context.database, { table: "query_items", subject: query.subject }, items);
  return { read: `${query.subject}: ${rows} items, ${query.columns.length} columns`, columns };
}

/** Interactions and items of another database. */
export async function stageQueries(
  context: StagingContext,
  foreign: ForeignDatabase,
  options: QuerySourceOptions,
): Promise<StagedSource> {
  const { database }: { readonly database: Database } = context;
  const query = await foreign.open(options);
  const wanted = chooseColumns(query.subject, "interactions", query.columns, interactionRequests(options));
  const names = [...new Set(wanted.map(({ column }) => column))];
  const rows = await copyRows(context, query, "query_interactions", names);
  const table = { table: "query_interactions", subject: query.subject };
  const raw = await stageInteractions(database, table, options);
  const { items } = options;
  const staged = items === undefined ? undefined : await stageForeignItems(context, foreign, items);
  const has = (role: string): boolean => raw.columns.some((column) => column.role === role);
  return {
    read: [`${query.subject}: ${rows} rows`, ...(staged === undefined ? [] : [staged.read])],
    columns: [...raw.columns, ...(staged?.columns ?? [])],
    time: raw.time,
    hasItems: staged !== undefined,
    hasRatings: has("rating"),
    hasTimes: has("time"),
    hasEvents: has("event"),
    notes: [],
    ...(items !== undefined && "file" in items ? { imageFolder: path.dirname(path.resolve(items.file)) } : {}),
    diagnose: raw.diagnose,
  };
}
