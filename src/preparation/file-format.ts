/**
 * What kind of table a file is: by its first bytes where these are unmistakable (Parquet, SQLite, gzip), otherwise by its name, and
 * for text by its first line. A file whose content belies its name is refused.
 */
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import Papa from "papaparse";
import { DatasetError } from "../errors.ts";

export const fileFormats = ["csv", "tsv", "parquet", "jsonl", "sqlite"] as const;

export type FileFormat = (typeof fileFormats)[number];

export interface RecognisedFile {
  readonly path: string;
  /** What messages call it. */
  readonly label: string;
  readonly format: FileFormat;
  readonly gzip: boolean;
  /** The beginning, unpacked. */
  readonly head: Uint8Array;
}

const headBytes = 1 << 18;

const endings: Readonly<Record<string, FileFormat>> = {
  ".csv": "csv",
  ".tsv": "tsv",
  ".tab": "tsv",
  ".parquet": "parquet",
  ".pq": "parquet",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".json": "jsonl",
  ".sqlite": "sqlite",
  ".sqlite3": "sqlite",
  ".db": "sqlite",
};

function readHead(file: string, label: string): Buffer {
  let descriptor: number;
  try {
    if (fs.statSync(file).isDirectory()) throw new DatasetError(`${label} is a folder, expected a file`);
    descriptor = fs.openSync(file, "r");
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatasetError(`${label} cannot be opened: ${reason}; check the path and its permissions`, {
      cause: error,
    });
  }
  try {
    const buffer = Buffer.alloc(headBytes);
    return buffer.subarray(0, fs.readSync(descriptor, buffer, 0, headBytes, 0));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** As much of the beginning as can be unpacked. */
async function unpackHead(head: Buffer, label: string): Promise<Buffer> {
  try {
    return await promisify(zlib.gunzip)(head, { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 28 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatasetError(`${label} is damaged gzip (${reason}); copy or download it again`, { cause: error });
  }
}

const names: Readonly<Record<FileFormat, string>> = {
  csv: "CSV",
  tsv: "TSV",
  parquet: "Parquet",
  jsonl: "JSON Lines",
  sqlite: "SQLite",
};

/** The format's name for people. */
export const formatName = (format: FileFormat): string => names[format];

function formatOf(head: Buffer): FileFormat | undefined {
  if (head.subarray(0, 4).toString("latin1") === "PAR1") return "parquet";
  if (head.subarray(0, 16).toString("latin1") === "SQLite format 3\0") return "sqlite";
  return undefined;
}

/**
 * @param wanted the format when somebody named it
 * @throws DatasetError when the file cannot be read, is empty, or is not what it should be
 */
export async function recogniseFile(file: string, wanted?: FileFormat): Promise<RecognisedFile> {
  const label = path.basename(file);
  const packed = readHead(file, label);
  const gzip = packed[0] === 0x1f && packed[1] === 0x8b;
  const name = label.toLowerCase();
  if (!gzip && name.endsWith(".gz")) {
    throw new DatasetError(`${label} is no gzip file, as its name says; rename it, or copy it again`);
  }
  const head = gzip ? await unpackHead(packed, label) : packed;
  if (head.length === 0) throw new DatasetError(`${label} is empty, expected a table with a header`);
  const byName = endings[path.extname(name.replace(/\.gz$/, ""))];
  const byContent = formatOf(head);
  const format = wanted ?? byContent ?? byName ?? (/^\s*[[{]/.test(head.toString("utf8", 0, 200)) ? "jsonl" : "csv");
  const refuse = (found: string): DatasetError =>
    new DatasetError(
      `${label} is no ${formatName(format)} file: ${found}; ${wanted === undefined ? "rename it or say what it is with --format" : "check --format"}`,
    );
  const shown = JSON.stringify(head.toString("latin1", 0, 12));
  const binary = format === "parquet" || format === "sqlite";
  if (binary && byContent !== format) throw refuse(`it begins with ${shown}`);
  if (!binary && byContent !== undefined) throw refuse(`it is ${formatName(byContent)}`);
  if (binary && gzip) throw refuse("it is gzip; unpack it first");
  if (format === "jsonl" && !/^\s*[[{]/.test(head.toString("utf8", 0, 200).replace(/^\uFEFF/, ""))) {
    throw refuse(`it begins with ${shown}, expected {`);
  }
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (!binary && !isUtf16 && head.includes(0)) throw refuse(`it holds bytes 00 and begins with ${shown}`);
  return { path: file, label, format, gzip, head };
}

export interface Dialect {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly columns: readonly string[];
}

export interface DialectOptions {
  readonly delimiter?: string | undefined;
  /** false: the first row is data, and columns are called column0, column1, … Default true. */
  readonly header?: boolean | undefined;
  /** As the database calls it, e.g. "latin-1". Default "utf-8". */
  readonly encoding?: string | undefined;
}

/** The first line of the text, quoted line ends not counted as ends. */
function firstRow(text: string, delimiter: string, quoted: boolean): readonly string[] {
  const { data } = Papa.parse<readonly string[]>(text, {
    delimiter,
    preview: 1,
    ...(quoted ? {} : { quoteChar: "\0" }),
  });
  return data[0] ?? [];
}

/**
 * Of CSV and TSV: what separates, whether fields are quoted, and the names of the columns. Unnamed columns get names, repeated ones
 * a number.
 */
export function readDialect({ head, format }: RecognisedFile, options: DialectOptions = {}): Dialect {
  const encoding = /^utf-?16/i.test(options.encoding ?? "")
    ? "utf16le"
    : /^latin/i.test(options.encoding ?? "")
      ? "latin1"
      : "utf8";
  const text = Buffer.from(head)
    .toString(encoding)
    .replace(/^\uFEFF/, "");
  // Tab-separated files are quoted where a field begins with a quote and ends with one; a lone quote is text there.
  const quoted = format === "csv" || /(^|[\t\n])"([^"\n\t]|"")*"(\t|\r?\n|$)/.test(text);
  const candidates =
    options.delimiter !== undefined ? [options.delimiter] : format === "tsv" ? ["\t"] : [",", ";", "\t", "|"];
  const rows = candidates.map((delimiter) => ({ delimiter, row: firstRow(text, delimiter, quoted) }));
  const { delimiter, row } = rows.reduce((best, one) => (one.row.length > best.row.length ? one : best));
  const seen = new Set<string>();
  const columns = row.map((cell, at) => {
    const name = options.header === false ? `column${at}` : cell.trim() || `column${at}`;
    let unique = name;
    for (let copy = 1; seen.has(unique.toLowerCase()); copy++) unique = `${name}_${copy}`;
    seen.add(unique.toLowerCase());
    return unique;
  });
  return { delimiter, quoted, columns };
}
