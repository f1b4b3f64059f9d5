/**
 * One measurement of a file of interactions in a process of its own: preparing it, or the database's own bare scan of it, which reads every
 * value and does nothing with it. Takes its task as JSON in the first argument, prints JSON.
 */
import { rmSync } from "node:fs";
import { z } from "zod";
import { openDatabase, sqlText } from "../../src/data/database.ts";
import { fileSource, prepareDataset, splitMethods } from "../../src/preparation/index.ts";

export const taskSchema = z.object({
  what: z.enum(["prepare", "scan"]),
  file: z.string(),
  format: z.enum(["parquet", "csv"]),
  /** Folder for the dataset; removed again. */
  out: z.string(),
  /** Whether there is a column more than a dataset takes. */
  noted: z.boolean(),
  core: z.int().min(1),
  split: z.enum(splitMethods),
  threads: z.int().min(1),
  memoryBytes: z.int(),
});
export type Task = z.infer<typeof taskSchema>;

export const resultSchema = z.object({
  rows: z.int(),
  interactions: z.int(),
  seconds: z.number(),
  /** Of all threads together: what a busy machine does not change. */
  processorSeconds: z.number(),
  peakBytes: z.number(),
  /** Seconds by step, in order. */
  steps: z.array(z.tuple([z.string(), z.number()])),
});
export type Result = z.infer<typeof resultSchema>;

async function scan({
  file,
  format,
  noted,
  threads,
  memoryBytes,
}: Task): Promise<{ rows: number; interactions: number }> {
  const database = await openDatabase({ threads, memoryBytes });
  try {
    const table =
      format === "csv"
        ? `read_csv(${sqlText(file)}, header = true, all_varchar = true)`
        : `read_parquet(${sqlText(file)})`;
    const [found] = await database.rows(
      `SELECT CAST(count(*) AS DOUBLE) AS n, max(CAST(user_id AS VARCHAR)) AS a, max(CAST(item_id AS VARCHAR)) AS b, max(CAST(rating AS VARCHAR)) AS c, max(CAST("timestamp" AS VARCHAR)) AS d${noted ? ", max(note) AS e" : ""} FROM ${table}`,
    );
    return { rows: Number(found?.n), interactions: Number(found?.n) };
  } finally {
    database.close();
  }
}

async function measure(task: Task): Promise<Result> {
  const steps: [string, number][] = [];
  let at = performance.now();
  let current: string | undefined;
  const enter = (step: string | undefined): void => {
    if (step === current) return;
    const now = performance.now();
    if (current !== undefined) steps.push([current, (now - at) / 1000]);
    current = step;
    at = now;
  };
  const started = performance.now();
  const { rows, interactions } =
    task.what === "scan"
      ? await scan(task)
      : await prepareDataset({
          source: fileSource({ file: task.file }),
          out: task.out,
          method: task.split,
          minimumUserInteractions: task.core,
          minimumItemInteractions: task.core,
          threads: task.threads,
          memoryBytes: task.memoryBytes,
          onProgress: ({ step }) => enter(step),
        });
  enter(undefined);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  rmSync(task.out, { recursive: true, force: true });
  return {
    rows,
    interactions,
    seconds: (performance.now() - started) / 1000,
    processorSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakBytes: maxRSS * 1024,
    steps,
  };
}

if (import.meta.main) console.log(JSON.stringify(await measure(taskSchema.parse(JSON.parse(process.argv[2] ?? "")))));
