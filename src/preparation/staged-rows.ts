/**
 * From raw rows to numbers: one pass finds the distinct ids and gives each a number, a second pass writes every row with those
 * numbers, what it counts and, where it is left out, why. Filters apply in the order of `dropReasons`; a row is counted under the
 * first that applies. The numbers are of use inside the preparation only, so that it does not matter in which order they were given.
 */
import { sqlText } from "../data/database.ts";
import { ConfigError } from "../errors.ts";
import { closest } from "./column-names.ts";
import type { FilterOptions } from "./options.ts";
import type { Steps } from "./steps.ts";
import { sqlDouble } from "./weights.ts";

/** What there is to filter by. */
export interface RawColumns {
  readonly ratings: boolean;
  readonly times: boolean;
  readonly events: boolean;
  readonly weights: boolean;
  readonly dislikes: boolean;
}

export type DropReason =
  | "no-user"
  | "no-item"
  | "no-time"
  | "before-since"
  | "after-until"
  | "other-event"
  | "low-rating";

export interface Dropped {
  readonly reason: DropReason | "below-k-core" | "lone-dislike";
  readonly rows: number;
}

interface Filter {
  readonly reason: DropReason;
  readonly condition: string;
}

/** SQL that says whether a row of raw_interactions is a dislike. */
function dislikeCondition(columns: RawColumns, options: FilterOptions): string {
  const disliked = Object.entries(options.events ?? {}).filter(([, weight]) => weight === "dislike");
  const conditions = [
    ...(columns.dislikes ? ["coalesce(dislike, false)"] : []),
    ...(disliked.length > 0
      ? [`coalesce(event IN (${disliked.map(([name]) => sqlText(name)).join(", ")}), false)`]
      : []),
    ...(options.dislikeRating === undefined ? [] : [`coalesce(rating <= ${sqlDouble(options.dislikeRating)}, false)`]),
  ];
  return conditions.length === 0 ? "false" : conditions.join(" OR ");
}

function filters(columns: RawColumns, options: FilterOptions, needsTime: boolean): readonly Filter[] {
  const { since, until, events, minimumRating } = options;
  const when = (wanted: boolean, reason: DropReason, condition: string): readonly Filter[] =>
    wanted ? [{ reason, condition }] : [];
  return [
    ...when(true, "no-user", `"user" IS NULL OR "user" = ''`),
    ...when(true, "no-item", "item IS NULL OR item = ''"),
    ...when(columns.times && needsTime, "no-time", "time IS NULL"),
    ...when(since !== undefined, "before-since", `time < ${since}`),
    ...when(until !== undefined, "after-until", `time >= ${until}`),
    ...when(
      events !== undefined,
      "other-event",
      `event IS NULL OR event NOT IN (${Object.keys(events ?? {})
        .map(sqlText)
        .join(", ")})`,
    ),
    ...when(
      minimumRating !== undefined,
      "low-rating",
      `rating < ${sqlDouble(minimumRating ?? 0)} AND NOT (${dislikeCondition(columns, options)})`,
    ),
  ];
}

/** Whether pairs carry weights that may differ. */
export const isWeighted = (columns: RawColumns, options: FilterOptions): boolean =>
  columns.weights || options.events !== undefined || options.halfLife !== undefined || options.repeats === "sum";

/** Whether any row may be a dislike. */
export const mayDislike = (columns: RawColumns, options: FilterOptions): boolean =>
  dislikeCondition(columns, options) !== "false";

/** SQL for what one row counts before its age is considered; a weight that is not above 0 counts 1. */
function baseWeight(columns: RawColumns, { events }: FilterOptions): string {
  const cases = Object.entries(events ?? {}).map(
    ([name, weight]) => `WHEN ${sqlText(name)} THEN ${sqlDouble(weight === "dislike" ? 1 : weight)}`,
  );
  const ofEvent = cases.length === 0 ? "1e0" : `CASE event ${cases.join(" ")} ELSE 1e0 END`;
  return columns.weights ? `${ofEvent} * CASE WHEN weight > 0 AND isfinite(weight) THEN weight ELSE 1e0 END` : ofEvent;
}

/** @throws ConfigError when an option speaks of an event that does not occur */
async function checkEvents(steps: Steps, options: FilterOptions): Promise<void> {
  const named = Object.keys(options.events ?? {});
  if (named.length === 0) return;
  const found = await steps.rows(
    "finding users and items",
    "SELECT event FROM prepared_ids WHERE event IS NOT NULL ORDER BY event",
  );
  const there = found.map((row) => String(row.event));
  const unknown = named.filter((name) => !there.includes(name));
  if (unknown.length === 0) return;
  const [first = ""] = unknown;
  const suggestion = closest(first, there);
  throw new ConfigError(
    `--events names ${unknown.map((name) => JSON.stringify(name)).join(", ")}, which no row has${suggestion === undefined ? "" : `; did you mean ${JSON.stringify(suggestion)}?`} The data has ${there.length === 0 ? "no events" : there.slice(0, 12).join(", ")}${there.length > 12 ? `, … (${there.length})` : ""}; correct the name or leave it out`,
  );
}

export interface StagedRows {
  readonly rows: number;
  readonly dropped: readonly Dropped[];
}

/**
 * Makes `prepared_user_codes(user, u)`, `prepared_item_codes(item, i)` and `prepared_rows(u, i [, rating] [, time] [, event] [, base] [, dislike])`, the
 * rows that are left.
 */
export async function stageRows(
  steps: Steps,
  columns: RawColumns,
  options: FilterOptions,
  needsTime: boolean,
): Promise<StagedRows> {
  const keys = ['"user"', "item", ...(columns.events ? ["event"] : [])];
  await steps.run(
    "finding users and items",
    `CREATE TABLE prepared_ids AS SELECT ${keys.join(", ")}, grouping(${keys.join(", ")}) AS part FROM raw_interactions GROUP BY GROUPING SETS (${keys.map((key) => `(${key})`).join(", ")})`,
  );
  await checkEvents(steps, options);
  // grouping() has a 0 bit for the key that a row is about.
  const partOf = (key: number): number => 2 ** keys.length - 1 - 2 ** (keys.length - 1 - key);
  const codes = (table: string, column: string, code: string, key: number): string =>
    `CREATE TABLE ${table} AS SELECT ${column}, CAST(row_number() OVER () AS INTEGER) AS ${code} FROM prepared_ids WHERE part = ${partOf(key)} AND ${column} <> ''`;
  await steps.run(
    "finding users and items",
    `${codes("prepared_user_codes", '"user"', "u", 0)}; ${codes("prepared_item_codes", "item", "i", 1)}; DROP TABLE prepared_ids`,
  );

  const reasons = filters(columns, options, needsTime);
  const reason = reasons.map(({ condition }, at) => `WHEN ${condition} THEN ${at + 1}`).join(" ");
  const taken = [
    "u",
    "i",
    ...(columns.ratings ? ["CASE WHEN isfinite(rating) THEN rating END AS rating"] : []),
    ...(columns.times ? ["time"] : []),
    ...(columns.events ? ["event"] : []),
    ...(isWeighted(columns, options) ? [`${baseWeight(columns, options)} AS base`] : []),
    ...(mayDislike(columns, options) ? [`(${dislikeCondition(columns, options)}) AS dislike`] : []),
    `CAST(CASE ${reason} ELSE 0 END AS UTINYINT) AS reason`,
  ];
  await steps.run(
    "reading interactions",
    `CREATE TABLE prepared_rows AS SELECT ${taken.join(", ")} FROM raw_interactions LEFT JOIN prepared_user_codes USING ("user") LEFT JOIN prepared_item_codes USING (item)`,
  );
  const counts = await steps.rows(
    "reading interactions",
    "SELECT CAST(reason AS INTEGER) AS reason, CAST(count(*) AS DOUBLE) AS n FROM prepared_rows GROUP BY reason",
  );
  const countOf = (code: number): number => Number(counts.find((row) => Number(row.reason) === code)?.n ?? 0);
  return {
    rows: counts.reduce((sum, row) => sum + Number(row.n), 0),
    dropped: reasons.flatMap((filter, at) =>
      countOf(at + 1) === 0 ? [] : [{ reason: filter.reason, rows: countOf(at + 1) }],
    ),
  };
}
