/**
 * Accuracy on a real dataset: trains every configuration of a suite with every seed and prints mean ± standard deviation
 * of the test figures at the best validated epoch, beside other implementations'. Stopping and starting again goes
 * on where it was: finished runs are kept, unfinished ones continue from their checkpoint.
 *
 *     npm run bench:accuracy -- --dataset FOLDER --suite ml100k --seeds 1,2,3 --out RUNS
 */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { folderState } from "../src/runs/folder-state.ts";
import { parseSettings, parseTrainingOptions } from "../src/training/parse-options.ts";
import type { Task } from "./accuracy/one-run.ts";
import { startRun } from "./accuracy/start-run.ts";
import { type Configuration, suite, suiteNames } from "./accuracy/suites.ts";
import { accuracyTable } from "./accuracy/table.ts";
import { checkedArguments } from "./measuring/arguments.ts";

const usage = `Usage: npm run bench:accuracy -- --dataset FOLDER --suite ${suiteNames.join("|")} --out RUNS [options]
  --seeds 1,2,3     seeds to repeat every configuration with (default 1,2,3)
  --only a,b        only these configurations of the suite
  --set key=value   lay an option over every configuration (repeatable)
  --parallel n      trainings at a time (default 1); with more than one each gets one thread
  --threads n       threads of a training (default 2, or 1 with --parallel)
  --list            print the configurations and stop
  --table           print the table of the runs that are finished and stop`;

interface Job {
  readonly configuration: Configuration;
  readonly seed: number;
  readonly folder: string;
}

const integers = z
  .string()
  .transform((text) => text.split(",").map(Number))
  .pipe(z.array(z.int().min(0)).min(1));

const argumentsSchema = z.object({
  dataset: z.string().optional(),
  suite: z.enum(suiteNames),
  seeds: integers.default([1, 2, 3]),
  out: z.string(),
  only: z
    .string()
    .transform((text) => text.split(","))
    .optional(),
  set: z.array(z.string()).default([]),
  parallel: z.coerce.number().int().min(1).default(1),
  threads: z.coerce.number().int().min(1).optional(),
  list: z.boolean().default(false),
  table: z.boolean().default(false),
});

function readArguments(): z.infer<typeof argumentsSchema> | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    options: {
      dataset: text,
      suite: text,
      seeds: text,
      out: text,
      only: text,
      set: { type: "string", multiple: true },
      parallel: text,
      threads: text,
      list: flag,
      table: flag,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  return checkedArguments(argumentsSchema, values);
}

const isFinished = (job: Job): boolean => folderState(job.folder) === "finished";

async function main(): Promise<void> {
  const given = readArguments();
  if (given === undefined) {
    console.error(usage);
    return;
  }
  const overrides = parseSettings(given.set);
  const chosen = suite(given.suite).filter(({ name }) => given.only?.includes(name) ?? true);
  const unknown = given.only?.filter((name) => !chosen.some((configuration) => configuration.name === name)) ?? [];
  if (unknown.length > 0 || given.list) {
    if (unknown.length > 0) console.error(`--only: no configuration is called ${unknown.join(", ")}; there are:`);
    for (const { name, options } of suite(given.suite)) console.log(`${name}  ${JSON.stringify(options)}`);
    process.exitCode = unknown.length > 0 ? 2 : 0;
    return;
  }
  const jobs: readonly Job[] = given.seeds.flatMap((seed) =>
    chosen.map((configuration) => ({
      configuration,
      seed,
      folder: resolve(given.out, configuration.name, `seed-${seed}`),
    })),
  );
  const table = (): string =>
    accuracyTable(
      given.suite,
      chosen.map((configuration) => ({
        configuration,
        finished: jobs.filter((job) => job.configuration === configuration && isFinished(job)),
      })),
    );
  if (given.table) {
    console.log(table());
    return;
  }
  if (given.dataset === undefined) {
    console.error(`--dataset: the folder of the ${given.suite} dataset is needed\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const dataset = resolve(given.dataset);
  const threads = given.threads ?? (given.parallel > 1 ? 1 : 2);
  const waiting = jobs.filter((job) => !isFinished(job));
  console.error(`${jobs.length - waiting.length} of ${jobs.length} runs are finished; ${waiting.length} to do`);

  const running = new Set<ChildProcess>();
  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      stopped = true;
      for (const child of running) child.kill("SIGINT");
    });
  }
  const failures: string[] = [];
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined && !stopped; job = waiting.shift()) {
      const { model, backbone, options } = job.configuration;
      const merged = parseTrainingOptions({ ...options, ...overrides });
      mkdirSync(join(job.folder, ".."), { recursive: true });
      const task: Task = { dataset, out: job.folder, model, backbone, options: merged, seed: job.seed, threads };
      const code = await startRun(`${job.configuration.name} seed ${job.seed}`, task, running);
      if (code !== 0 && !stopped) failures.push(`${job.configuration.name} seed ${job.seed} (exit ${code})`);
      if (code === 0) writeFileSync(resolve(given.out, "table.md"), table());
    }
  };
  await Promise.all(Array.from({ length: given.parallel }, work));
  console.log(table());
  if (failures.length > 0) console.error(`failed: ${failures.join("; ")}`);
  process.exitCode = stopped ? 130 : failures.length > 0 ? 1 : 0;
}

await main();
