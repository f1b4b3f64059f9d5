/**
 * Edges of an item graph taken apart: G_ij is the sum of its links, one for each modality and graph that joins i and j.
 *   LATTICE, of an initial graph:   λ α_im Ŝ_m,ij (D_m,i D_m,j)^-½                         D_m the row sums of Ŝ_m
 *   LATTICE, of a learned graph:    (1 − λ) α_im Â_m,ij (D_i D_j)^-½                       D the row sums of Σ_m α_m Â_m, or of Â_m alone
 *   FREEDOM:                        w_m (n_m,i n_m,j)^-½                                   n_m how many neighbours an item has
 */
import type { NeighbourFile } from "../../data/dataset.ts";
import type { Floats, Pattern } from "../../engine/engine.ts";
import { RunError } from "../../errors.ts";
import { graphShares } from "../../models/feature-models.ts";
import type { Run } from "../../runs/open-run.ts";
import type { RunWeights } from "../../runs/weights.ts";
import { inverseRoots, listSums } from "../known-graph.ts";

export interface ItemLink {
  readonly modality: string;
  /** Of raw features, or of projected ones. */
  readonly graph: "initial" | "learned";
  readonly cosine: number;
  /** Its part of G_ij. */
  readonly weight: number;
}

/** A row of the graph, by neighbour. */
export type LinkedRow = ReadonlyMap<number, readonly ItemLink[]>;
export type ItemLinks = (item: number) => LinkedRow;

/** G_ij */
export const weightOf = (links: readonly ItemLink[]): number => links.reduce((sum, { weight }) => sum + weight, 0);

export function addLink(row: Map<number, ItemLink[]>, item: number, link: ItemLink): void {
  const links = row.get(item);
  if (links === undefined) row.set(item, [link]);
  else links.push(link);
}

type ValuedPattern = Pattern & { readonly values: Floats };

/** Of λ Σ α S̃ and (1 − λ) Ã, as the model has them where one of both is missing. */
export function graphShareOf(
  skip: number,
  hasLearned: boolean,
): { readonly initial: number; readonly learned: number } {
  return { initial: hasLearned ? skip : 1, learned: skip > 0 ? 1 - skip : 1 };
}

function forEachNeighbour(
  { width, indices, cosines }: NeighbourFile,
  item: number,
  visit: (other: number, cosine: number) => void,
): void {
  for (let p = item * width; p < (item + 1) * width; p++) if (indices[p] >= 0) visit(indices[p], cosines[p]);
}

/** Adds share_i times the row sums. */
function addRowSums(sums: Float64Array, { rowPointers, values }: ValuedPattern, shares?: Floats): void {
  for (let i = 0; i < sums.length; i++) {
    let sum = 0;
    for (let p = rowPointers[i]; p < rowPointers[i + 1]; p++) sum += values[p];
    sums[i] += (shares?.[i] ?? 1) * sum;
  }
}

/** @throws RunError for a run that was written before runs kept the evidence */
export function latticeLinks(run: Run, weights: Pick<RunWeights, "graphEvidence" | "neighbours">): ItemLinks {
  const { skip, normalisation } = run.config.options;
  if (weights.graphEvidence === undefined) {
    throw new RunError(
      `run ${run.folder} was written by a Latticework that kept no modalities of the item graph's edges; train it again to explain what it recommends`,
    );
  }
  const { shares, learned } = weights.graphEvidence;
  const items = run.ids.items.length;
  const share = graphShareOf(skip, Object.keys(learned).length > 0);
  const initial = Object.entries(share.initial > 0 ? weights.neighbours : {}).map(([modality, list]) => ({
    modality,
    list,
    scale: inverseRoots(listSums(list.rows, list.width, list.indices, list.cosines)),
  }));
  const fused = new Float64Array(items);
  for (const [modality, graph] of Object.entries(learned)) addRowSums(fused, graph, shares[modality]);
  const fusedScale = inverseRoots(fused);
  const learnedGraphs = Object.entries(learned).map(([modality, graph]) => {
    if (normalisation === "fused") return { modality, graph, scale: fusedScale };
    const own = new Float64Array(items);
    addRowSums(own, graph);
    return { modality, graph, scale: inverseRoots(own) };
  });
  return (item) => {
    const row = new Map<number, ItemLink[]>();
    for (const { modality, list, scale } of initial) {
      forEachNeighbour(list, item, (other, cosine) => {
        const weight = share.initial * shares[modality][item] * cosine * scale[item] * scale[other];
        addLink(row, other, { modality, graph: "initial", cosine, weight });
      });
    }
    for (const { modality, graph, scale } of learnedGraphs) {
      const { rowPointers, columnIndices, values } = graph;
      for (let p = rowPointers[item]; p < rowPointers[item + 1]; p++) {
        const other = columnIndices[p];
        const weight = share.learned * shares[modality][item] * values[p] * scale[item] * scale[other];
        addLink(row, other, { modality, graph: "learned", cosine: values[p], weight });
      }
    }
    return row;
  };
}

export function freedomLinks(run: Run, { neighbours }: Pick<RunWeights, "neighbours">): ItemLinks {
  const { modalities } = run.config.dataset;
  const shares = graphShares(modalities, run.config.options.imageShare);
  const parts = modalities.map(({ name }, m) => {
    const list = neighbours[name];
    const ones = new Float32Array(list.indices.length).fill(1);
    return {
      modality: name,
      list,
      share: shares[m],
      scale: inverseRoots(listSums(list.rows, list.width, list.indices, ones)),
    };
  });
  return (item) => {
    const row = new Map<number, ItemLink[]>();
    for (const { modality, list, share, scale } of parts) {
      forEachNeighbour(list, item, (other, cosine) =>
        addLink(row, other, { modality, graph: "initial", cosine, weight: share * scale[item] * scale[other] }),
      );
    }
    return row;
  };
}
