/**
 * `latticework demo`: a small made-up shop, LATTICE and two plain baselines trained on it, the comparison, and what five
 * of its customers are recommended, beside what they bought.
 */
import { join } from "node:path";
import type { Command } from "commander";
import { type Dataset, readDataset, writeDemoCatalogue } from "../data/index.ts";
import type { ModelName } from "../models/configuration.ts";
import { openRecommender } from "../recommender/index.ts";
import type { RunMetrics } from "../runs/run-format.ts";
import { parseTrainingOptions } from "../training/parse-options.ts";
import { wholeNumber } from "./arguments.ts";
import { Interrupted } from "./failure.ts";
import { watchInterruption } from "./interruption.ts";
import { progressView } from "./progress.ts";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { loadTrainRun } from "./train-run-loader.ts";
import { countText, durationText, figureText } from "./wording.ts";

interface DemoFlags {
  readonly out: string;
  readonly seed: number;
  readonly threads?: number;
}

const models: readonly ModelName[] = ["lattice", "lightgcn", "mf"];
const modelTitles: Readonly<Record<ModelName, string>> = {
  lattice: "LATTICE",
  lightgcn: "LightGCN",
  ngcf: "NGCF",
  mf: "MF",
  popularity: "Popularity",
  "content-knn": "Content nearest neighbours",
};
/** The same for every model, sized to a shop of this size and a minute of patience. */
const demoOptions = {
  epochs: 200,
  batchSize: 512,
  learningRate: 2e-3,
  sampler: "by-interaction",
  patience: 4,
} as const;
const customersShown = 5;
const itemsShown = 5;

export function addDemo(program: Command, terminal: Terminal): void {
  program
    .command("demo")
    .summary("see it work on a made-up shop, in a minute")
    .description(
      "Makes a small shop, trains LATTICE, LightGCN and MF on it, compares them and shows what they recommend.",
    )
    .option("--out <folder>", "folder for the shop and the runs; runs there are replaced", ".latticework/demo")
    .option("--seed <n>", "seed of everything random", wholeNumber(0), 1)
    .option("--threads <n>", "threads that compute (default: the machine's processors)", wholeNumber(1))
    .addHelpText(
      "after",
      `
Examples:
  latticework demo
  latticework demo --out /tmp/shop --seed 7`,
    )
    .action((flags: DemoFlags) => demo(flags, terminal));
}

async function demo(flags: DemoFlags, terminal: Terminal): Promise<void> {
  const { InterruptedError, trainRun } = await loadTrainRun();
  const shop = join(flags.out, "shop");
  writeDemoCatalogue(shop, flags.seed);
  const dataset = await readDataset(shop);
  terminal.print(shopText(dataset, shop));

  const { epochs, validateBy } = parseTrainingOptions(demoOptions);
  const interruption = watchInterruption(terminal, terminal.tell);
  const trainShop = async (model: ModelName): Promise<RunMetrics> => {
    const label = modelTitles[model].padEnd(8);
    const view = progressView(terminal, { epochs, validateBy, label });
    try {
      const run = await trainRun({
        dataset,
        out: join(flags.out, model),
        model,
        options: demoOptions,
        seed: flags.seed,
        threads: flags.threads,
        overwrite: true,
        signal: interruption.signal,
        onEvent: view.onEvent,
      });
      view.end();
      terminal.tell(`${label}  trained in ${durationText(run.metrics.seconds.total)}`);
      return run.metrics;
    } finally {
      view.end();
    }
  };
  const metrics: RunMetrics[] = [];
  try {
    for (const model of models) metrics.push(await trainShop(model));
  } catch (error) {
    if (error instanceof InterruptedError) throw new Interrupted("Stopped. Start again with: latticework demo");
    throw error;
  } finally {
    interruption.dispose();
  }
  terminal.print(`\n${comparisonText(metrics)}`);
  terminal.print(`\n${await recommendationsText(dataset, join(flags.out, "lattice"))}`);
  terminal.print(
    `\nGo on with:\n  latticework inspect ${shop}\n  latticework similar ${join(flags.out, "lattice")} --item 0\nand look at ${join(flags.out, "lattice", "report.html")} in a browser.`,
  );
}

function shopText(dataset: Dataset, folder: string): string {
  const { train, validation, test } = dataset.interactions;
  const purchases = train.columnIndices.length + validation.columnIndices.length + test.columnIndices.length;
  const modalities = dataset.modalities.map((modality) => modality.name).join(" and ");
  return `A made-up shop in ${folder}: ${countText(dataset.users)} customers, ${countText(dataset.items)} items with ${modalities} features, ${countText(purchases)} purchases.\n`;
}

function comparisonText(metrics: readonly RunMetrics[]): string {
  const rows = metrics.map(({ model, test, seconds, bestEpoch }) => [
    modelTitles[model],
    figureText(test["recall@20"] ?? Number.NaN),
    figureText(test["ndcg@20"] ?? Number.NaN),
    String(bestEpoch),
    seconds.total.toFixed(1),
  ]);
  return tableText(
    [
      { head: "model" },
      { head: "test recall@20", align: "right" },
      { head: "test NDCG@20", align: "right" },
      { head: "best epoch", align: "right" },
      { head: "seconds", align: "right" },
    ],
    rows,
  );
}

async function recommendationsText(dataset: Dataset, run: string): Promise<string> {
  const { rowPointers, columnIndices } = dataset.interactions.train;
  const titleOf = (item: number): string => dataset.itemTitles?.[item] ?? dataset.itemIds[item] ?? String(item);
  const boughtBy = (user: number): Int32Array => columnIndices.subarray(rowPointers[user], rowPointers[user + 1]);
  const step = Math.max(1, Math.floor(dataset.users / customersShown));
  const customers = Array.from({ length: customersShown }, (_, n) => n * step);
  const recommender = await openRecommender(run);
  try {
    const ids = customers.map((user) => dataset.userIds[user] ?? String(user));
    const lists = recommender.recommend(ids, { count: itemsShown });
    return lists
      .map((list, n) => {
        const bought = [...boughtBy(customers[n] ?? 0)].slice(0, itemsShown).map(titleOf);
        const recommended = list.items.map((item) => item.title ?? item.id);
        return `Customer ${ids[n]} bought  ${bought.join(", ")}\n  may like  ${recommended.join(", ")}`;
      })
      .join("\n");
  } finally {
    recommender.close();
  }
}
