/**
 * From a trained model and its dataset to what `weights.safetensors` holds, in ordinary memory: final embeddings, the item
 * graph, and the neighbour lists behind the initial graphs.
 */
import type { Dataset } from "../data/dataset.ts";
import type { Matrix } from "../engine/engine.ts";
import type { Model } from "../models/model.ts";
import type { RunWeights } from "./weights.ts";

/**
 * To be called outside `engine.step`. Parameters and neighbour lists are referred to, everything else is copied out of the engine.
 */
export function collectWeights(model: Model, dataset: Dataset): RunWeights {
  const { engine } = model;
  const final = model.finalEmbeddings();
  const copy = ({ rows, columns, data }: Matrix): Matrix => ({ rows, columns, data: data.slice() });
  const users = copy(final.users);
  const items = copy(final.items);
  engine.release(final.users.data);
  engine.release(final.items.data);
  const itemGraph = model.itemGraph();
  return {
    parameters: model.parameters,
    users,
    items,
    itemGraph: itemGraph?.graph,
    graphEvidence: itemGraph?.evidence,
    neighbours: model.initialNeighbours,
    interactions: dataset.interactions,
    dislikes: dataset.dislikes,
  };
}
