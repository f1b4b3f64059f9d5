/**
 * The connection to a SQLite file: statements prepared once, each write whole or not at all, and failures that may pass told apart from those that are
 * ours. What is written is on the disk when its promise is kept (write-ahead log, flushed at every commit).
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { migrate } from "./sqlite-schema.ts";
import { type StoreChange, StoreUnavailable } from "./store.ts";

export interface Sqlite {
  /** @returns rows that it changed */
  run(sql: string, ...values: readonly SQLInputValue[]): number;
  /** Rows, each held against the schema. */
  rows<T extends z.ZodType>(schema: T, sql: string, ...values: readonly SQLInputValue[]): z.output<T>[];
  first<T extends z.ZodType>(schema: T, sql: string, ...values: readonly SQLInputValue[]): z.output<T> | undefined;
  /** @throws StoreUnavailable where a failure may pass */
  attempt<T>(work: () => T): Promise<T>;
  /** All of it or nothing. @throws StoreUnavailable where a failure may pass */
  write<T>(work: () => T): Promise<T>;
  /** Takes the next position; within a write. */
  changed(kind: StoreChange["kind"], id: string): void;
  /** Empties the log into the file. */
  checkpoint(): void;
  close(): void;
}

/** How long a write waits for another process's. */
const busyMilliseconds = 3000;

/** Codes of SQLite that may pass: busy, locked, read-only (a remounted disk), input or output, full, cannot open. */
const passing = new Set([5, 6, 8, 10, 13, 14]);

function failureOf(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return error;
  if (!passing.has(error.errcode & 0xff)) return error;
  return new StoreUnavailable(`the store cannot be used now: ${error.message}`, { cause: error });
}

/** @param file or ":memory:" for one that ends with the process @throws ConfigError when it cannot be opened */
export function openSqlite(file: string): Sqlite {
  let database: DatabaseSync;
  try {
    if (file !== ":memory:") mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: busyMilliseconds });
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    migrate(database, file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`store ${file} cannot be opened: ${reason}; check the path, or name another`, {
      cause: error,
    });
  }

  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepared = (sql: string) => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  const run = (sql: string, ...values: readonly SQLInputValue[]): number =>
    Number(prepared(sql).run(...values).changes);
  const rows = <T extends z.ZodType>(schema: T, sql: string, ...values: readonly SQLInputValue[]): z.output<T>[] =>
    prepared(sql)
      .all(...values)
      .map((row) => schema.parse(row));
  const first = <T extends z.ZodType>(
    schema: T,
    sql: string,
    ...values: readonly SQLInputValue[]
  ): z.output<T> | undefined => rows(schema, sql, ...values)[0];

  const attempt = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (error) {
      throw failureOf(error);
    }
  };
  /** All of it or nothing. */
  const write = <T>(work: () => T): Promise<T> =>
    attempt(() => {
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    });
  const changed = (kind: StoreChange["kind"], id: string): void => {
    run("INSERT INTO changes (kind, id, at) VALUES (?, ?, ?)", kind, id, Date.now());
  };

  return {
    run,
    rows,
    first,
    attempt,
    write,
    changed,
    checkpoint: () => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"),
    close: () => database.close(),
  };
}
