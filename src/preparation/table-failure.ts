/** What the database says about a file that it cannot read, in words about the file: line, fault, and what to do. */
import { DatasetError, LatticeworkError } from "../errors.ts";
import type { DialectOptions } from "./file-format.ts";

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? text;

/** @returns undefined when the failure is not about this file's content */
export function explainTable(error: unknown, label: string, reading: DialectOptions): LatticeworkError | undefined {
  if (!(error instanceof Error) || error instanceof LatticeworkError) return undefined;
  const { message } = error;
  if (
    !/^(Invalid Input|Invalid|IO|Conversion|Binder|Parser|Serialization|Not implemented|TProtocol\w*)\b.*(Error|Exception)/i.test(
      message,
    )
  )
    return undefined;
  const refusal = (text: string): DatasetError => new DatasetError(text, { cause: error });
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
  const json = /Malformed JSON.*?at byte (\d+) in (?:line|record\/value) (\d+): (.*)/.exec(message);
  if (json !== null) {
    return refusal(
      `${label} line ${json[2]}, byte ${json[1]}: ${(json[3] ?? "").replace(/\.\s*$/, "").trim()}; expected one JSON object a line`,
    );
  }
  return refusal(`${label} cannot be read: ${firstLine(message)}; it is cut short, damaged, or of another format`);
}
