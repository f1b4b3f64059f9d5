/**
 * Who is in the dataset, and with which index. Users and items that have interactions left are in; with
 * `keepUntouchedItems` also the other items of the catalogue. Indices follow the bytes of the ids (UTF-8, ascending), so that they
 * depend on neither the order of rows nor the number of threads; where a source has an order of its own, it is kept.
 */
import type { Steps } from "./steps.ts";

/** Which of the optional tables a source made. */
export interface RawTables {
  readonly items: boolean;
  readonly userOrder: boolean;
  readonly itemOrder: boolean;
}

export interface CatalogueCounts {
  /** Rows of the catalogue. */
  readonly rows: number;
  /** Of these, rows without an item id. */
  readonly withoutId: number;
  /** Rows of an item that had one before; the first is kept. */
  readonly repeated: number;
}

/** Makes `prepared_catalogue(n, item)`: the first row, counted from 1, of each item of raw_items. */
export async function readCatalogue(steps: Steps): Promise<CatalogueCounts> {
  const step = "reading items";
  await steps.run(
    step,
    `CREATE TABLE prepared_catalogue AS SELECT min(n) AS n, item FROM (SELECT row_number() OVER () AS n, item FROM raw_items) WHERE item <> '' GROUP BY item`,
  );
  const [counts] = await steps.rows(
    step,
    `SELECT CAST(count(*) AS DOUBLE) AS "all", CAST(count_if(item <> '') AS DOUBLE) AS named FROM raw_items`,
  );
  const kept = await steps.value(step, "SELECT count(*) FROM prepared_catalogue");
  const rows = Number(counts?.all ?? 0);
  const named = Number(counts?.named ?? 0);
  return { rows, withoutId: rows - named, repeated: named - kept };
}

export interface Catalogue {
  readonly users: number;
  readonly items: number;
  /** Of these, items without an interaction. */
  readonly untouched: number;
  /** Items with interactions that the catalogue does not have; they have no columns. */
  readonly unlisted: number;
}

/** Whom to keep who has no interaction left. */
export interface Keeping {
  readonly untouchedItems: boolean;
  readonly untouchedUsers: boolean;
}

/**
 * Makes `prepared_users(user_index, user, u, n, key)` and `prepared_items(item_index, item, i, touched, key)` from the core, the keys as in splits.ts; u and i are NULL where
 * there is no row at all, n is NULL and touched false where there is no interaction left.
 */
export async function indexCatalogue(steps: Steps, raw: RawTables, keeping: Keeping, seed: number): Promise<Catalogue> {
  const step = "indexing users and items";
  const listedUsers = raw.userOrder ? ['SELECT "user" FROM raw_user_order'] : [];
  const listedItems = [
    ...(raw.items ? ["SELECT item FROM prepared_catalogue"] : []),
    ...(raw.itemOrder ? ["SELECT item FROM raw_item_order"] : []),
  ];
  const members = (column: string, codes: string, core: string, code: string, listed: readonly string[]): string =>
    [`SELECT ${column} FROM ${codes} SEMI JOIN ${core} USING (${code})`, ...listed].join(" UNION ");
  const order = (known: boolean, column: string, table: string): string =>
    known
      ? `LEFT JOIN (SELECT ${column}, min(position) AS position FROM ${table} GROUP BY ${column}) USING (${column})`
      : "CROSS JOIN (SELECT 0 AS position)";
  const users = members(
    '"user"',
    "prepared_user_codes",
    "prepared_core_users",
    "u",
    keeping.untouchedUsers ? listedUsers : [],
  );
  await steps.run(
    step,
    `CREATE TABLE prepared_users AS SELECT CAST(row_number() OVER (ORDER BY position NULLS LAST, "user") - 1 AS INTEGER) AS user_index, "user", u, n, md5_number_lower('${seed}:' || "user") | 1 AS key
     FROM (${users}) LEFT JOIN prepared_user_codes USING ("user") LEFT JOIN prepared_core_users USING (u) ${order(raw.userOrder, '"user"', "raw_user_order")}`,
  );
  const items = members(
    "item",
    "prepared_item_codes",
    "prepared_core_items",
    "i",
    keeping.untouchedItems ? listedItems : [],
  );
  await steps.run(
    step,
    `CREATE TABLE prepared_items AS SELECT CAST(row_number() OVER (ORDER BY position NULLS LAST, item) - 1 AS INTEGER) AS item_index, item, i, n IS NOT NULL AS touched, md5_number_lower('${seed}:' || item) AS key
     FROM (${items}) LEFT JOIN prepared_item_codes USING (item) LEFT JOIN prepared_core_items USING (i) ${order(raw.itemOrder, "item", "raw_item_order")}`,
  );
  return {
    users: await steps.value(step, "SELECT count(*) FROM prepared_users"),
    items: await steps.value(step, "SELECT count(*) FROM prepared_items"),
    untouched: await steps.value(step, "SELECT count(*) FROM prepared_items WHERE NOT touched"),
    unlisted: raw.items
      ? await steps.value(step, "SELECT count(*) FROM prepared_items ANTI JOIN prepared_catalogue USING (item)")
      : 0,
  };
}
