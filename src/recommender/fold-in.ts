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
import type { Engine, Floats } from "../engine/engine.ts";
import { releasePattern } from "../graph/pattern.ts";
import { userItemGraph } from "../graph/user-item.ts";
import { normaliseSlice } from "../models/content-knn.ts";
import type { Run } from "../runs/open-run.ts";
import type { RunWeights } from "../runs/weights.ts";
import { matrixRows, zeros } from "../tensor/tape.ts";
import type { Catalogue } from "./catalogue.ts";
import { withStoredParameters } from "./stored-parameters.ts";

/** An item of a history by its index, with how much it counts, above 0. */
export interface HistoryEntry {
  readonly item: number;
  readonly weight: number;
}

/** @returns as long as the final embeddings; zeros where the history says nothing */
export type FoldIn = (history: readonly HistoryEntry[]) => Floats;

interface FoldInParts {
  readonly engine: Engine;
  readonly run: Run;
  readonly weights: Pick<RunWeights, "interactions">;
  readonly catalogue: Pick<Catalogue, "trained" | "added" | "embeddings">;
}

const totalOf = (history: readonly HistoryEntry[]): number => history.reduce((sum, { weight }) => sum + weight, 0);

function addRow(into: Float64Array, row: Floats, weight: number): void {
  for (let c = 0; c < into.length; c++) into[c] += weight * row[c];
}

/** Σ w_j x̂_j / Σ w_j */
function meanOfItems({ catalogue }: FoldInParts): FoldIn {
  return (history) => {
    const { embeddings } = catalogue;
    const vector = new Float64Array(embeddings.columns);
    const total = totalOf(history);
    for (const { item, weight } of history) {
      addRow(vector, matrixRows(embeddings, item, item + 1).data, weight / total);
    }
    return vector;
  };
}

/** The items' part of Z^(0) … Z^(C−1), and degree^-½ of the items where the adjacency is symmetric. */
function itemLayers({ engine, run, weights }: FoldInParts) {
  const { layers, adjacency } = run.config.options;
  const [userTable, itemTable] = withStoredParameters(run.folder, (parameters) =>
    ["embedding.users", "embedding.items"].map((name) => parameters.read(name)),
  );
  const graph = userItemGraph(engine, weights.interactions.train, adjacency).forward;
  const nodes = userTable.rows + itemTable.rows;
  let z = zeros(engine, nodes, itemTable.columns);
  z.data.set(userTable.data);
  z.data.set(itemTable.data, userTable.data.length);
  const items: Floats[] = [];
  for (let layer = 0; layer < layers; layer++) {
    items.push(z.data.slice(userTable.data.length));
    const next = zeros(engine, nodes, z.columns);
    engine.spmm(graph, z, next);
    engine.release(z.data);
    z = next;
  }
  const scale = graph.columnScale?.slice(userTable.rows);
  engine.release(z.data);
  releasePattern(engine, graph);
  if (graph.rowScale !== undefined) engine.release(graph.rowScale);
  return { items, scale, columns: itemTable.columns };
}

/** Added items as the known ones they are connected to. */
function amongKnown(history: readonly HistoryEntry[], { trained, added }: FoldInParts["catalogue"]): HistoryEntry[] {
  return history.flatMap((entry) => {
    if (entry.item < trained) return [entry];
    const graph = (added[entry.item - trained].placed.graph ?? []).filter(({ score }) => score > 0);
    const total = graph.reduce((sum, { score }) => sum + score, 0);
    return graph.map(({ item, score }) => ({ item, weight: (entry.weight * score) / total }));
  });
}

function propagation(parts: FoldInParts): FoldIn {
  let computed: ReturnType<typeof itemLayers> | undefined;
  return (given) => {
    computed ??= itemLayers(parts);
    const { items, scale, columns } = computed;
    const history = amongKnown(given, parts.catalogue);
    const degree = totalOf(history);
    const sum = new Float64Array(columns);
    let z = new Float64Array(columns);
    for (const layer of items) {
      const next = scale === undefined ? z.slice() : new Float64Array(columns);
      for (const { item, weight } of history) {
        const row = layer.subarray(item * columns, (item + 1) * columns);
        addRow(next, row, scale === undefined ? weight : weight * scale[item]);
      }
      const divisor = scale === undefined ? 1 + degree : Math.sqrt(degree);
      z = divisor > 0 ? next.map((value) => value / divisor) : next;
      addRow(sum, z, 1 / (items.length + 1));
    }
    return sum;
  };
}

/** Modalities lie side by side in the embeddings, each item's scaled by how many it has: normalised apart, the scale is gone. */
function profile({ run, catalogue }: FoldInParts): FoldIn {
  const { modalities, items } = run.config.dataset;
  const ends: number[] = [];
  for (const { columns = items } of modalities) ends.push((ends.at(-1) ?? 0) + columns);
  const normalise = (vector: Floats): Floats => {
    ends.forEach((end, m) => {
      normaliseSlice(vector, m === 0 ? 0 : ends[m - 1], end);
    });
    return vector;
  };
  return (history) => {
    const sum = new Float64Array(catalogue.embeddings.columns);
    for (const { item, weight } of history) {
      addRow(sum, normalise(matrixRows(catalogue.embeddings, item, item + 1).data.slice()), weight);
    }
    return normalise(sum);
  };
}

export function createFoldIn(parts: FoldInParts): FoldIn {
  const { model, backbone } = parts.run.config;
  const kind = model === "lattice" ? (backbone ?? "lightgcn") : model;
  if (kind === "lightgcn") return propagation(parts);
  if (kind === "content-knn") return profile(parts);
  if (kind === "popularity") return () => Float32Array.of(1);
  return meanOfItems(parts);
}
