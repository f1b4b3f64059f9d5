/**
 * Who takes part in the comparison of the field, and what may be tuned of each. A space holds the values that the model's own paper searches, as far as it names any; the
 * learning rate and the regularisation are searched for all. Floors without options are not tuned.
 */
import type { BackboneName, ModelName } from "../../src/models/configuration.ts";

export interface FieldContender {
  readonly name: string;
  readonly model: ModelName;
  readonly backbone?: BackboneName | undefined;
  /** Options that a sweep varies, by key; absent: nothing to tune. */
  readonly space?: Readonly<Record<string, readonly unknown[]>> | undefined;
}

const optimiser = {
  learningRate: [5e-4, 1e-3, 2e-3, 5e-3],
  regularisation: [0, 1e-5, 1e-4, 1e-3, 1e-2],
} as const;
const itemGraph = { skip: [0.5, 0.7, 0.9], neighbours: [5, 10, 20] } as const;
const layers = { layers: [1, 2, 3] } as const;

export const fieldContenders: readonly FieldContender[] = [
  { name: "popularity", model: "popularity" },
  {
    name: "item-knn",
    model: "item-knn",
    space: { neighbours: [20, 50, 100, 200, 500], shrinkage: [0, 1, 10, 50, 100, 500] },
  },
  { name: "content-knn", model: "content-knn" },
  { name: "mf", model: "mf", space: optimiser },
  { name: "lightgcn", model: "lightgcn", space: { ...optimiser, ...layers } },
  { name: "ngcf", model: "ngcf", space: { ...optimiser, ...layers, dropout: [0, 0.1, 0.3] } },
  { name: "vbpr", model: "vbpr", space: optimiser },
  { name: "mmgcn", model: "mmgcn", space: { ...optimiser, layers: [1, 2] } },
  { name: "grcn", model: "grcn", space: { ...optimiser, layers: [1, 2], routingIterations: [1, 3] } },
  { name: "lattice@mf", model: "lattice", backbone: "mf", space: { ...optimiser, ...itemGraph } },
  { name: "lattice@ngcf", model: "lattice", backbone: "ngcf", space: { ...optimiser, ...itemGraph } },
  { name: "lattice@lightgcn", model: "lattice", backbone: "lightgcn", space: { ...optimiser, ...itemGraph } },
  {
    name: "micro",
    model: "micro",
    space: { ...optimiser, skip: [0.5, 0.7, 0.9], contrastWeight: [0.01, 0.03, 0.1] },
  },
  {
    name: "freedom",
    model: "freedom",
    space: { ...optimiser, edgeDropout: [0.8, 0.9], featureWeight: [1e-3, 1e-2, 1e-1] },
  },
  { name: "bm3", model: "bm3", space: { ...optimiser, layers: [1, 2], dropout: [0.3, 0.5] } },
  { name: "mgcn", model: "mgcn", space: { ...optimiser, contrastWeight: [1e-3, 1e-2, 1e-1] } },
];
