/** Words for people: the names of models and figures, durations, amounts. */
import type { RunConfig } from "../run-format.ts";

const modelTitles: Readonly<Record<string, string>> = {
  lattice: "LATTICE",
  lightgcn: "LightGCN",
  ngcf: "NGCF",
  mf: "MF",
  vbpr: "VBPR",
  mmgcn: "MMGCN",
  grcn: "GRCN",
  freedom: "FREEDOM",
  bm3: "BM3",
  mgcn: "MGCN",
  micro: "MICRO",
  popularity: "Popularity",
  "item-knn": "Item nearest neighbours",
  "content-knn": "Content nearest neighbours",
};
const figureTitles: Readonly<Record<string, string>> = {
  recall: "Recall",
  precision: "Precision",
  ndcg: "NDCG",
  ndcgRetrieved: "NDCG (retrieved)",
  hitRate: "Hit rate",
  map: "MAP",
  mrr: "MRR",
  coverage: "Coverage",
};

export function modelTitle({ model, backbone }: Pick<RunConfig, "model" | "backbone">): string {
  const title = modelTitles[model] ?? model;
  return backbone === undefined ? title : `${title} on ${modelTitles[backbone] ?? backbone}`;
}

/** `recall@20` → `Recall`. */
export function figureName(figure: string): string {
  const metric = figure.split("@")[0] ?? figure;
  return figureTitles[metric] ?? metric;
}

export const whole = (value: number): string => value.toLocaleString("en-GB", { maximumFractionDigits: 0 });

export function inWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function amount(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}
