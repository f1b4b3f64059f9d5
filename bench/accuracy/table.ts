/** The Markdown an accuracy suite ends in: mean ± standard deviation over the seeds that are finished. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { figureReferences, lossEpochs, ml100kLosses } from "./references.ts";
import type { Configuration, SuiteName } from "./suites.ts";

const figures = z.record(z.string(), z.number());

const metricsSchema = z.object({
  epochs: z.number(),
  bestEpoch: z.number(),
  validation: figures,
  test: figures,
  seconds: z.object({ total: z.number(), perEpoch: z.number() }),
});

const epochSchema = z.object({ epoch: z.number(), loss: z.number() });

interface FinishedRun {
  readonly metrics: z.infer<typeof metricsSchema>;
  readonly losses: ReadonlyMap<number, number>;
}

/** Reads what a finished run left. @throws when the folder is none. */
export function readFinishedRun(folder: string): FinishedRun {
  const metrics = metricsSchema.parse(JSON.parse(readFileSync(join(folder, "metrics.json"), "utf8")));
  const lines = readFileSync(join(folder, "history.jsonl"), "utf8").split("\n");
  const records = lines.filter((line) => line !== "").map((line) => epochSchema.parse(JSON.parse(line)));
  return { metrics, losses: new Map(records.map((record) => [record.epoch, record.loss])) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of a sample: divided by n − 1. */
function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Mean ± sample standard deviation of what is known. */
export function summary(values: readonly (number | undefined)[], digits: number): string {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return "–";
  const centre = mean(known).toFixed(digits);
  return known.length === 1 ? centre : `${centre} ± ${standardDeviation(known).toFixed(digits)}`;
}

export const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
export const rule = (columns: number): string => `|${" --- |".repeat(columns)}`;
const known = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? "–";

const columns = [
  "configuration",
  "seeds",
  "validation R@20",
  "test R@20",
  "P@20",
  "NDCG@20",
  "NDCG@20 retrieved",
  "best epoch",
  "epochs",
  "seconds",
  "s/epoch",
];

function configurationRow(
  configuration: Configuration,
  seeds: readonly number[],
  runs: readonly FinishedRun[],
): string {
  const of = (pick: (run: FinishedRun) => number | undefined, digits: number): string =>
    summary(runs.map(pick), digits);
  return row([
    configuration.name,
    seeds.join(", "),
    of((run) => run.metrics.validation["recall@20"], 4),
    of((run) => run.metrics.test["recall@20"], 4),
    of((run) => run.metrics.test["precision@20"], 4),
    of((run) => run.metrics.test["ndcg@20"], 4),
    of((run) => run.metrics.test["ndcgRetrieved@20"], 4),
    of((run) => run.metrics.bestEpoch, 0),
    of((run) => run.metrics.epochs, 0),
    of((run) => run.metrics.seconds.total, 0),
    of((run) => run.metrics.seconds.perEpoch, 2),
  ]);
}

function lossTable(runs: readonly FinishedRun[]): string[] {
  const byEpoch = lossEpochs.map((epoch) => runs.map((run) => run.losses.get(epoch) ?? Number.NaN));
  const ours = byEpoch.map(mean);
  return [
    "",
    "Summed training loss by epoch, and how far our mean is from each reference:",
    "",
    row(["run", ...lossEpochs.map(String)]),
    rule(lossEpochs.length + 1),
    row(["Latticework", ...byEpoch.map((losses) => summary(losses, 4))]),
    ...ml100kLosses.map(({ run, losses }) =>
      row([
        run,
        ...lossEpochs.map((epoch, column) => {
          const reference = losses[epoch] ?? Number.NaN;
          const difference = ((ours[column] ?? Number.NaN) / reference - 1) * 100;
          return `${reference.toFixed(4)} (${difference >= 0 ? "+" : ""}${difference.toFixed(3)} %)`;
        }),
      ]),
    ),
  ];
}

export interface TableRow {
  readonly configuration: Configuration;
  /** Folders of the seeds that are finished. */
  readonly finished: readonly { readonly seed: number; readonly folder: string }[];
}

/** The table of a suite, with other implementations' figures under ours. */
export function accuracyTable(suite: SuiteName, rows: readonly TableRow[]): string {
  const read = rows
    .filter(({ finished }) => finished.length > 0)
    .map(({ configuration, finished }) => ({
      configuration,
      seeds: finished.map(({ seed }) => seed),
      runs: finished.map(({ folder }) => readFinishedRun(folder)),
    }));
  const references = figureReferences(suite).map((reference) =>
    row([
      `*${reference.run}*`,
      "",
      known(reference.validationRecall, 4),
      known(reference.recall, 4),
      known(reference.precision, 4),
      known(reference.ndcg, 4),
      known(reference.ndcgRetrieved, 4),
      known(reference.bestEpoch, 0),
      "",
      "",
      "",
    ]),
  );
  const losses = suite === "ml100k" ? read.flatMap(({ runs }) => lossTable(runs)) : [];
  return [
    row(columns),
    rule(columns.length),
    ...read.map(({ configuration, seeds, runs }) => configurationRow(configuration, seeds, runs)),
    ...references,
    ...losses,
    "",
  ].join("\n");
}
