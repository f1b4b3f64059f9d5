/**
 * Connections to PostgreSQL: a pool that opens new ones when the server was away, transactions that are begun again when the server broke them to
 * resolve a deadlock, and failures that may pass told apart from those that are ours. A connection that was lost while committing leaves open whether
 * the write is there; it is told as unavailable, and the same write once more changes nothing.
 */

import type { PoolClient, QueryConfig } from "pg";
import type { z } from "zod";
import { postgresLabel } from "../../data/postgres-address.ts";
import { StoreUnavailable } from "./store.ts";

export interface Postgres {
  /** Host and database, without user and password. */
  readonly label: string;
  /** Rows of one statement, each held against the schema. @throws StoreUnavailable */
  rows<T extends z.ZodType>(schema: T, sql: string, values?: readonly unknown[]): Promise<z.output<T>[]>;
  /** All of it or nothing, durable when it is kept; the work may run more than once. @throws StoreUnavailable */
  transaction<T>(work: (client: TransactionClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface TransactionClient {
  readonly connection: PoolClient;
  rows<T extends z.ZodType>(schema: T, sql: string, values?: readonly unknown[]): Promise<z.output<T>[]>;
  /** @returns rows that it changed */
  run(sql: string, values?: readonly unknown[]): Promise<number>;
}

const mostConnections = 10;
const connectMilliseconds = 5000;
/** A statement that takes longer is given up; the server ends it as well. */
const statementMilliseconds = 60_000;
const writeMilliseconds = statementMilliseconds + 5000;
/** A single reading that takes longer is given up: somebody waits for it. */
const readMilliseconds = 10_000;
const mostAttempts = 5;

const bigintOid = 20;

/** Serialisation failure, deadlock. */
const again = new Set(["40001", "40P01"]);
/** Classes of SQLSTATE that may pass: connection, resources (a full disk is one), the operator's stop, system errors; and some single ones. */
const passingClasses = new Set(["08", "53", "57", "58"]);
/** Read-only (a standby), lock not available, a broken transaction, idle for too long. */
const passingCodes = new Set([...again, "25006", "55P03", "25P02", "25P03"]);

const stateOf = (error: unknown): string | undefined =>
  error instanceof Error && "severity" in error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;

function withoutPassword(message: string, address: string): string {
  const { password } = new URL(address);
  return password === "" ? message : message.replaceAll(password, "…").replaceAll(decodeURIComponent(password), "…");
}

/** Connects when first asked. @throws ConfigError for an address that is none */
export async function openPostgres(address: string): Promise<Postgres> {
  const label = postgresLabel(address, "store");
  const { Pool, types: standard } = (await import("pg")).default;
  const pool = new Pool({
    connectionString: address,
    application_name: "latticework",
    max: mostConnections,
    connectionTimeoutMillis: connectMilliseconds,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: statementMilliseconds,
    query_timeout: writeMilliseconds,
    idle_in_transaction_session_timeout: statementMilliseconds,
    types: { getTypeParser: (oid, format) => (oid === bigintOid ? Number : standard.getTypeParser(oid, format)) },
  });
  // A server may be set to acknowledge before its disk does; we do not. What fails here is told by the next statement.
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    client
      .query("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
      .catch(() => undefined);
  });
  // Told by the next statement.
  pool.on("error", () => undefined);

  const failureOf = (error: unknown): unknown => {
    const state = stateOf(error);
    if (state !== undefined && !passingClasses.has(state.slice(0, 2)) && !passingCodes.has(state)) return error;
    const reasons = error instanceof AggregateError ? error.errors : [error];
    const reason = reasons.map((one) => (one instanceof Error ? one.message : String(one))).join("; ");
    return new StoreUnavailable(`${label} cannot be used now: ${withoutPassword(reason, address)}`, { cause: error });
  };
  /** Named by its text: each connection prepares a statement once. */
  const names = new Map<string, string>();
  const prepared = (
    sql: string,
    values: readonly unknown[],
    within: number,
  ): QueryConfig & { query_timeout: number } => {
    const name = names.get(sql) ?? `latticework ${names.size}`;
    names.set(sql, name);
    return { name, text: sql, values: [...values], query_timeout: within };
  };
  const ask = async (client: PoolClient, sql: string, values: readonly unknown[], within = writeMilliseconds) => {
    try {
      return await client.query<Record<string, unknown>>(prepared(sql, values, within));
    } catch (error) {
      throw failureOf(error);
    }
  };
  const connect = async (): Promise<PoolClient> => {
    try {
      return await pool.connect();
    } catch (error) {
      throw failureOf(error);
    }
  };

  const attempt = async <T>(client: PoolClient, work: (client: TransactionClient) => Promise<T>): Promise<T> => {
    await ask(client, "BEGIN ISOLATION LEVEL READ COMMITTED", []);
    const result = await work({
      connection: client,
      rows: async (schema, sql, values = []) => (await ask(client, sql, values)).rows.map((row) => schema.parse(row)),
      run: async (sql, values = []) => (await ask(client, sql, values)).rowCount ?? 0,
    });
    await ask(client, "COMMIT", []);
    return result;
  };

  return {
    label,
    rows: async (schema, sql, values = []) => {
      const client = await connect();
      let broken = true;
      try {
        const { rows } = await ask(client, sql, values, readMilliseconds);
        broken = false;
        return rows.map((row) => schema.parse(row));
      } finally {
        client.release(broken);
      }
    },
    transaction: async (work) => {
      for (let attempts = 1; ; attempts++) {
        const client = await connect();
        try {
          const result = await attempt(client, work);
          client.release();
          return result;
        } catch (error) {
          // Ending the connection undoes everything, whatever state it is in.
          client.release(true);
          const cause = error instanceof StoreUnavailable ? stateOf(error.cause) : undefined;
          if (cause === undefined || !again.has(cause) || attempts === mostAttempts) throw error;
        }
      }
    },
    close: () => pool.end(),
  };
}
