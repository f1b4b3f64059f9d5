/** What the models that carry item features over the user–item graph need: their parameters and the temporaries of a step, in floats. */
import type { TrainingShape } from "./estimate-shape.ts";

/** Models that carry features over the user–item graph in every step. */
export type FeatureNetwork = "mmgcn" | "grcn";

export interface NetworkFloats {
  /** Beside the ids' embeddings and the projections. */
  readonly parameters: number;
  /** Of graphs beside the usual one, indices included. */
  readonly graphs: number;
  readonly training: number;
  readonly evaluation: number;
}

/** A matrix on the tape counts twice in training, for its gradient. @param batch nodes of a batch at most */
export function networkFloats(network: FeatureNetwork, shape: TrainingShape, batch: number): NetworkFloats {
  const { users, items, interactions: edges, read, finalColumns, options } = shape;
  const { embeddingSize: d, featureEmbeddingSize: f, layers } = options;
  const nodes = users + items;
  switch (network) {
    case "mmgcn": {
      const start = (items + 2 * nodes) * f + nodes;
      const perLayer = 9 * nodes * d;
      const last = batch * (12 * d + f);
      return {
        parameters: read.length * (users * f + 2 * d * f + d * d + (layers - 1) * 3 * d * d),
        graphs: 0,
        training: 2 * read.length * (start + (layers - 1) * perLayer + last) + (nodes * d + read.length * users * f),
        evaluation: read.length * (start + layers * perLayer) + nodes * d,
      };
    }
    case "grcn": {
      const routing = options.routingIterations;
      const routed = routing * (3 * edges + 3 * users * f + users);
      const view = 3 * items * f + users * f + nodes + routed + 8 * edges;
      const plain = 6 * edges;
      const ids = (rows: number): number => nodes * d + Math.max(0, layers - 1) * nodes * d + rows * (layers + 3) * d;
      const joined = (rows: number): number => rows * finalColumns + read.length * 3 * rows * f;
      const weights = 6 * edges;
      return {
        parameters: read.length * (users * f + nodes),
        graphs: 4 * edges + 2 * nodes,
        training: 2 * (read.length * view + weights + ids(batch) + joined(batch)) + read.length * plain + nodes * d,
        evaluation: read.length * (view + plain) + weights + ids(0) + (layers + 1) * nodes * d + joined(nodes),
      };
    }
  }
}
