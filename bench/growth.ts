/**
 * How time and memory grow with the dataset: LATTICE with frozen 4096-d image and 1024-d text features on made-up data of
 * the field's sizes, up to one whose dense item graph no machine holds. Each size is written to a folder and trained on in a
 * process of its own.
 *
 *     npm run bench:growth -- --sizes baby,sports,clothing,electronics
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { writeDataset } from "../src/data/write-dataset.ts";
import { type Result, resultSchema, type Task } from "./growth/one-size.ts";
import { checkedArguments } from "./measuring/arguments.ts";
import { gigabytes, markdownTable, spread } from "./measuring/figures.ts";
import { measureScript } from "./measuring/measured-process.ts";
import { madeUpDataset, type SizeName, sizeNames, sizes } from "./measuring/sizes.ts";

const usage = `Usage: npm run bench:growth -- [options]
  --sizes ${sizeNames.join(",")}   which sizes, in this order (default all)
  --threads n    threads (default 2)
  --epochs n     epochs to time (default 2)
  --folder DIR   where the made-up data is written and removed again (default: the system's temporary folder;
                 electronics takes 1.3 GB)`;

const argumentsSchema = z.object({
  sizes: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(sizeNames)).min(1))
    .default([...sizeNames]),
  threads: z.coerce.number().int().min(1).default(2),
  epochs: z.coerce.number().int().min(1).default(2),
  folder: z.string().default(tmpdir()),
});
type Arguments = z.infer<typeof argumentsSchema>;

function readArguments(): Arguments | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { sizes: text, threads: text, epochs: text, folder: text, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) return undefined;
  return checkedArguments(argumentsSchema, values);
}

const seed = 1;

async function measureSize(name: SizeName, { threads, epochs, folder }: Arguments): Promise<Result> {
  const data = mkdtempSync(join(folder, `latticework-growth-${name}-`));
  try {
    console.error(`${name}: writing the made-up dataset`);
    writeDataset(data, madeUpDataset(sizes[name], seed));
    const task: Task = { data, threads, epochs, seed };
    return await measureScript(join(import.meta.dirname, "growth/one-size.ts"), task, resultSchema);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

const denseBytes = (items: number): number => 4 * items * items;

function growthTable(measured: readonly (readonly [SizeName, Result])[], threads: number): string {
  const columns = [
    "size of",
    "users / items / training interactions",
    "reading, s",
    "initial graphs, s",
    "s/epoch",
    "validation, s",
    "peak memory",
    "of it the engine",
    "one dense item graph would take",
  ];
  const rows = measured.map(([name, result]) => [
    name,
    [result.users, result.items, result.training].map((count) => count.toLocaleString("en")).join(" / "),
    result.readSeconds.toFixed(1),
    result.graphSeconds.toFixed(1),
    spread(result.epochSeconds, 2),
    result.validationSeconds.toFixed(1),
    gigabytes(result.peakBytes),
    gigabytes(result.engineBytes),
    gigabytes(denseBytes(result.items)),
  ]);
  return `Frozen features, by-user, batch 1024, ${threads} threads:\n\n${markdownTable(columns, rows)}\n`;
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) {
    console.error(usage);
    return;
  }
  const measured: (readonly [SizeName, Result])[] = [];
  for (const name of given.sizes) measured.push([name, await measureSize(name, given)]);
  console.log(growthTable(measured, given.threads));
}

await main();
