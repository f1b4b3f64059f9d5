/** For tests: prepares rows that are given as they are, and reads the tables that were written. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JS } from "@duckdb/node-api";
import { z } from "zod";
import { openDatabase } from "../data/database.ts";
import { parquetScan } from "../data/parquet-table.ts";
import { fileSource } from "./file-source.ts";
import type { PrepareOptions } from "./options.ts";
import { prepareDataset } from "./prepare-dataset.ts";
import type { PreparationReport } from "./report.ts";

/** A row of interactions; null: nothing there. */
export interface Row {
  readonly user: string | null;
  readonly item: string | null;
  readonly rating?: number | null;
  /** Milliseconds since 1970. */
  readonly time?: number | null;
  readonly event?: string | null;
}

const writtenRow = z.object({
  user: z.string(),
  item: z.string(),
  user_index: z.number(),
  item_index: z.number(),
  split: z.string(),
  rating: z.number().nullish(),
  timestamp: z.number().nullish(),
  event: z.string().nullish(),
  weight: z.number().nullish(),
});

/** A row that was written. */
export type WrittenRow = Readonly<z.infer<typeof writtenRow>>;

export interface Prepared {
  readonly report: PreparationReport;
  readonly interactions: readonly WrittenRow[];
  readonly users: readonly string[];
  readonly items: readonly Readonly<Record<string, JS>>[];
}

const plain = (value: JS): JS => (typeof value === "bigint" ? Number(value) : value);

/** The rows of a Parquet file in their order. */
export async function readParquet(file: string): Promise<readonly Readonly<Record<string, JS>>[]> {
  const database = await openDatabase({ threads: 1 });
  try {
    const rows = await database.rows(`SELECT * FROM ${parquetScan(file)}`);
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
  } finally {
    database.close();
  }
}

export async function readPrepared(folder: string): Promise<Omit<Prepared, "report">> {
  const interactions = await readParquet(join(folder, "interactions.parquet"));
  const users = await readParquet(join(folder, "users.parquet"));
  return {
    interactions: interactions.map((row) => writtenRow.strict().parse(row)),
    users: users.map(({ user }) => String(user)),
    items: await readParquet(join(folder, "items.parquet")),
  };
}

const quoted = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? "" : `"${String(value).replaceAll('"', '""')}"`;

/** CSV of the rows, with the columns that any of them has. */
export function csvOf(rows: readonly Row[]): string {
  const columns = (["user", "item", "rating", "time", "event"] as const).filter((name) =>
    rows.some((row) => name === "user" || name === "item" || row[name] !== undefined),
  );
  return [columns.join(","), ...rows.map((row) => columns.map((name) => quoted(row[name])).join(",")), ""].join("\n");
}

/** Prepares the rows in a folder of their own, which is gone afterwards. */
export async function prepareRows(
  rows: readonly Row[],
  options: Omit<PrepareOptions, "source" | "out"> = {},
): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), "latticework-prepare-"));
  try {
    const file = join(folder, "rows.csv");
    writeFileSync(file, csvOf(rows));
    const out = join(folder, "out");
    const report = await prepareDataset({ source: fileSource({ file }), out, ...options });
    return { report, ...(await readPrepared(out)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** user → item → split, as one comparable value. */
export const splitsOf = ({ interactions }: Pick<Prepared, "interactions">): Readonly<Record<string, string>> =>
  Object.fromEntries(interactions.map(({ user, item, split }) => [JSON.stringify([user, item]), split]));
