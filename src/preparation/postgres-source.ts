/**
 * A PostgreSQL server as a source: the rows of a query stream through a cursor, in one read-only transaction, so that interactions
 * and items are of the same moment. Values come as the text that the server writes, times in UTC.
 */

import type { Client } from "pg";
import { postgresLabel } from "../data/postgres-address.ts";
import { DatasetError } from "../errors.ts";
import type { Cell } from "./amazon/table-writer.ts";
import {
  type ForeignDatabase,
  type ForeignQuery,
  type QueryOptions,
  type QuerySourceOptions,
  querySql,
  stageQueries,
} from "./query-rows.ts";
import type { Source } from "./source.ts";

export interface PostgresSourceOptions extends QuerySourceOptions {
  /** postgres://user:password@host:port/database */
  readonly address: string;
}

const rowsAtOnce = 2048;

/** @param secret the address, whose password must not appear in a message */
function explain(error: unknown, subject: string, secret: string): DatasetError {
  const reason =
    error instanceof AggregateError
      ? error.errors.map(String).join("; ")
      : error instanceof Error
        ? error.message
        : String(error);
  const { password } = new URL(secret);
  const shown =
    password === "" ? reason : reason.replaceAll(password, "…").replaceAll(decodeURIComponent(password), "…");
  return new DatasetError(`${subject}: ${shown}; check the address and the query`, { cause: error });
}

async function openQuery(client: Client, label: string, address: string, query: QueryOptions): Promise<ForeignQuery> {
  const { default: QueryStream } = await import("pg-query-stream");
  const sql = querySql(query, { query: "--query", table: "--table" });
  const subject = query.table === undefined ? `${label}, a query` : `${label}, table ${query.table}`;
  let columns: readonly string[];
  try {
    const described = await client.query(`SELECT * FROM (${sql}\n) AS asked LIMIT 0`);
    columns = described.fields.map(({ name }) => name);
  } catch (error) {
    throw explain(error, subject, address);
  }
  return {
    subject,
    columns,
    rows: async function* (wanted) {
      const places = wanted.map((name) => columns.indexOf(name));
      const asText = { getTypeParser: () => (text: string) => text };
      const stream = client.query(
        new QueryStream(sql, [], {
          batchSize: rowsAtOnce,
          highWaterMark: 2 * rowsAtOnce,
          rowMode: "array",
          types: asText,
        }),
      );
      let block: Cell[][] = [];
      try {
        for await (const row of stream) {
          const cells: readonly unknown[] = Array.isArray(row) ? row : [];
          block.push(places.map((place) => (typeof cells[place] === "string" ? cells[place] : null)));
          if (block.length < rowsAtOnce) continue;
          yield block;
          block = [];
        }
        yield block;
      } catch (error) {
        if (error instanceof DatasetError) throw error;
        throw explain(error, subject, address);
      }
    },
  };
}

/** A PostgreSQL database, asked with `query` or for a whole `table`. */
export function postgresSource(options: PostgresSourceOptions): Source {
  const { address } = options;
  const label = postgresLabel(address, "database");
  return {
    name: decodeURIComponent(new URL(address).pathname.slice(1)) || "dataset",
    stage: async (context) => {
      const { Client } = (await import("pg")).default;
      const client = new Client({ connectionString: address });
      // A connection that breaks is told by the query that was running.
      client.on("error", () => undefined);
      try {
        await client.connect();
        await client.query("BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ");
        await client.query("SET LOCAL TIME ZONE 'UTC'; SET LOCAL datestyle = 'ISO'");
      } catch (error) {
        await client.end().catch(() => undefined);
        throw explain(error, label, address);
      }
      const foreign: ForeignDatabase = { label, open: (query) => openQuery(client, label, address, query) };
      try {
        return await stageQueries(context, foreign, options);
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  };
}
