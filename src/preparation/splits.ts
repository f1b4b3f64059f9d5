/**
 * Which interactions train, which validate and which test. Everything is decided by counts, times and a keyed hash. With a and b the lower
 * 64 bits of the MD5 of "seed:user" and "seed:item" (UTF-8),
 *
 *     key(user, item) = (a | 1) · b mod 2⁶⁴          key(item) = b
 *
 * (multiply-shift hashing of the item by a multiplier of the user's), so that the same interactions split the same way in whatever
 * order they are read, by however many threads, and the split of one user does not depend on the others. `n` is a user's
 * number of interactions, dislikes not counted.
 *
 *     paper           n < 3: all train. n < 10: 1 test, 1 validation. Else ⌊n / 5⌋ are held out: the first half (rounded down) by
 *                     key tests, the others validate.
 *     ratio           of each user the newest ⌊n · test + ½⌋ test, the ⌊n · validation + ½⌋ before validate; at least one trains.
 *     global-time     at two moments for everybody, so that validation and test hold their share of all interactions;
 *                     what happened at the same moment stays together.
 *     leave-last-out  n < 3: all train. Else the last tests and the one before validates.
 *     cold-start      ⌊items · share⌋ items, first by key, lose every training interaction: the first half (rounded down)
 *                     validates, the others test.
 *     all-train       everything trains.
 *
 * Where times are equal (or unknown, for `ratio`), the key decides.
 */
import { DatasetError } from "../errors.ts";
import type { SplitMethod } from "./options.ts";
import type { PairColumns } from "./pairs.ts";
import type { Steps } from "./steps.ts";

export interface SplitRequest {
  readonly method: SplitMethod;
  readonly ratio: readonly [number, number, number];
  readonly coldShare: number;
  readonly seed: number;
  readonly times: boolean;
}

/** Shares as whole millionths, so that counts come from integers. */
const millionths = (share: number): number => Math.round(share * 1e6);

/** n · share to the nearest whole number, halves up, in integers. */
const rounded = (count: string, share: number): string =>
  `((2 * CAST(${count} AS BIGINT) * ${millionths(share)} + 1000000) // 2000000)`;

const pairKey =
  "CAST(CAST(prepared_users.key AS UHUGEINT) * CAST(prepared_items.key AS UHUGEINT) & CAST(18446744073709551615 AS UHUGEINT) AS UBIGINT)";

/** Likes with the place r of each among those of its user, 1 first. */
const placedByUser = (order: string): string =>
  `SELECT *, row_number() OVER (PARTITION BY user_index ORDER BY ${order}) AS r FROM prepared_likes_indexed`;

/** SQL for a row's split by how many of its user's first places test and then validate. */
const byPlace = (test: string, validation: string): string =>
  `CASE WHEN r <= ${test} THEN 'test' WHEN r <= ${test} + ${validation} THEN 'validation' ELSE 'train' END`;

/** SQL of the moment from which less than `1 - share` of the interactions remain. */
const momentAfter = (share: number): string =>
  `SELECT min(time) FROM (SELECT time, sum(n) OVER (ORDER BY time) AS upto, sum(n) OVER () AS total FROM (SELECT time, count(*) AS n FROM prepared_likes_indexed GROUP BY time)) WHERE upto * 1000000 > total * ${millionths(share)}`;

/** SQL of the likes, and of the column `split`. */
async function splitOf(
  steps: Steps,
  request: SplitRequest,
): Promise<{ readonly rows: string; readonly split: string }> {
  const { method, ratio, coldShare, times } = request;
  switch (method) {
    case "paper": {
      const held = "CASE WHEN n < 3 THEN 0 WHEN n < 10 THEN 2 ELSE n // 5 END";
      return {
        rows: `SELECT *, ${held} AS held FROM (${placedByUser("key, item_index")})`,
        split: byPlace("held // 2", "held - held // 2"),
      };
    }
    case "ratio": {
      const newest = times ? "time DESC NULLS LAST, " : "";
      return {
        rows: `SELECT *, least(${rounded("n", ratio[2])}, n - 1) AS tested, ${rounded("n", ratio[1])} AS validated FROM (${placedByUser(`${newest}key, item_index`)})`,
        split: byPlace("tested", "least(validated, n - 1 - tested)"),
      };
    }
    case "leave-last-out":
      return {
        rows: `SELECT *, CAST(n >= 3 AS INTEGER) AS one FROM (${placedByUser("time DESC, key, item_index")})`,
        split: byPlace("one", "one"),
      };
    case "global-time": {
      const validation = await steps.value("splitting", momentAfter(ratio[0]));
      const test = await steps.value("splitting", momentAfter(ratio[0] + ratio[1]));
      return {
        rows: "SELECT * FROM prepared_likes_indexed",
        split: `CASE WHEN time >= ${test} THEN 'test' WHEN time >= ${validation} THEN 'validation' ELSE 'train' END`,
      };
    }
    case "cold-start": {
      const places = `SELECT item_index, row_number() OVER (ORDER BY key, item) AS r, count(*) OVER () AS total FROM prepared_items WHERE touched`;
      const cold = `(total * ${millionths(coldShare)} // 1000000)`;
      return {
        rows: `SELECT *, ${cold} AS cold FROM prepared_likes_indexed JOIN (${places}) USING (item_index)`,
        split: "CASE WHEN r <= cold // 2 THEN 'validation' WHEN r <= cold THEN 'test' ELSE 'train' END",
      };
    }
    case "all-train":
      return { rows: "SELECT * FROM prepared_likes_indexed", split: "'train'" };
  }
}

export interface SplitSizes {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly dislike: number;
}

/** Which columns of `prepared_pairs` go on, in the order they are written in. */
function carried(columns: PairColumns): readonly string[] {
  return [
    ...(columns.ratings ? ["rating"] : []),
    ...(columns.times ? ["time"] : []),
    ...(columns.events ? ["event"] : []),
    ...(columns.weights ? ["units"] : []),
  ];
}

/**
 * Makes `prepared_split(user_index, item_index, split [, rating] [, time] [, event] [, units])` from `prepared_pairs` and the catalogue.
 * @throws DatasetError when nothing is left to train on
 */
export async function splitInteractions(
  steps: Steps,
  columns: PairColumns,
  request: SplitRequest,
): Promise<SplitSizes> {
  const indexed = (rows: string): string =>
    `SELECT pairs.*, user_index, n, item_index, ${pairKey} AS key FROM (${rows}) AS pairs JOIN prepared_users USING (u) JOIN prepared_items USING (i)`;
  const likes = columns.dislikes ? "SELECT * FROM prepared_pairs WHERE NOT dislike" : "SELECT * FROM prepared_pairs";
  await steps.run(
    "splitting",
    `CREATE VIEW prepared_likes_indexed AS ${indexed(likes)} WHERE n IS NOT NULL AND touched`,
  );
  const { rows, split } = await splitOf(steps, request);
  const taken = (splitColumn: string): string =>
    ["user_index", "item_index", `${splitColumn} AS split`, ...carried(columns)].join(", ");
  const dislikes = columns.dislikes
    ? ` UNION ALL SELECT ${taken("'dislike'")} FROM (${indexed("SELECT * FROM prepared_pairs WHERE dislike")})`
    : "";
  await steps.run(
    "splitting",
    `CREATE TABLE prepared_split AS SELECT ${taken(split)} FROM (${rows})${dislikes}; DROP VIEW prepared_likes_indexed; DROP TABLE prepared_pairs`,
  );
  const counts = await steps.rows(
    "splitting",
    "SELECT split, CAST(count(*) AS DOUBLE) AS n FROM prepared_split GROUP BY split",
  );
  const countOf = (name: string): number => Number(counts.find((row) => row.split === name)?.n ?? 0);
  const sizes = {
    train: countOf("train"),
    validation: countOf("validation"),
    test: countOf("test"),
    dislike: countOf("dislike"),
  };
  if (sizes.train === 0) {
    throw new DatasetError(
      `the ${request.method} split leaves nothing to train on (${sizes.validation} to validate, ${sizes.test} to test); hold out less (--ratio, --cold-share) or choose another --split`,
    );
  }
  return sizes;
}
