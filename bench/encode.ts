/**
 * The classic text encoder on made-up catalogues: titles and descriptions of 30 words together are written as a dataset folder and
 * encoded from there, in a process of its own.
 *
 *     npm run bench:encode -- --items 1000000
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { writeMadeUpTexts } from "./encode/made-up-texts.ts";
import { type Result, resultSchema, type Task } from "./encode/one-encoding.ts";
import { checkedArguments } from "./measuring/arguments.ts";
import { gigabytes, markdownTable } from "./measuring/figures.ts";
import { measureScript } from "./measuring/measured-process.ts";

const usage = `Usage: npm run bench:encode -- [options]
  --items n,n      sizes of the catalogues (default 100000,1000000)
  --threads n      threads (default 2)
  --size n         values a row (default 256)
  --folder DIR     where the catalogues are written and removed again (default: the system's temporary folder;
                   a million items take 2.5 GB)`;

const argumentsSchema = z.object({
  items: z
    .string()
    .transform((text) => text.split(",").map(Number))
    .pipe(z.array(z.int().min(2)).min(1))
    .default([100_000, 1_000_000]),
  threads: z.coerce.number().int().min(1).default(2),
  size: z.coerce.number().int().min(1).default(256),
  folder: z.string().default(tmpdir()),
});
type Arguments = z.infer<typeof argumentsSchema>;

function readArguments(): Arguments | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { items: text, threads: text, size: text, folder: text, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) return undefined;
  return checkedArguments(argumentsSchema, values);
}

const seed = 1;

async function measureCatalogue(items: number, { threads, size, folder }: Arguments): Promise<Result> {
  const data = mkdtempSync(join(folder, "latticework-encode-"));
  try {
    console.error(`${items} items: writing the made-up catalogue`);
    await writeMadeUpTexts(data, items, seed);
    const task: Task = { folder: data, threads, size };
    return await measureScript(join(import.meta.dirname, "encode/one-encoding.ts"), task, resultSchema);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) {
    console.error(usage);
    return;
  }
  const rows: string[][] = [];
  for (const items of given.items) {
    const { columns, missing, seconds, peakBytes } = await measureCatalogue(items, given);
    rows.push([
      items.toLocaleString("en"),
      String(columns),
      String(missing),
      seconds.toFixed(1),
      Math.round(items / seconds).toLocaleString("en"),
      gigabytes(peakBytes),
    ]);
  }
  const columns = ["items", "values a row", "missing", "seconds", "items/s", "peak memory"];
  console.log(`Texts of 30 words, ${given.threads} threads:\n\n${markdownTable(columns, rows)}`);
}

await main();
