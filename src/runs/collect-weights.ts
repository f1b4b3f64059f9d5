/**
 * From a trained model and its dataset to what `weights.safetensors` holds, in ordinary memory: final embeddings, the item
 * graph with its values written out, and the neighbour lists behind the initial graphs.
 */
import type { Dataset } from "../data/dataset.ts";
import type { Floats, Matrix, SparseMatrix } from "../engine/engine.ts";
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
  return {
    parameters: model.parameters,
    users,
    items,
    itemGraph: takeItemGraph(model),
    neighbours: model.initialNeighbours,
    interactions: dataset.interactions,
  };
}
