/** Bulk bodies, JSON a line: read line by line as they come, handed on in batches, and what cannot be taken is counted and told by its line. */
import type { z } from "@hono/zod-openapi";
import { bodyPieces, parseJson, wantType } from "./body.ts";
import { checked, type ServiceContext } from "./endpoint.ts";
import { Problem } from "./problem.ts";

export const linesType = "application/x-ndjson";

export interface LineProblem {
  readonly line: number;
  readonly detail: string;
}

export interface ImportOptions<T extends z.ZodType> {
  readonly schema: T;
  /** Bytes of a line and of the whole body, at most. */
  readonly longestLine: number;
  readonly most: number;
  readonly batchLines: number;
  readonly batchBytes: number;
  /** Takes a batch; a refused line is told by its place in it. */
  take(batch: readonly z.output<T>[]): Promise<readonly { readonly place: number; readonly detail: string }[]>;
}

const problemsTold = 20;
const newline = 0x0a;

async function* linesOf(
  context: ServiceContext,
  longest: number,
  most: number,
): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer[] = [];
  let length = 0;
  const tooLong = (): Problem =>
    new Problem("too-large", `A line is longer than the ${longest.toLocaleString("en")} bytes that are taken here`);
  for await (const piece of bodyPieces(context, most, false)) {
    let from = 0;
    for (let at = piece.indexOf(newline); at >= 0; at = piece.indexOf(newline, from)) {
      const end = Buffer.from(piece.subarray(from, at));
      if (length + end.length > longest) throw tooLong();
      yield held.length === 0 ? end : Buffer.concat([...held, end]);
      held = [];
      length = 0;
      from = at + 1;
    }
    if (from < piece.length) {
      held.push(Buffer.from(piece.subarray(from)));
      length += piece.length - from;
      if (length > longest) throw tooLong();
    }
  }
  if (length > 0) yield Buffer.concat(held);
}

const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);

/** @returns what became of the lines; batches that were taken stay taken whatever comes after them */
export async function importLines<T extends z.ZodType>(context: ServiceContext, options: ImportOptions<T>) {
  wantType(context, [linesType]);
  let accepted = 0;
  let refused = 0;
  const problems: LineProblem[] = [];
  let batch: { readonly line: number; readonly value: z.output<T> }[] = [];
  let bytes = 0;
  const refuse = (line: number, detail: string): void => {
    refused++;
    if (problems.length < problemsTold) problems.push({ line, detail });
  };
  const flush = async (): Promise<void> => {
    const lines = batch;
    batch = [];
    bytes = 0;
    if (lines.length === 0) return;
    const faults = await options.take(lines.map(({ value }) => value));
    for (const { place, detail } of faults) refuse(lines[place].line, detail);
    accepted += lines.length - faults.length;
  };
  let line = 0;
  for await (const text of linesOf(context, options.longestLine, options.most)) {
    line++;
    if (isBlank(text)) continue;
    try {
      batch.push({ line, value: checked(options.schema, parseJson(text), "body") });
      bytes += text.length;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refuse(line, error.message);
    }
    if (batch.length >= options.batchLines || bytes >= options.batchBytes) await flush();
  }
  await flush();
  return { accepted, refused, problems };
}
