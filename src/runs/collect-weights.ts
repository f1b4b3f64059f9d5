/**
 * From a trained model and its dataset to what `weights.safetensors` holds, in ordinary memory: final embeddings, the item
 * graph with its values written out, and each modality's neighbours by raw features.
 */
import { setImmediate } from "node:timers/promises";
import type { Dataset, FeatureSource, Modality, NeighbourFile } from "../data/dataset.ts";
import type { Engine, Floats, Matrix, SparseMatrix } from "../engine/engine.ts";
import { nearestNeighboursInBlocks } from "../graph/neighbours.ts";
import type { Model } from "../models/model.ts";
import type { RunWeights, StoredItemGraph } from "./weights.ts";

/** The values with the scales of rows and columns multiplied in. */
function writtenOut(graph: SparseMatrix): Floats {
  const { rows, rowPointers, columnIndices, values, rowScale, columnScale } = graph;
  const out = values === undefined ? new Float32Array(columnIndices.length).fill(1) : values.slice();
  for (let row = 0; row < rows; row++) {
    for (let p = rowPointers[row]; p < rowPointers[row + 1]; p++) {
      out[p] *= (rowScale?.[row] ?? 1) * (columnScale?.[columnIndices[p]] ?? 1);
    }
  }
  return out;
}

function takeItemGraph(model: Model): StoredItemGraph | undefined {
  const graph = model.itemGraph()?.graph;
  if (graph === undefined) return undefined;
  const { rows, columns, rowPointers, columnIndices } = graph;
  const stored = { rows, columns, rowPointers: rowPointers.slice(), columnIndices: columnIndices.slice() };
  const values = writtenOut(graph);
  if (graph.values !== undefined) model.engine.release(graph.values);
  return { ...stored, values };
}

/** The k nearest items by cosine of raw features, as a neighbour list that a dataset could have brought. Outside a step. */
export async function rawNeighbours(engine: Engine, features: FeatureSource, k: number): Promise<NeighbourFile> {
  const { rows, columns } = features;
  const read = (from: number, to: number, into: Matrix): void => {
    const block = into.data instanceof Float32Array ? into.data : new Float32Array((to - from) * columns);
    features.read(from, to, block);
    if (block !== into.data) into.data.set(block);
  };
  const lists = await nearestNeighboursInBlocks(engine, { rows, columns, read }, k, () => setImmediate());
  const neighbours = { rows, width: k, indices: lists.indices.slice(), cosines: Float32Array.from(lists.values) };
  engine.release(lists.indices);
  engine.release(lists.values);
  return neighbours;
}

async function takeNeighbours(
  engine: Engine,
  modalities: readonly Modality[],
  k: number,
): Promise<Record<string, NeighbourFile>> {
  const neighbours: Record<string, NeighbourFile> = {};
  for (const { name, features, neighbours: given } of modalities) {
    const found = given ?? (features && (await rawNeighbours(engine, features, k)));
    if (found !== undefined) neighbours[name] = found;
  }
  return neighbours;
}

/**
 * To be called outside `engine.step`. Parameters are referred to, everything else is copied out of the engine.
 * @param modalities those the model uses; their neighbour lists are kept for models with an item graph
 */
export async function collectWeights(
  model: Model,
  dataset: Dataset,
  modalities: readonly Modality[],
  neighbours: number,
): Promise<RunWeights> {
  const { engine } = model;
  const final = model.finalEmbeddings();
  const copy = ({ rows, columns, data }: Matrix): Matrix => ({ rows, columns, data: data.slice() });
  const users = copy(final.users);
  const items = copy(final.items);
  engine.release(final.users.data);
  engine.release(final.items.data);
  const itemGraph = takeItemGraph(model);
  return {
    parameters: model.parameters,
    users,
    items,
    itemGraph,
    neighbours: itemGraph === undefined ? {} : await takeNeighbours(engine, modalities, neighbours),
    interactions: dataset.interactions,
  };
}
