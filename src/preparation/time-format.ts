/**
 * How a column says when something happened, recognised from its type and its first value, and the SQL that turns it into
 * milliseconds since 1970 (UTC where no zone is given). Numbers are told by their size: seconds, milliseconds, microseconds
 * and nanoseconds of any date between 1973 and 5138 lie in ranges that do not touch; 0 may be any of them.
 */
import { type Database, sqlText } from "../data/database.ts";
import { ConfigError } from "../errors.ts";

export interface TimeFormat {
  /** For people, e.g. "seconds since 1970". */
  readonly description: string;
  /** SQL: milliseconds as BIGINT; NULL for NULL and empty text; fails where a value is of another form. */
  readonly milliseconds: string;
  /** SQL: true for a value that is of another form. */
  readonly isBad: string;
}

const sampled = 10_000;

/** Units by the values that are read as one: from `from` (and 0) to below `below`. */
const units = [
  { name: "seconds", from: 0, below: 1e11, toMilliseconds: (value: string) => `${value} * 1e3` },
  { name: "milliseconds", from: 1e11, below: 1e14, toMilliseconds: (value: string) => value },
  { name: "microseconds", from: 1e14, below: 1e17, toMilliseconds: (value: string) => `${value} / 1e3` },
  { name: "nanoseconds", from: 1e17, below: 1e20, toMilliseconds: (value: string) => `${value} / 1e6` },
] as const;

function numberFormat(value: string, tried: string, first: number): TimeFormat | undefined {
  const unit = units.find(({ below }) => Math.abs(first) < below);
  if (unit === undefined) return undefined;
  // A value beyond the unit's range is of another unit: mixing them must not pass silently.
  const size = `abs(${tried})`;
  const fits = `(${size} < ${unit.below.toExponential()} AND (${size} >= ${unit.from.toExponential()} OR ${size} = 0))`;
  return {
    description: `${unit.name} since 1970`,
    milliseconds: `CASE WHEN ${value} IS NULL OR ${fits} THEN CAST(round(${unit.toMilliseconds(tried)}) AS BIGINT) ELSE CAST(error('time out of range') AS BIGINT) END`,
    isBad: `${value} IS NOT NULL AND coalesce(NOT (${fits}), true)`,
  };
}

function pattern(value: string, format: string, description: string): TimeFormat {
  return {
    description,
    milliseconds: `epoch_ms(strptime(${value}, ${sqlText(format)}))`,
    isBad: `${value} IS NOT NULL AND try_strptime(${value}, ${sqlText(format)}) IS NULL`,
  };
}

export interface TimeColumn {
  /** SQL of the table it stands in. */
  readonly table: string;
  /** SQL of the column. */
  readonly column: string;
  /** Its type in the database. */
  readonly type: string;
  /** What messages call it, e.g. `orders.csv: column "date"`. */
  readonly subject: string;
  /** As strptime; absent: it is recognised. */
  readonly format?: string | undefined;
}

/** @throws ConfigError when the values are nothing that is known, with one of them */
export async function recogniseTime(database: Database, time: TimeColumn): Promise<TimeFormat> {
  const { table, column, type, subject, format } = time;
  if (/^(TIMESTAMP|DATE)/.test(type)) {
    return { description: `a ${type.toLowerCase()}`, milliseconds: `epoch_ms(${column})`, isBad: "false" };
  }
  const isText = type === "VARCHAR";
  if (!isText && !/INT|DECIMAL|DOUBLE|FLOAT/.test(type)) {
    throw new ConfigError(
      `${subject} is of type ${type}, expected numbers, dates or text; choose another --time-column`,
    );
  }
  const text = isText ? `nullif(trim(${column}), '')` : `CAST(${column} AS VARCHAR)`;
  if (format !== undefined) return pattern(text, format, `text as ${format}`);
  const values = `(SELECT ${text} AS v, row_number() OVER () AS n FROM ${table} WHERE ${text} IS NOT NULL LIMIT ${sampled})`;
  const [facts] = await database.rows(
    `SELECT CAST(count(*) AS DOUBLE) AS n, arg_min(v, n) AS first,
       arg_min(TRY_CAST(v AS DOUBLE), n) FILTER (WHERE TRY_CAST(v AS DOUBLE) <> 0) AS number,
       TRY_CAST(first AS DOUBLE) IS NOT NULL AS numbers, TRY_CAST(first AS TIMESTAMPTZ) IS NOT NULL AS moments,
       bool_and(regexp_full_match(v, '(19|20)[0-9]{6}') AND try_strptime(v, '%Y%m%d') IS NOT NULL) AS days
     FROM ${values}`,
  );
  if (facts === undefined || facts.n === 0) {
    return { description: "empty", milliseconds: "CAST(NULL AS BIGINT)", isBad: `${text} IS NOT NULL` };
  }
  if (facts.days === true) return pattern(text, "%Y%m%d", "dates written YYYYMMDD");
  if (facts.numbers === true) {
    const tried = isText ? `TRY_CAST(${text} AS DOUBLE)` : `CAST(${column} AS DOUBLE)`;
    const recognised = numberFormat(isText ? text : column, tried, Number(facts.number ?? 0));
    if (recognised !== undefined) return recognised;
  }
  if (facts.moments === true) {
    return {
      description: "dates and times as ISO 8601, UTC where no zone is given",
      milliseconds: `epoch_ms(CAST(${text} AS TIMESTAMPTZ))`,
      isBad: `${text} IS NOT NULL AND TRY_CAST(${text} AS TIMESTAMPTZ) IS NULL`,
    };
  }
  throw new ConfigError(
    `${subject} holds ${JSON.stringify(facts.first)}, which is no time that is recognised (seconds, milliseconds, ISO 8601 dates, all of one kind); say how it is written, e.g. --time-format '%d/%m/%Y %H:%M', or leave the times out with --no-time`,
  );
}
