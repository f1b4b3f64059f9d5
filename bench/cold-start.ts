/**
 * Cold start on a real dataset, as the paper does it: a fifth of the items lose every training interaction, half of those are for
 * validation and half for testing, and every model has to place them. Split and training are repeated over seeds; stopping and starting
 * again goes on where it was.
 *
 *     npm run bench:cold-start -- --dataset FOLDER --out RUNS --seeds 1,2,3
 */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { readDataset } from "../src/data/index.ts";
import { folderState } from "../src/runs/folder-state.ts";
import { parseTrainingOptions } from "../src/training/parse-options.ts";
import { startRun } from "./accuracy/start-run.ts";
import { row, rule, summary } from "./accuracy/table.ts";
import { type ColdStartConfiguration, configurations } from "./cold-start/configurations.ts";
import { coldStartFolders, warmItems } from "./cold-start/datasets.ts";
import { type ColdStartFigures, coldStartFigures } from "./cold-start/figures.ts";

const usage = `Usage: npm run bench:cold-start -- --dataset FOLDER --out RUNS [options]
  --seeds 1,2,3   seeds of split and training (default 1,2,3)
  --share .2      share of items that become cold (default .2)
  --only a,b      only these of ${configurations.map(({ name }) => name).join(", ")}
  --threads n     threads of a training (default 1)
  --table         measure the runs that are finished, print the table and stop`;

const argumentsSchema = z.object({
  dataset: z.string(),
  out: z.string(),
  seeds: z
    .string()
    .default("1,2,3")
    .transform((text) => text.split(",").map(Number))
    .pipe(z.array(z.int().min(0)).min(1)),
  share: z.coerce.number().positive().lt(1).default(0.2),
  only: z
    .string()
    .transform((text) => text.split(","))
    .optional(),
  threads: z.coerce.number().int().min(1).default(1),
  table: z.boolean().default(false),
});
type Arguments = z.infer<typeof argumentsSchema>;

function readArguments(): Arguments | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      dataset: text,
      out: text,
      seeds: text,
      share: text,
      only: text,
      threads: text,
      table: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const parsed = argumentsSchema.safeParse(values);
  if (values.help !== true && parsed.success) return parsed.data;
  for (const issue of parsed.error?.issues ?? []) console.error(`--${issue.path.join(".")}: ${issue.message}`);
  console.error(usage);
  process.exitCode = values.help === true ? 0 : 2;
  return undefined;
}

const columns = ["model", "seeds", "cold items: R@20", "NDCG@20", "all items: R@20", "NDCG@20"];

async function tableOf(given: Arguments, chosen: readonly ColdStartConfiguration[]): Promise<string> {
  const dataset = await readDataset(given.dataset);
  const lines = [row(columns), rule(columns.length)];
  for (const { name, title, dataset: kind } of chosen) {
    const seeds = given.seeds.filter((seed) => folderState(join(given.out, `seed-${seed}`, name)) === "finished");
    const figures: ColdStartFigures[] = [];
    for (const seed of seeds) {
      const folder = join(given.out, `seed-${seed}`);
      const folders = await coldStartFolders(dataset, given.share, seed, join(folder, "data"));
      const warm = kind === "warm" ? warmItems(dataset, given.share, seed) : undefined;
      figures.push(await coldStartFigures(join(folder, name), folders, warm));
    }
    if (seeds.length === 0) continue;
    const of = (candidates: keyof ColdStartFigures, figure: string): string =>
      summary(
        figures.map((table) => table[candidates][figure]),
        4,
      );
    const cells = [of("cold", "recall@20"), of("cold", "ndcg@20"), of("all", "recall@20"), of("all", "ndcg@20")];
    lines.push(row([title, seeds.join(", "), ...cells]));
  }
  return `${lines.join("\n")}\n`;
}

/** Trains what is not finished, one after another. @returns what failed */
async function trainAll(given: Arguments, chosen: readonly ColdStartConfiguration[]): Promise<readonly string[]> {
  const dataset = await readDataset(given.dataset);
  const running = new Set<ChildProcess>();
  const failures: string[] = [];
  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      stopped = true;
      for (const child of running) child.kill("SIGINT");
    });
  }
  for (const seed of given.seeds) {
    const folder = join(given.out, `seed-${seed}`);
    const folders = await coldStartFolders(dataset, given.share, seed, join(folder, "data"));
    for (const { name, model, backbone, options, dataset: kind } of chosen) {
      const out = join(folder, name);
      if (stopped || folderState(out) === "finished") continue;
      mkdirSync(folder, { recursive: true });
      const task = {
        dataset: folders[kind],
        out,
        model,
        backbone,
        options: parseTrainingOptions(options),
        seed,
        threads: given.threads,
      };
      const code = await startRun(`${name} seed ${seed}`, task, running);
      if (code !== 0 && !stopped) failures.push(`${name} seed ${seed} (exit ${code})`);
    }
  }
  if (stopped) failures.push("stopped: start again to go on");
  return failures;
}

async function main(): Promise<void> {
  const read = readArguments();
  if (read === undefined) return;
  const given = { ...read, out: resolve(read.out), dataset: resolve(read.dataset) };
  const chosen = configurations.filter(({ name }) => given.only?.includes(name) ?? true);
  const failures = given.table ? [] : await trainAll(given, chosen);
  const table = await tableOf(given, chosen);
  writeFileSync(join(given.out, "table.md"), table);
  console.log(table);
  if (failures.length > 0) console.error(`failed: ${failures.join("; ")}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

await main();
