/**
 * From a table as somebody has it to the two tables of the staging contract: parts are given to columns, ids become text,
 * numbers numbers and times milliseconds. The views read the table again each time, so that nothing is copied. When a value does not
 * fit, the row is looked for only then, and named.
 */
import { type Database, sqlName } from "../data/database.ts";
import { DatasetError, type LatticeworkError } from "../errors.ts";
import { chooseColumns, type RoleRequest } from "./column-names.ts";
import type { ColumnChoice } from "./source.ts";
import { recogniseTime, type TimeFormat } from "./time-format.ts";

/** Columns as options name them. */
export interface InteractionColumns {
  readonly user?: string | undefined;
  readonly item?: string | undefined;
  readonly rating?: string | undefined;
  /** false: do without, also where one would be recognised. */
  readonly time?: string | false | undefined;
  readonly event?: string | undefined;
  /** How the time is written, as strptime has it; absent: it is recognised. */
  readonly timeFormat?: string | undefined;
}

export interface ItemColumns {
  readonly item?: string | undefined;
  readonly title?: string | undefined;
}

/** A table or table function of the database, with what people call it. */
export interface NamedTable {
  /** SQL after FROM. */
  readonly table: string;
  /** e.g. `orders.csv`. */
  readonly subject: string;
}

/** A place where a value can be of the wrong kind. */
interface Doubt {
  readonly role: string;
  readonly column: string;
  readonly isBad: string;
  readonly expected: string;
}

export interface RawInteractions {
  readonly columns: readonly ColumnChoice[];
  readonly time?: string | undefined;
  readonly diagnose: (error: unknown) => Promise<LatticeworkError | undefined>;
}

async function describe(database: Database, table: string): Promise<ReadonlyMap<string, string>> {
  const columns = await database.rows(`DESCRIBE SELECT * FROM ${table}`);
  return new Map(columns.map((column) => [String(column.column_name), String(column.column_type)]));
}

/** Ids as text: whole numbers without a fraction, also where a table keeps them as floating-point numbers. */
function idText({ subject }: NamedTable, column: string, type: string): string {
  const name = sqlName(column);
  if (/[[(]/.test(type.replace(/^DECIMAL\(.*\)$/, "")) || /^(STRUCT|MAP|UNION|INTERVAL)/.test(type)) {
    throw new DatasetError(
      `${subject}: column "${column}" holds ${type}, expected ids as text or numbers; choose another`,
    );
  }
  if (type === "BLOB") return `decode(${name})`;
  if (/^(DOUBLE|FLOAT|DECIMAL)/.test(type)) {
    return `CASE WHEN ${name} = trunc(${name}) AND abs(${name}) < 9e15 THEN CAST(CAST(${name} AS BIGINT) AS VARCHAR) ELSE CAST(${name} AS VARCHAR) END`;
  }
  return type === "VARCHAR" ? name : `CAST(${name} AS VARCHAR)`;
}

const textOf = (column: string): string => `nullif(trim(CAST(${sqlName(column)} AS VARCHAR)), '')`;

/** What `chooseColumns` is asked for a table of interactions. */
export function interactionRequests(wanted: InteractionColumns): readonly RoleRequest[] {
  return [
    { role: "user", option: "--user-column", name: wanted.user, required: true },
    { role: "item", option: "--item-column", name: wanted.item, required: true },
    { role: "rating", option: "--rating-column", name: wanted.rating, required: false },
    ...(wanted.time === false
      ? []
      : [{ role: "time", option: "--time-column", name: wanted.time, required: false } as const]),
    { role: "event", option: "--event-column", name: wanted.event, required: false },
  ];
}

/**
 * Makes the view raw_interactions, or one of another name.
 * @throws ConfigError for columns that are not there or not recognised; DatasetError for types that cannot be ids
 */
export async function stageInteractions(
  database: Database,
  source: NamedTable,
  wanted: InteractionColumns,
  view = "raw_interactions",
): Promise<RawInteractions> {
  const { table, subject } = source;
  const types = await describe(database, table);
  const chosen = chooseColumns(subject, "interactions", [...types.keys()], interactionRequests(wanted));
  const columnOf = (role: ColumnChoice["role"]): string | undefined => chosen.find((one) => one.role === role)?.column;
  const typeOf = (column: string): string => types.get(column) ?? "VARCHAR";
  const id = (column: string | undefined): string =>
    column === undefined ? "CAST(NULL AS VARCHAR)" : idText(source, column, typeOf(column));
  const doubts: Doubt[] = [];

  const rating = columnOf("rating");
  if (rating !== undefined) {
    const isBad = `${textOf(rating)} IS NOT NULL AND TRY_CAST(${textOf(rating)} AS DOUBLE) IS NULL`;
    doubts.push({ role: "rating", column: rating, isBad, expected: "a number (with a point, not a comma)" });
  }
  const isNumber = rating !== undefined && /INT|DECIMAL|DOUBLE|FLOAT/.test(typeOf(rating));
  const event = columnOf("event");
  const timeColumn = columnOf("time");
  let time: TimeFormat | undefined;
  if (timeColumn !== undefined) {
    time = await recogniseTime(database, {
      table,
      column: sqlName(timeColumn),
      type: typeOf(timeColumn),
      subject: `${subject}: column "${timeColumn}"`,
      format: wanted.timeFormat,
    });
    const { description, isBad } = time;
    doubts.push({ role: "time", column: timeColumn, isBad, expected: `${description}, as in the rows before` });
  }
  const ratingSql = rating === undefined ? "NULL" : isNumber ? sqlName(rating) : textOf(rating);
  await database.run(
    `CREATE VIEW ${view} AS SELECT ${id(columnOf("user"))} AS "user", ${id(columnOf("item"))} AS item,
       CAST(${ratingSql} AS DOUBLE) AS rating, ${time?.milliseconds ?? "CAST(NULL AS BIGINT)"} AS time,
       ${event === undefined ? "CAST(NULL AS VARCHAR)" : textOf(event)} AS event FROM ${table}`,
  );
  return {
    columns: chosen,
    time: time?.description,
    diagnose: async (error) => {
      if (!(error instanceof Error) || !/Conversion Error|Invalid Input Error|time out of range/.test(error.message)) {
        return undefined;
      }
      return findBadValue(database, source, doubts);
    },
  };
}

async function findBadValue(
  database: Database,
  { table, subject }: NamedTable,
  doubts: readonly Doubt[],
): Promise<DatasetError | undefined> {
  for (const { role, column, isBad, expected } of doubts) {
    const name = sqlName(column);
    const [bad] = await database.rows(
      `SELECT CAST(n AS DOUBLE) AS n, CAST(${name} AS VARCHAR) AS found FROM (SELECT row_number() OVER () AS n, ${name} FROM ${table}) WHERE ${isBad} LIMIT 1`,
    );
    if (bad === undefined) continue;
    return new DatasetError(
      `${subject} row ${String(bad.n)} (the header not counted): ${role} ${JSON.stringify(String(bad.found).slice(0, 60))} in column "${column}" is not ${expected}; correct or remove the row`,
    );
  }
  return undefined;
}

/**
 * Makes the view raw_items: the id as `item`, the title as `title` where one is chosen, every other column as it is.
 * @throws ConfigError for columns that are not there or not recognised
 */
export async function stageItems(
  database: Database,
  source: NamedTable,
  wanted: ItemColumns,
): Promise<readonly ColumnChoice[]> {
  const types = await describe(database, source.table);
  const chosen = chooseColumns(
    source.subject,
    "items",
    [...types.keys()],
    [
      { role: "item", option: "--item-id-column", name: wanted.item, required: true },
      { role: "title", option: "--title-column", name: wanted.title, required: false },
    ],
  );
  const id = chosen.find((one) => one.role === "item")?.column ?? "";
  const title = chosen.find((one) => one.role === "title")?.column;
  const taken = new Set(["item", ...(title === undefined ? [] : ["title"])]);
  const others = [...types.keys()].filter((name) => name !== id && name !== title);
  const columns = others.map((name) => {
    let unique = name;
    while (taken.has(unique.toLowerCase())) unique = `${unique}_`;
    taken.add(unique.toLowerCase());
    return `${sqlName(name)} AS ${sqlName(unique)}`;
  });
  const named = [
    `${idText(source, id, types.get(id) ?? "VARCHAR")} AS item`,
    ...(title === undefined ? [] : [`${sqlName(title)} AS title`]),
    ...columns,
  ];
  await database.run(`CREATE VIEW raw_items AS SELECT ${named.join(", ")} FROM ${source.table}`);
  return chosen;
}
