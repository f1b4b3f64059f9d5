/** What collaborative models of users and items are made of: the embedding table, the user–item graph, and the backbone over both. */
import type { Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { releasePattern } from "../graph/pattern.ts";
import { userItemGraph } from "../graph/user-item.ts";
import type { SparseOperand } from "../tensor/sparse-operations.ts";
import type { Backbone } from "./backbones/backbone.ts";
import { createLightGcn } from "./backbones/lightgcn.ts";
import { createMf } from "./backbones/mf.ts";
import { createNgcf } from "./backbones/ngcf.ts";
import type { BackboneName, ModelOptions } from "./configuration.ts";
import { createEmbeddingTable, type EmbeddingTable } from "./embedding-table.ts";
import type { RandomStreams } from "./initialise.ts";

function createBackbone(
  engine: Engine,
  name: BackboneName,
  graph: SparseOperand | undefined,
  options: ModelOptions,
  random: RandomStreams,
): Backbone {
  if (graph === undefined || name === "mf") return createMf();
  switch (name) {
    case "lightgcn":
      return createLightGcn(graph, options.layers);
    case "ngcf":
      return createNgcf(engine, graph, options, random);
  }
}

export interface BackboneParts {
  readonly backbone: Backbone;
  /** Gives the user–item graph back. */
  readonly disposeGraph: () => void;
}

export interface CollaborativeModelParts extends BackboneParts {
  readonly table: EmbeddingTable;
}

/** A backbone with the graph it propagates over. */
export function backboneParts(
  engine: Engine,
  dataset: Dataset,
  backbone: BackboneName,
  options: ModelOptions,
  random: RandomStreams,
): BackboneParts {
  const graph = backbone === "mf" ? undefined : userItemGraph(engine, dataset.interactions.train, options.adjacency);
  return {
    backbone: createBackbone(engine, backbone, graph, options, random),
    disposeGraph: () => {
      if (graph === undefined) return;
      releasePattern(engine, graph.forward);
      const scale = graph.forward.rowScale;
      if (scale !== undefined) engine.release(scale);
    },
  };
}

export function collaborativeParts(
  engine: Engine,
  dataset: Dataset,
  backbone: BackboneName,
  options: ModelOptions,
  random: RandomStreams,
): CollaborativeModelParts {
  const table = createEmbeddingTable(engine, dataset.users, dataset.items, options.embeddingSize, random);
  return { table, ...backboneParts(engine, dataset, backbone, options, random) };
}
