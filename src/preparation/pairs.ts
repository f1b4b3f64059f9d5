/**
 * One row a (user, item): of the rows of a pair the highest rating, the latest time, the event that weighs most (the later of
 * equals), and the sum of the weights (or the largest one). A pair with likes and dislikes is what was said last; at the same time, or
 * where a time is unknown, the dislike holds. Only the rows of the kind that holds are counted.
 */
import type { FilterOptions } from "./options.ts";
import { isWeighted, mayDislike, type RawColumns } from "./staged-rows.ts";
import type { Steps } from "./steps.ts";
import { powerOfHalf, sqlDouble, unitsOf } from "./weights.ts";

/** Columns of `prepared_pairs` beside u and i. */
export interface PairColumns {
  readonly ratings: boolean;
  readonly times: boolean;
  readonly events: boolean;
  /** `units`: the weight, see weights.ts. */
  readonly weights: boolean;
  readonly dislikes: boolean;
}

export interface Pairs {
  readonly columns: PairColumns;
  readonly pairs: number;
  /** How many of them are dislikes. */
  readonly dislikes: number;
}

/** SQL for the units of a row; `half_lives` is its age in half-lives. */
function rowUnits({ halfLife }: FilterOptions): string {
  return unitsOf(halfLife === undefined ? "base" : `(base * ${powerOfHalf("half_lives")})`);
}

/** Turns `prepared_rows` into `prepared_pairs(u, i [, rating] [, time] [, event] [, units] [, dislike])`. */
export async function mergePairs(steps: Steps, raw: RawColumns, options: FilterOptions): Promise<Pairs> {
  const columns: PairColumns = { ...raw, weights: isWeighted(raw, options), dislikes: mayDislike(raw, options) };
  const { halfLife, repeats = options.events !== undefined || halfLife !== undefined ? "sum" : "once" } = options;
  const newest =
    halfLife === undefined
      ? 0
      : await steps.value("merging repeated interactions", "SELECT max(time) FROM prepared_rows WHERE reason = 0");
  const taken = [
    "u",
    "i",
    ...(columns.ratings ? ["rating"] : []),
    ...(columns.times ? ["time"] : []),
    ...(columns.events ? ["event"] : []),
    ...(columns.weights ? [`${rowUnits(options)} AS units`] : []),
    ...(columns.dislikes ? ["dislike"] : []),
  ];
  const aged =
    halfLife === undefined
      ? "prepared_rows"
      : `(SELECT *, CAST(${newest} - time AS DOUBLE) / ${sqlDouble(halfLife)} AS half_lives FROM prepared_rows)`;
  const rows = `SELECT ${taken.join(", ")} FROM ${aged} WHERE reason = 0`;

  /** An aggregate over the rows of the kind that holds. */
  const held = (aggregate: string): string =>
    columns.dislikes
      ? `CASE WHEN ${holds} THEN ${aggregate} FILTER (WHERE dislike) ELSE ${aggregate} FILTER (WHERE NOT dislike) END`
      : aggregate;
  const newer = columns.times
    ? " OR count(*) <> count(time) OR max(time) FILTER (WHERE dislike) >= max(time) FILTER (WHERE NOT dislike)"
    : " OR true";
  const holds = `(bool_or(dislike) AND (bool_and(dislike)${newer}))`;
  const heaviest = `max(struct_pack(w := ${columns.weights ? "units" : "0"}, t := ${columns.times ? "coalesce(time, 0)" : "0"}, e := event))`;
  const merged = [
    "u",
    "i",
    ...(columns.ratings ? [`${held("max(rating)")} AS rating`] : []),
    ...(columns.times ? [`${held("max(time)")} AS time`] : []),
    ...(columns.events ? [`struct_extract(${held(heaviest)}, 'e') AS event`] : []),
    ...(columns.weights ? [`${held(repeats === "sum" ? "sum(units)" : "max(units)")} AS units`] : []),
    ...(columns.dislikes ? [`${holds} AS dislike`] : []),
  ];
  await steps.run(
    "merging repeated interactions",
    `CREATE TABLE prepared_pairs AS SELECT ${merged.join(", ")} FROM (${rows}) GROUP BY u, i; DROP TABLE prepared_rows`,
  );
  const disliked = columns.dislikes ? "count_if(dislike)" : "0";
  const [counts] = await steps.rows(
    "merging repeated interactions",
    `SELECT CAST(count(*) AS DOUBLE) AS pairs, CAST(${disliked} AS DOUBLE) AS dislikes FROM prepared_pairs`,
  );
  return { columns, pairs: Number(counts?.pairs ?? 0), dislikes: Number(counts?.dislikes ?? 0) };
}
