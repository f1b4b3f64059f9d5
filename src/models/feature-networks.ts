/** From a dataset and options to the models that carry item features over the user–item graph in every step. */
import type { Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";
import { type FeatureModelRequest, featureParts } from "./feature-models.ts";
import { createGrcn } from "./grcn.ts";
import { createMmgcn } from "./mmgcn.ts";
import type { Model } from "./model.ts";

export async function createMmgcnModel(engine: Engine, dataset: Dataset, request: FeatureModelRequest): Promise<Model> {
  const { layers, featureEmbeddingSize: featureSize } = request.options;
  if (layers === 0) {
    throw new ConfigError("option layers: found 0, and mmgcn needs at least 1; train mf or vbpr for none");
  }
  const parts = featureParts(engine, dataset, "mmgcn", request, featureSize, "linear");
  return createMmgcn({ engine, train: dataset.interactions.train, layers, featureSize, ...parts });
}

export async function createGrcnModel(engine: Engine, dataset: Dataset, request: FeatureModelRequest): Promise<Model> {
  const { layers, routingIterations: routing, featureEmbeddingSize: featureSize } = request.options;
  const parts = featureParts(engine, dataset, "grcn", request, featureSize, "linear");
  return createGrcn({ engine, train: dataset.interactions.train, layers, routing, featureSize, ...parts });
}
