/** What the database says about a file that it cannot read, in words about the file: line, fault, and what to do. */
import { DatasetError, LatticeworkError } from "../errors.ts";
import { readLines } from "./amazon/compressed-lines.ts";
import { type DialectOptions, formatName, type RecognisedFile } from "./file-format.ts";

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? text;

/** Errors of the database that come from what it reads. */
const aboutContent = /^(Invalid|IO|Conversion|Serialization|Not implemented|TProtocol|Parser)\b/i;

/** Whether a failure of a step that reads several tables is one of this file. */
export const speaksOf = (error: unknown, file: RecognisedFile): boolean =>
  error instanceof Error &&
  (error.message.includes(file.path) ||
    (file.format === "parquet" && /parquet|thrift|TProtocol|snappy|zstd|decompress/i.test(error.message)));

/** The first line that is no JSON, as JavaScript reads it: the database's own count of lines is not relied upon. */
async function findBadLine(file: RecognisedFile): Promise<string | undefined> {
  let number = 0;
  for await (const { lines } of readLines(file.path)) {
    for (const line of lines) {
      number++;
      if (line.trim() === "") continue;
      try {
        JSON.parse(number === 1 ? line.replace(/^\uFEFF/, "") : line);
      } catch (error) {
        return `line ${number}: ${error instanceof Error ? error.message : String(error)}`;
      }
    }
  }
  return undefined;
}

/**
 * @param error what reading the file failed with
 * @returns undefined when that was not about the content of a file
 */
export async function explainFile(
  error: unknown,
  file: RecognisedFile,
  reading: DialectOptions,
): Promise<LatticeworkError | undefined> {
  if (!(error instanceof Error) || error instanceof LatticeworkError) return undefined;
  const { message } = error;
  const { label } = file;
  if (!aboutContent.test(message)) return undefined;
  const refusal = (text: string): DatasetError => new DatasetError(text, { cause: error });
  if (file.format === "jsonl" && message.includes("Malformed JSON")) {
    const found = await findBadLine(file);
    return refusal(
      `${label}${found === undefined ? "" : ` ${found}`}; expected one JSON object a line: correct or remove it`,
    );
  }
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  const where = line === undefined ? label : `${label} line ${line}`;
  const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (columns !== null) {
    return refusal(
      `${where}: ${columns[2]} columns, expected ${columns[1]} as in the header; a field with a separator or a line end in it has to stand in quotes, or say what separates with --delimiter`,
    );
  }
  if (/unicode|not utf-8|encoded/i.test(message)) {
    return refusal(
      `${where}: the text is not ${reading.encoding ?? "UTF-8"}; say what it is with --encoding, e.g. --encoding latin-1, or save it as UTF-8`,
    );
  }
  if (/unterminated quote|quote should be followed|unquoted|quoted value/i.test(message)) {
    return refusal(
      `${where}: a quote that opens a field is not closed as it should; inside a quoted field write "" for "`,
    );
  }
  if (/maximum line size|max_line_size/i.test(message)) {
    return refusal(`${where}: a line of more than 16 MB; most likely a quote was opened and never closed`);
  }
  return refusal(
    `${label} cannot be read: ${firstLine(message)}; it is cut short, damaged, or no ${formatName(file.format)}`,
  );
}
