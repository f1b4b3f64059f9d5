/**
 * The JSON files of a run folder, parsed at the border: what is not JSON, of a newer format, or of another shape is
 * a RunError that names the file. Everything after trusts the types.
 */
import fs from "node:fs";
import { z } from "zod";
import { RunError } from "../errors.ts";
import { runFormatVersion } from "./run-format.ts";

const versioned = z.object({ formatVersion: z.number() });

function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunError(`${file} cannot be read (${reason}); check that the run folder is whole`, { cause: error });
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RunError(
      `${where} is no JSON: it was cut short or changed; bring it back from a copy or train the run again`,
      {
        cause: error,
      },
    );
  }
}

function parseShape<T>(value: unknown, schema: z.ZodType<T>, where: string): T {
  const version = versioned.safeParse(value);
  if (version.success && version.data.formatVersion > runFormatVersion) {
    throw new RunError(
      `${where} is of run format ${version.data.formatVersion}, this version of latticework reads up to ${runFormatVersion}; install a newer latticework`,
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RunError(`${where} is not what a run holds there: ${z.prettifyError(parsed.error)}`);
}

/** @throws RunError naming the file */
export function parseJsonFile<T>(file: string, schema: z.ZodType<T>): T {
  return parseShape(parseJson(readText(file), file), schema, file);
}

/** One JSON value a line. @throws RunError naming the file and the line */
export function parseJsonLines<T>(file: string, schema: z.ZodType<T>): T[] {
  const lines = readText(file).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line, index) => {
    const where = `${file} line ${index + 1}`;
    return parseShape(parseJson(line, where), schema, where);
  });
}
