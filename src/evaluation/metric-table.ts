/** The names under which figures are reported, and what they are made of. */

/** The figures there are; a table's key is `<metric>@<cutoff>`. */
export const metricNames = [
  "recall",
  "precision",
  "ndcg",
  "ndcgRetrieved",
  "hitRate",
  "map",
  "mrr",
  "coverage",
] as const;
export type MetricName = (typeof metricNames)[number];

/** Figures by name and cutoff: `recall@20`, `ndcg@10`, …; each from 0 to 1. */
export type MetricTable = Readonly<Record<string, number>>;

/** The cutoff in a figure's name: 20 of `recall@20`. */
export function cutoffOf(figure: string): number {
  return Number(figure.slice(figure.indexOf("@") + 1));
}
