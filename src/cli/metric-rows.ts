/** Figures of an evaluation as a table: a metric a line, a cutoff a column. */
import type { MetricTable } from "../training/events.ts";
import { type TableColumn, tableText } from "./table.ts";
import { figureText } from "./wording.ts";

/** `recall@20` → ["recall", "20"]. */
function metricAndCutoff(key: string): readonly [string, string] {
  const [metric = key, cutoff = ""] = key.split("@");
  return [metric, cutoff];
}

export function metricTableText(tables: readonly { readonly title: string; readonly figures: MetricTable }[]): string {
  const keys = [...new Set(tables.flatMap((table) => Object.keys(table.figures)))];
  const metrics = [...new Set(keys.map((key) => metricAndCutoff(key)[0]))];
  const cutoffs = [...new Set(keys.map((key) => metricAndCutoff(key)[1]))].sort((a, b) => Number(a) - Number(b));
  const columns: TableColumn[] = [
    { head: "" },
    ...tables.flatMap((table) =>
      cutoffs.map((cutoff): TableColumn => ({ head: `${table.title} @${cutoff}`, align: "right" })),
    ),
  ];
  const rows = metrics.map((metric) => [
    metric,
    ...tables.flatMap((table) =>
      cutoffs.map((cutoff) => {
        const value = table.figures[`${metric}@${cutoff}`];
        return value === undefined ? "" : figureText(value);
      }),
    ),
  ]);
  return tableText(columns, rows);
}
