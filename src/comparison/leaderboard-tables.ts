/** A leaderboard as tables: one for each task, dataset and split, so that figures of different protocols share no column; the best first. */
import { stringify } from "csv-stringify/sync";
import { cutoffOf } from "../evaluation/metric-table.ts";
import { figureName } from "../runs/report/names.ts";
import type { LeaderboardRow } from "./leaderboard.ts";
import { spreadText } from "./shown.ts";

export interface LeaderboardTable {
  readonly task: string;
  readonly dataset: string;
  readonly split: string;
  /** Model, the metrics, source. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** `Recall@20`, `NDCG@20 (standard)`. */
export function metricTitle(metric: string): string {
  const cutoff = cutoffOf(metric);
  if (metric.startsWith("ndcg@")) return `NDCG@${cutoff} (standard)`;
  return metric.startsWith("ndcgRetrieved@") ? `NDCG@${cutoff} (retrieved)` : `${figureName(metric)}@${cutoff}`;
}

const valueText = ({ value, deviation, seeds }: LeaderboardRow): string =>
  seeds === undefined || seeds < 2
    ? spreadText({ mean: value })
    : `${spreadText({ mean: value, deviation })}, ${seeds} seeds`;

function tableOf(rows: readonly LeaderboardRow[]): LeaderboardTable {
  const [first] = rows;
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const lines = [...Map.groupBy(rows, ({ model, source }) => `${model}\n${source}`).values()];
  const leading = (line: readonly LeaderboardRow[]): number =>
    line.find(({ metric }) => metric === metrics[0])?.value ?? 0;
  return {
    task: first?.task ?? "",
    dataset: first?.dataset ?? "",
    split: first?.split ?? "",
    head: ["Model", ...metrics.map(metricTitle), "Source"],
    rows: lines
      .sort((a, b) => leading(b) - leading(a))
      .map((line) => [
        line[0]?.model ?? "",
        ...metrics.map((metric) => {
          const row = line.find((one) => one.metric === metric);
          return row === undefined ? "" : valueText(row);
        }),
        line[0]?.source ?? "",
      ]),
  };
}

export function leaderboardTables(rows: readonly LeaderboardRow[]): LeaderboardTable[] {
  const groups = Map.groupBy(rows, ({ task, dataset, split }) => [task, dataset.toLowerCase(), split].join("\n"));
  return [...groups.values()].map(tableOf);
}

export const tableTitle = ({ task, dataset, split }: LeaderboardTable): string =>
  `${dataset}, ${task}, test set, split ${split}`;

const cell = (text: string): string => text.replaceAll("|", "\\|");

export function leaderboardMarkdown(rows: readonly LeaderboardRow[]): string {
  return leaderboardTables(rows)
    .map((table) =>
      [
        `## ${tableTitle(table)}`,
        "",
        `| ${table.head.map(cell).join(" | ")} |`,
        `|${table.head.map((_, index) => (index === 0 || index === table.head.length - 1 ? "---" : "---:")).join("|")}|`,
        ...table.rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
        "",
      ].join("\n"),
    )
    .join("\n");
}

/** A line a figure; which split and which NDCG it is of are columns. */
export function leaderboardCsv(rows: readonly LeaderboardRow[]): string {
  const ndcgOf = (metric: string): string =>
    metric.startsWith("ndcg@") ? "standard" : metric.startsWith("ndcgRetrieved@") ? "retrieved" : "";
  return stringify([
    ["task", "dataset", "split", "metric", "ndcg", "value", "deviation", "seeds", "model", "source"],
    ...rows.map(({ task, dataset, split, metric, value, deviation, seeds, model, source }) => [
      task,
      dataset,
      split,
      metric,
      ndcgOf(metric),
      value,
      deviation,
      seeds,
      model,
      source,
    ]),
  ]);
}
