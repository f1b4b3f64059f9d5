/**
 * Where a model's own paper, or its authors' code, trains otherwise than LATTICE: what then takes the place of the general defaults. An
 * option that is given wins over both.
 */
import type { ModelName } from "../models/configuration.ts";
import type { TrainingOptionsInput } from "./configuration.ts";

/** As the benchmarks of the years after LATTICE train: every pair once an epoch, at a rate that stays. */
const benchmark: TrainingOptionsInput = {
  sampler: "by-interaction",
  batchSize: 2048,
  learningRate: 1e-3,
  learningRateDecay: { factor: 1, epochs: 50 },
  epochs: 1000,
  freezeFeatures: true,
};

export const modelDefaults: Readonly<Partial<Record<ModelName, TrainingOptionsInput>>> = {
  "item-knn": { neighbours: 100 },
  vbpr: { ...benchmark, regularisation: 1e-2 },
  mmgcn: { ...benchmark, regularisation: 1e-3, layers: 2 },
  grcn: { ...benchmark, regularisation: 1e-3, layers: 2 },
  freedom: { ...benchmark, regularisation: 0 },
  bm3: { ...benchmark, regularisation: 0, layers: 1, dropout: 0.5, contrastWeight: 2 },
  micro: { epochs: 1000, contrastWeight: 0.03, temperature: 0.5 },
  mgcn: {
    ...benchmark,
    learningRateDecay: { factor: 0.96, epochs: 50 },
    regularisation: 1e-4,
    contrastWeight: 0.01,
    temperature: 0.2,
  },
};
