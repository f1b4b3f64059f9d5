/** What the models that carry item features over the user–item graph need: their parameters and the temporaries of a step, in floats. */
import type { TrainingShape } from "./estimate-shape.ts";

/** Models that carry features over the user–item graph in every step. */
export type FeatureNetwork = "mmgcn";

export interface NetworkFloats {
  /** Beside the ids' embeddings and the projections. */
  readonly parameters: number;
  readonly training: number;
  readonly evaluation: number;
}

/** A matrix on the tape counts twice in training, for its gradient. @param batch nodes of a batch at most */
export function networkFloats(network: FeatureNetwork, shape: TrainingShape, batch: number): NetworkFloats {
  const { users, items, read, options } = shape;
  const { embeddingSize: d, featureEmbeddingSize: f, layers } = options;
  const nodes = users + items;
  switch (network) {
    case "mmgcn": {
      const start = (items + 2 * nodes) * f + nodes;
      const perLayer = 9 * nodes * d;
      const last = nodes * d + batch * (11 * d + f);
      return {
        parameters: read.length * (users * f + 2 * d * f + d * d + (layers - 1) * 3 * d * d),
        training: 2 * read.length * (start + (layers - 1) * perLayer + last) + (nodes * d + read.length * users * f),
        evaluation: read.length * (start + layers * perLayer) + nodes * d,
      };
    }
  }
}
