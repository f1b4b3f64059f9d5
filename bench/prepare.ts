/**
 * How fast interactions are prepared and in how much memory: made-up rows as Parquet and as CSV, prepared with a k-core and a split by
 * time, beside the database's own bare scan of the same file in the same run, each in a process of its own.
 *
 *     npm run bench:prepare -- --rows 20000000
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { openDatabase, sqlText } from "../src/data/database.ts";
import { splitMethods } from "../src/preparation/index.ts";
import { checkedArguments } from "./measuring/arguments.ts";
import { gigabytes, markdownTable } from "./measuring/figures.ts";
import { measureScript } from "./measuring/measured-process.ts";
import { type Result, resultSchema, type Task } from "./prepare/one-file.ts";

const formats = ["parquet", "csv"] as const;
type Format = (typeof formats)[number];

const usage = `Usage: npm run bench:prepare -- [options]
  --rows n         interactions, of n / 20 users and n / 100 items (default 20000000)
  --formats ${formats.join(",")}   which files, in this order (default both)
  --note n         characters of one more column, which a dataset does not take (default 0: no such column)
  --core k         k of the k-core (default 5)
  --split name     ${splitMethods.join(", ")} (default ratio)
  --threads n      threads (default: the machine's processors)
  --memory n       bound on the database's memory in MiB (default 1024)
  --folder DIR     where files are written and removed again (default: the system's temporary folder; 20 million rows take 3 GB)
  --steps          also print how long each step took`;

const argumentsSchema = z.object({
  rows: z.coerce.number().int().min(1000).default(20_000_000),
  formats: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(formats)).min(1))
    .default([...formats]),
  note: z.coerce.number().int().min(0).default(0),
  core: z.coerce.number().int().min(1).default(5),
  split: z.enum(splitMethods).default("ratio"),
  threads: z.coerce.number().int().min(1).default(availableParallelism()),
  memory: z.coerce.number().int().min(64).default(1024),
  folder: z.string().default(tmpdir()),
  steps: z.boolean().default(false),
});
type Arguments = z.infer<typeof argumentsSchema>;

function readArguments(): Arguments | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      rows: text,
      formats: text,
      note: text,
      core: text,
      split: text,
      threads: text,
      memory: text,
      folder: text,
      steps: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  return checkedArguments(argumentsSchema, values);
}

/** Rows in no order, ids of ten characters, few items with many interactions and many with few. */
async function writeRows(file: string, format: Format, { rows, note }: Arguments): Promise<void> {
  const users = Math.ceil(rows / 20);
  const items = Math.ceil(rows / 100);
  const database = await openDatabase();
  try {
    const noted =
      note === 0 ? "" : `, left(repeat(CAST(hash(r * 7 + 3) AS VARCHAR), ${Math.ceil(note / 16)}), ${note}) AS note`;
    const share = "(hash(r + 7777777) % 1000003) / 1000003.0";
    await database.run(
      `COPY (SELECT 'U' || lpad(CAST(hash(r) % ${users} AS VARCHAR), 9, '0') AS user_id,
         'I' || lpad(CAST(CAST(floor(${items} * ${share} * ${share}) AS BIGINT) AS VARCHAR), 9, '0') AS item_id,
         CAST(1 + hash(r * 3 + 1) % 5 AS DOUBLE) AS rating, CAST(1300000000 + hash(r * 5 + 2) % 400000000 AS BIGINT) AS "timestamp"${noted}
       FROM range(${rows}) AS t(r)) TO ${sqlText(file)} (${format === "csv" ? "FORMAT csv, HEADER" : "FORMAT parquet, COMPRESSION zstd"})`,
    );
  } finally {
    database.close();
  }
}

interface Measured {
  readonly format: Format;
  readonly bytes: number;
  readonly scan: Result;
  readonly prepared: Result;
}

async function measureFormat(format: Format, folder: string, given: Arguments): Promise<Measured> {
  const file = join(folder, `interactions.${format}`);
  console.error(`${format}: writing ${given.rows} rows`);
  await writeRows(file, format, given);
  const task: Omit<Task, "what"> = {
    file,
    format,
    out: join(folder, "dataset"),
    core: given.core,
    split: given.split,
    noted: given.note > 0,
    threads: given.threads,
    memoryBytes: given.memory * 2 ** 20,
  };
  const script = join(import.meta.dirname, "prepare/one-file.ts");
  const measure = async (what: Task["what"]): Promise<Result> => {
    console.error(`${format}: ${what} (load ${loadavg()[0]?.toFixed(1)})`);
    return measureScript(script, { ...task, what }, resultSchema);
  };
  const scan = await measure("scan");
  const prepared = await measure("prepare");
  const { size } = statSync(file);
  rmSync(file);
  return { format, bytes: size, scan, prepared };
}

function preparationTable(measured: readonly Measured[]): string {
  const columns = ["file", "", "seconds", "rows/s", "processor seconds", "peak memory", "interactions left"];
  const rows = measured.flatMap(({ format, bytes, scan, prepared }) =>
    (
      [
        ["bare scan", scan, ""],
        ["prepare", prepared, prepared.interactions.toLocaleString("en")],
      ] as const
    ).map(([what, result, left]) => [
      `${format}, ${gigabytes(bytes)}`,
      what,
      result.seconds.toFixed(1),
      Math.round(result.rows / result.seconds).toLocaleString("en"),
      result.processorSeconds.toFixed(1),
      gigabytes(result.peakBytes),
      left,
    ]),
  );
  return markdownTable(columns, rows);
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) {
    console.error(usage);
    return;
  }
  const folder = mkdtempSync(join(given.folder, "latticework-prepare-"));
  try {
    const measured: Measured[] = [];
    for (const format of given.formats) measured.push(await measureFormat(format, folder, given));
    console.log(
      `${given.rows.toLocaleString("en")} rows, ${given.note === 0 ? "" : `${given.note} more characters each, `}${given.core}-core, split ${given.split}, ${given.threads} threads, ${given.memory} MiB to the database, load ${loadavg()[0]?.toFixed(1)} at the end:\n\n${preparationTable(measured)}\n`,
    );
    if (!given.steps) return;
    for (const { format, prepared } of measured) {
      console.log(
        `${format}\n${prepared.steps.map(([step, seconds]) => `  ${step}: ${seconds.toFixed(1)} s`).join("\n")}\n`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
