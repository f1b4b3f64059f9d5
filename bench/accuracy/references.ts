/**
 * Figures of other implementations that a suite's table stands beside. They are printed next to ours and never enter a
 * computation of ours. "Retrieved" NDCG takes the ideal over the hits retrieved, as the paper's code does.
 */
import type { SuiteName } from "./suites.ts";

/** Summed training loss at some epochs of another implementation's run of the ml100k configuration. */
export interface LossReference {
  readonly run: string;
  readonly losses: Readonly<Record<number, number>>;
}

export const lossEpochs: readonly number[] = [0, 1, 2, 4, 14];

export const ml100kLosses: readonly LossReference[] = [
  { run: "published log", losses: { 0: 11.7556, 1: 11.6998, 2: 11.5893, 4: 11.1851, 14: 8.5979 } },
  { run: "repeat, same semantics", losses: { 0: 11.7556, 1: 11.6998, 2: 11.5894, 4: 11.1852, 14: 8.5985 } },
  {
    run: "repeat, gradients zeroed instead of absent",
    losses: { 0: 11.7556, 1: 11.6997, 2: 11.5887, 4: 11.181, 14: 8.5569 },
  },
];

/** A row of published or repeated figures; absent where not known. */
export interface FigureReference {
  readonly run: string;
  readonly validationRecall?: number;
  readonly recall?: number;
  readonly precision?: number;
  readonly ndcg?: number;
  readonly ndcgRetrieved?: number;
  readonly bestEpoch?: number;
}

const ml100k: readonly FigureReference[] = [
  { run: "published log", validationRecall: 0.2185, recall: 0.215, ndcg: 0.3023, bestEpoch: 298 },
  { run: "repeat, same semantics", validationRecall: 0.2203, recall: 0.2162, ndcg: 0.3057, bestEpoch: 330 },
  {
    run: "repeat, gradients zeroed instead of absent",
    validationRecall: 0.2202,
    recall: 0.2136,
    ndcg: 0.3017,
    bestEpoch: 315,
  },
];

const baby: readonly FigureReference[] = [
  {
    run: "sparse PyTorch, LATTICE on LightGCN, by-interaction",
    validationRecall: 0.0845,
    recall: 0.0861,
    ndcg: 0.0362,
    ndcgRetrieved: 0.0375,
    bestEpoch: 139,
  },
  {
    run: "sparse PyTorch, LATTICE on LightGCN, by-user",
    validationRecall: 0.0806,
    recall: 0.0856,
    ndcg: 0.0366,
    ndcgRetrieved: 0.0379,
    bestEpoch: 64,
  },
  { run: "PyTorch, LightGCN, by-interaction", recall: 0.0713, ndcg: 0.0305, ndcgRetrieved: 0.0317 },
  { run: "paper, its own split: LATTICE", recall: 0.0829, precision: 0.0044, ndcgRetrieved: 0.0368 },
  { run: "paper, its own split: LightGCN", recall: 0.0698, precision: 0.0037, ndcgRetrieved: 0.0319 },
  { run: "paper, its own split: NGCF", recall: 0.0591, precision: 0.0032, ndcgRetrieved: 0.0261 },
  { run: "paper, its own split: MF", recall: 0.044, precision: 0.0024, ndcgRetrieved: 0.02 },
];

export function figureReferences(suite: SuiteName): readonly FigureReference[] {
  switch (suite) {
    case "ml100k":
      return ml100k;
    case "baby":
      return baby;
    case "lfm2k":
      return [];
  }
}
