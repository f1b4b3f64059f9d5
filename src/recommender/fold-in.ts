/**
 * A vector for a user whom the run was not trained with, from a history of items j with weights w_j, without training.
 *
 * - `lightgcn`, alone or in LATTICE: the model's own equation with a user embedding of 0, that is z^(0) = 0,
 *     z^(l+1) = (z^(l) + Σ w_j Z_j^(l)) / (1 + Σ w_j)            adjacency row,
 *     z^(l+1) = Σ w_j Z_j^(l) (Σ w_j · degree_j)^-½              adjacency symmetric,
 *   x̂_u = mean(z^(0) … z^(C)), Z_j^(l) the items' layers as trained. An item that was added later stands for its neighbours in
 *   the item graph, in proportion.
 * - `mf` and `ngcf`, alone or in LATTICE, and all others: x̂_u = Σ w_j x̂_j / Σ w_j over the items' final embeddings.
 * - `content-knn`: its own equation: the normalised sum of normalised features in each modality.
 * - `item-knn`: its own equation, without a vector (`ranker.ts`).
 * - `popularity`: the same list as for everybody.
 */
import type { Floats } from "../engine/engine.ts";
import { normaliseSlice } from "../models/content-knn.ts";
import type { Run } from "../runs/open-run.ts";
import { matrixRows } from "../tensor/tape.ts";
import type { Catalogue } from "./catalogue.ts";
import { type ItemLayers, type KnownEntry, propagatedParts } from "./item-layers.ts";

/** An item of a history by its index, with how much it counts, above 0. */
export interface HistoryEntry {
  readonly item: number;
  readonly weight: number;
}

export interface FoldIn {
  /** As long as the final embeddings; zeros where the history says nothing. */
  vector(history: readonly HistoryEntry[]): Floats;
  /** What each entry brings to it, in their order: the parts sum to the vector. */
  parts(history: readonly HistoryEntry[]): readonly Floats[];
}

interface FoldInParts {
  readonly run: Run;
  /** Of a LightGCN run. */
  readonly layers: () => ItemLayers;
  readonly catalogue: Pick<Catalogue, "trained" | "added" | "embeddings">;
}

function summed(catalogue: FoldInParts["catalogue"], parts: FoldIn["parts"]): FoldIn {
  return {
    parts,
    vector: (history) => {
      const sum = new Float64Array(catalogue.embeddings.columns);
      for (const part of parts(history)) for (let c = 0; c < sum.length; c++) sum[c] += part[c];
      return sum;
    },
  };
}

const scaled = (row: Floats, factor: number): Float64Array => Float64Array.from(row, (value) => factor * value);

/** Σ w_j x̂_j / Σ w_j */
function meanOfItems({ catalogue }: FoldInParts): FoldIn {
  return summed(catalogue, (history) => {
    const { embeddings } = catalogue;
    const total = history.reduce((sum, { weight }) => sum + weight, 0);
    return history.map(({ item, weight }) => scaled(matrixRows(embeddings, item, item + 1).data, weight / total));
  });
}

/** An added item as the one whose place it took, or the known ones it is connected to. */
function amongKnown(entry: HistoryEntry, { trained, added }: FoldInParts["catalogue"]): readonly KnownEntry[] {
  if (entry.item < trained) return [entry];
  const { standsFor, graph: links = [] } = added[entry.item - trained].placed;
  if (standsFor !== undefined) return [{ item: standsFor, weight: entry.weight }];
  const graph = links.filter(({ score }) => score > 0);
  const total = graph.reduce((sum, { score }) => sum + score, 0);
  return graph.map(({ item, score }) => ({ item, weight: (entry.weight * score) / total }));
}

function propagation({ catalogue, layers }: FoldInParts): FoldIn {
  return summed(catalogue, (history) => {
    const known = history.map((entry) => amongKnown(entry, catalogue));
    return propagatedParts(layers(), known).taken;
  });
}

/** Modalities lie side by side in the embeddings, each item's scaled by how many it has: normalised apart, the scale is gone. */
function profile({ run, catalogue }: FoldInParts): FoldIn {
  const ends = contentEnds(run);
  return summed(catalogue, (history) => {
    const rows = history.map(({ item, weight }) => {
      const row = Float64Array.from(matrixRows(catalogue.embeddings, item, item + 1).data);
      forEachSlice(ends, (from, to) => normaliseSlice(row, from, to));
      return scaled(row, weight);
    });
    const lengths = new Float64Array(catalogue.embeddings.columns).fill(1);
    forEachSlice(ends, (from, to) => {
      const sum = new Float64Array(to - from);
      for (const row of rows) for (let c = from; c < to; c++) sum[c - from] += row[c];
      const length = Math.sqrt(sum.reduce((squares, value) => squares + value * value, 0));
      if (length > 0) lengths.fill(length, from, to);
    });
    return rows.map((row) => row.map((value, c) => value / lengths[c]));
  });
}

/** Where each modality of a content-knn run ends in the embeddings. */
export function contentEnds(run: Run): readonly number[] {
  const { modalities, items } = run.config.dataset;
  const ends: number[] = [];
  for (const { columns = items } of modalities) ends.push((ends.at(-1) ?? 0) + columns);
  return ends;
}

export function forEachSlice(ends: readonly number[], visit: (from: number, to: number, place: number) => void): void {
  ends.forEach((end, place) => {
    visit(place === 0 ? 0 : ends[place - 1], end, place);
  });
}

export function createFoldIn(parts: FoldInParts): FoldIn {
  const { model, backbone } = parts.run.config;
  const kind = model === "lattice" ? (backbone ?? "lightgcn") : model;
  if (kind === "lightgcn") return propagation(parts);
  if (kind === "content-knn") return profile(parts);
  if (kind === "popularity") return { vector: () => Float32Array.of(1), parts: () => [] };
  return meanOfItems(parts);
}
