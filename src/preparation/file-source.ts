/**
 * Files as a source: interactions, and if there are any items, from CSV, TSV, Parquet or JSON Lines, plain or gzip. The database
 * reads them where they lie, in parallel and as often as it needs to; nothing is copied.
 */
import fs from "node:fs";
import path from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";
import { type Database, sqlName, sqlText } from "../data/database.ts";
import { DatasetError } from "../errors.ts";
import {
  type DialectOptions,
  type FileFormat,
  formatName,
  type RecognisedFile,
  readDialect,
  recogniseFile,
} from "./file-format.ts";
import {
  type InteractionColumns,
  type ItemColumns,
  type NamedTable,
  stageInteractions,
  stageItems,
} from "./raw-views.ts";
import type { Source, StagedSource, StagingContext } from "./source.ts";
import { explainFile, speaksOf } from "./table-failure.ts";

export interface FileReading extends DialectOptions {
  /** Default: recognised. */
  readonly format?: FileFormat | undefined;
}

export interface ItemsFile extends FileReading, ItemColumns {
  readonly file: string;
}

export interface FileSourceOptions extends FileReading, InteractionColumns {
  readonly file: string;
  readonly items?: ItemsFile | undefined;
}

/** A recognised file as a table of the database. */
export interface FileTable extends NamedTable {
  readonly file: RecognisedFile;
  /** A line for people. */
  readonly read: string;
}

/** A path as the database takes it: *, ? and [ would be patterns. */
const exactPath = (file: string): string => sqlText(file.replaceAll(/[*?[]/g, (character) => `[${character}]`));

/** Goes through the packed file once: one that was cut short would otherwise end a table early, with nothing to tell of it. */
async function checkWhole(file: RecognisedFile, { onProgress, signal }: StagingContext): Promise<void> {
  const size = Math.max(1, fs.statSync(file.path).size);
  let done = 0;
  const packed = fs.createReadStream(file.path, { highWaterMark: 1 << 20 });
  packed.on("data", (chunk) => {
    done += chunk.length;
    onProgress({ step: `checking ${file.label}`, share: done / size });
  });
  const nowhere = new Writable({ write: (_chunk, _encoding, taken) => taken() });
  try {
    await pipeline(packed, zlib.createGunzip({ chunkSize: 1 << 18 }), nowhere, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    const fault = /unexpected end/.test(reason)
      ? "is cut short: its gzip data ends in the middle"
      : `is damaged gzip (${reason})`;
    throw new DatasetError(`${file.label} ${fault}; copy or download it again`, { cause: error });
  }
}

function csvTable(file: RecognisedFile, reading: FileReading): FileTable {
  const { delimiter, quoted, columns } = readDialect(file, reading);
  const settings = [
    "auto_detect = false",
    `delim = ${sqlText(delimiter)}`,
    `quote = ${sqlText(quoted ? '"' : "")}`,
    `escape = ${sqlText(quoted ? '"' : "")}`,
    `header = ${reading.header !== false}`,
    `columns = {${columns.map((name) => `${sqlName(name)}: 'VARCHAR'`).join(", ")}}`,
    `compression = '${file.gzip ? "gzip" : "none"}'`,
    "max_line_size = 16777216",
    ...(reading.encoding === undefined ? [] : [`encoding = ${sqlText(reading.encoding)}`]),
  ];
  const separator = delimiter === "\t" ? "tabs" : JSON.stringify(delimiter);
  return {
    file,
    table: `read_csv(${exactPath(file.path)}, ${settings.join(", ")})`,
    subject: file.label,
    read: `${file.label}: ${formatName(file.format)}${file.gzip ? ", gzip" : ""}, ${columns.length} columns separated by ${separator}`,
  };
}

/** Types that would change how a text reads, e.g. "2014-01-03" as a date. */
const rewritten = /^(DATE|TIME|TIMESTAMP.*|UUID|JSON)$/;

async function jsonTable(database: Database, file: RecognisedFile, asText: boolean): Promise<FileTable> {
  const scan = (more: string): string =>
    `read_json(${exactPath(file.path)}, format = 'auto', maximum_object_size = 67108864, compression = '${file.gzip ? "gzip" : "uncompressed"}'${more})`;
  const found = await database.rows(`DESCRIBE SELECT * FROM ${scan(`, sample_size = ${asText ? 100_000 : -1}`)}`);
  const columns = found.map(({ column_name: name, column_type: type }) => {
    const plain = asText || rewritten.test(String(type)) || /^(item|id|.*id|asin|sku)$/i.test(String(name));
    const nested = /^(STRUCT|MAP)|\]$/.test(String(type));
    return `${sqlName(String(name))}: ${sqlText(plain && !nested ? "VARCHAR" : String(type))}`;
  });
  return {
    file,
    table: scan(`, columns = {${columns.join(", ")}}`),
    subject: file.label,
    read: `${file.label}: ${formatName(file.format)}${file.gzip ? ", gzip" : ""}, ${columns.length} columns`,
  };
}

async function parquetTable(database: Database, file: RecognisedFile): Promise<FileTable> {
  const table = `read_parquet(${exactPath(file.path)}, binary_as_string = true, hive_partitioning = false)`;
  const columns = await database.rows(`DESCRIBE SELECT * FROM ${table}`);
  return { file, table, subject: file.label, read: `${file.label}: Parquet, ${columns.length} columns` };
}

/**
 * @param asText every column as text, whatever it looks like; otherwise formats that know types keep them
 * @throws DatasetError when the file is not what it should be
 */
export async function openFileTable(
  context: StagingContext,
  path_: string,
  reading: FileReading,
  asText: boolean,
): Promise<FileTable> {
  const file = await recogniseFile(path_, reading.format);
  if (file.gzip) await checkWhole(file, context);
  try {
    switch (file.format) {
      case "csv":
      case "tsv":
        return csvTable(file, reading);
      case "jsonl":
        return await jsonTable(context.database, file, asText);
      case "parquet":
        return await parquetTable(context.database, file);
      case "sqlite":
        throw new DatasetError(
          `${file.label} is a SQLite database, expected a file of rows; name it as the source itself`,
        );
    }
  } catch (error) {
    throw (await explainFile(error, file, reading)) ?? error;
  }
}

/** A file of interactions and, where there is one, a file of items. */
export function fileSource(options: FileSourceOptions): Source {
  const name = path.basename(options.file).replace(/(\.[a-z0-9]+)?(\.gz)?$/i, "") || "dataset";
  return { name, stage: (context) => stage(options, context) };
}

async function stage(options: FileSourceOptions, context: StagingContext): Promise<StagedSource> {
  const { database } = context;
  const interactions = await openFileTable(context, options.file, options, true);
  let raw: Awaited<ReturnType<typeof stageInteractions>>;
  try {
    raw = await stageInteractions(database, interactions, options);
  } catch (error) {
    throw (await explainFile(error, interactions.file, options)) ?? error;
  }
  const items = options.items === undefined ? undefined : await stageItemsFile(context, options.items);
  const has = (role: string): boolean => raw.columns.some((column) => column.role === role);
  return {
    read: [interactions.read, ...(items === undefined ? [] : [items.read])],
    columns: [...raw.columns, ...(items?.columns ?? [])],
    time: raw.time,
    hasItems: items !== undefined,
    hasRatings: has("rating"),
    hasTimes: has("time"),
    hasEvents: has("event"),
    notes: [],
    ...(items === undefined ? {} : { imageFolder: path.dirname(path.resolve(options.items?.file ?? "")) }),
    diagnose: async (error) => {
      for (const { file, reading } of [
        { file: interactions.file, reading: options },
        ...(items === undefined ? [] : [{ file: items.file, reading: options.items ?? {} }]),
      ]) {
        if (speaksOf(error, file)) return explainFile(error, file, reading);
      }
      return raw.diagnose(error);
    },
  };
}

/** Makes raw_items from a file. */
export async function stageItemsFile(
  context: StagingContext,
  items: ItemsFile,
): Promise<FileTable & { readonly columns: StagedSource["columns"] }> {
  const table = await openFileTable(context, items.file, items, false);
  try {
    return { ...table, columns: await stageItems(context.database, table, items) };
  } catch (error) {
    throw (await explainFile(error, table.file, items)) ?? error;
  }
}
