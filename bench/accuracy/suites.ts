/**
 * What is run on each dataset to show that the model is right: named configurations, each to be repeated over seeds. A
 * configuration says only what differs from the defaults of `trainingOptionsSchema`.
 */
import type { BackboneName, ModelName } from "../../src/models/configuration.ts";
import type { TrainingOptionsInput } from "../../src/training/configuration.ts";

export interface Configuration {
  /** Name of the folder its runs go to, and of its row in the table. */
  readonly name: string;
  readonly model: ModelName;
  readonly backbone?: BackboneName | undefined;
  readonly options: TrainingOptionsInput;
}

export const suiteNames = ["ml100k", "baby", "lfm2k"] as const;
export type SuiteName = (typeof suiteNames)[number];

/** Every option written out, so that the comparison with the reference runs does not move with the defaults. */
const ml100k: readonly Configuration[] = [
  {
    name: "lattice-lightgcn-text",
    model: "lattice",
    backbone: "lightgcn",
    options: {
      modalities: ["text"],
      skip: 0.9,
      neighbours: 10,
      embeddingSize: 64,
      featureEmbeddingSize: 64,
      layers: 2,
      itemLayers: 1,
      batchSize: 2048,
      sampler: "by-interaction",
      negatives: "seen",
      learningRate: 5e-4,
      learningRateDecay: { factor: 0.96, epochs: 50 },
      regularisation: 0,
      validateEvery: 1,
      patience: 20,
      epochs: 1000,
      ndcg: "standard",
    },
  },
];

/** The common benchmark's training: every pair once an epoch, until validation stops it. */
const byInteraction: TrainingOptionsInput = {
  sampler: "by-interaction",
  batchSize: 2048,
  learningRate: 5e-4,
  regularisation: 1e-4,
  validateEvery: 5,
  epochs: 1000,
};

/** The paper's training, which is also the default. */
const byUser: TrainingOptionsInput = {
  sampler: "by-user",
  batchSize: 1024,
  learningRate: 5e-4,
  regularisation: 1e-5,
  validateEvery: 5,
  epochs: 200,
};

const baby: readonly Configuration[] = [
  { name: "lattice-lightgcn-by-interaction", model: "lattice", backbone: "lightgcn", options: byInteraction },
  { name: "lattice-lightgcn-by-user", model: "lattice", backbone: "lightgcn", options: byUser },
  { name: "lattice-mf-by-user", model: "lattice", backbone: "mf", options: byUser },
  { name: "lattice-ngcf-by-user", model: "lattice", backbone: "ngcf", options: byUser },
  { name: "lightgcn-by-user", model: "lightgcn", options: byUser },
  { name: "ngcf-by-user", model: "ngcf", options: byUser },
  { name: "mf-by-user", model: "mf", options: byUser },
  { name: "lightgcn-by-interaction", model: "lightgcn", options: { ...byInteraction, learningRate: 1e-3 } },
];

const lfm2k: readonly Configuration[] = [
  { name: "lattice-text-audio", model: "lattice", backbone: "lightgcn", options: byInteraction },
  {
    name: "lattice-text",
    model: "lattice",
    backbone: "lightgcn",
    options: { ...byInteraction, modalities: ["text"] },
  },
  {
    name: "lattice-audio",
    model: "lattice",
    backbone: "lightgcn",
    options: { ...byInteraction, modalities: ["audio"] },
  },
  { name: "lightgcn", model: "lightgcn", options: byInteraction },
];

/** @returns the configurations of a suite, in the order they are run. */
export function suite(name: SuiteName): readonly Configuration[] {
  switch (name) {
    case "ml100k":
      return ml100k;
    case "baby":
      return baby;
    case "lfm2k":
      return lfm2k;
  }
}
