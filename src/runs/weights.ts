/**
 * `weights.safetensors`: the model's parameters under their own names, and what recommending and evaluating need without
 * the dataset — final embeddings, the item graph, neighbour lists, interactions. Nothing volatile goes in (no time, path or
 * number of threads), so that the same seed gives the same bytes.
 *
 * | tensor | shape |
 * |---|---|
 * | a parameter's name | as the parameter |
 * | `final.users`, `final.items` | users × d, items × d; d = 0 where the item graph is what scores |
 * | `itemGraph.rowPointers`, `.columnIndices`, `.values` | items + 1, entries, entries |
 * | `itemGraph.shares.<modality>` | items: the weight of the modality in each item's row of the graph |
 * | `itemGraph.learned.<modality>.rowPointers`, `.columnIndices`, `.values` | items + 1, entries, entries: the learned graph's cosines |
 * | `neighbours.<modality>.indices`, `.cosines` | items × width; index -1 pads |
 * | `interactions.<split>.rowPointers`, `.items` | users + 1, pairs |
 * | `interactions.dislikes.rowPointers`, `.items` | likewise, where users dislike anything |
 */
import type { Interactions, NeighbourFile, Split } from "../data/dataset.ts";
import {
  openSafetensors,
  type SafetensorsFile,
  type Tensor,
  type TensorValues,
  tensorTypeOf,
  writeSafetensors,
} from "../data/safetensors.ts";
import type { Floats, Ints, Matrix, Pattern } from "../engine/engine.ts";
import { RunError } from "../errors.ts";
import type { GraphEvidence } from "../models/graph-evidence.ts";

/** G with its values written out; rows and columns are items. */
export interface StoredItemGraph extends Pattern {
  readonly values: Floats;
}

export interface RunWeights {
  readonly parameters: readonly { readonly name: string; readonly value: Matrix }[];
  readonly users: Matrix;
  readonly items: Matrix;
  /** Absent for models without one. */
  readonly itemGraph?: StoredItemGraph | undefined;
  /** What the item graph rests on, for explanations; absent for models without one, and in runs that were written before it was kept. */
  readonly graphEvidence?: GraphEvidence | undefined;
  /** Nearest neighbours by raw features (or as the dataset brought them), by modality; empty for models that use none. */
  readonly neighbours: Readonly<Record<string, NeighbourFile>>;
  readonly interactions: Readonly<Record<Split, Interactions>>;
  /** What users do not want, never to be recommended to them. Absent: nobody said anything. */
  readonly dislikes?: Interactions | undefined;
}

/** The item graph where it is what scores, ŷ_ui = Σ S_ij over the user's training items j: then the embeddings have no columns. */
export const itemScoresOf = ({
  items,
  itemGraph,
}: Pick<RunWeights, "items" | "itemGraph">): StoredItemGraph | undefined =>
  items.columns === 0 ? itemGraph : undefined;

export const splits: readonly Split[] = ["train", "validation", "test"];

const matrixTensor = (name: string, { rows, columns, data }: Matrix): Tensor => ({
  name,
  shape: [rows, columns],
  dtype: tensorTypeOf(data),
  data,
});

const vectorTensor = (name: string, data: Floats | Ints): Tensor => ({
  name,
  shape: [data.length],
  dtype: tensorTypeOf(data),
  data,
});

function tensorsOf(weights: RunWeights): Tensor[] {
  const tensors = weights.parameters.map(({ name, value }) => matrixTensor(name, value));
  tensors.push(matrixTensor("final.users", weights.users), matrixTensor("final.items", weights.items));
  const pushGraph = (name: string, { rowPointers, columnIndices, values }: StoredItemGraph): void => {
    tensors.push(
      vectorTensor(`${name}.rowPointers`, rowPointers),
      vectorTensor(`${name}.columnIndices`, columnIndices),
      vectorTensor(`${name}.values`, values),
    );
  };
  if (weights.itemGraph !== undefined) pushGraph("itemGraph", weights.itemGraph);
  const { shares = {}, learned = {} } = weights.graphEvidence ?? {};
  for (const [modality, values] of Object.entries(shares)) {
    tensors.push(vectorTensor(`itemGraph.shares.${modality}`, values));
  }
  for (const [modality, graph] of Object.entries(learned)) pushGraph(`itemGraph.learned.${modality}`, graph);
  for (const [modality, { rows, width, indices, cosines }] of Object.entries(weights.neighbours)) {
    const shape = [rows, width];
    tensors.push({ name: `neighbours.${modality}.indices`, shape, dtype: "I32", data: indices });
    tensors.push({ name: `neighbours.${modality}.cosines`, shape, dtype: "F32", data: cosines });
  }
  const pushInteractions = (name: string, { rowPointers, columnIndices }: Interactions): void => {
    tensors.push(vectorTensor(`interactions.${name}.rowPointers`, rowPointers));
    tensors.push(vectorTensor(`interactions.${name}.items`, columnIndices));
  };
  for (const split of splits) pushInteractions(split, weights.interactions[split]);
  if (weights.dislikes !== undefined) pushInteractions("dislikes", weights.dislikes);
  return tensors;
}

/** Writes the file whole or not at all. */
export function writeWeights(file: string, weights: RunWeights): void {
  writeSafetensors(file, tensorsOf(weights), { format: "latticework-run" });
}

const isFloats = (data: TensorValues): data is Float32Array | Float64Array =>
  data instanceof Float32Array || data instanceof Float64Array;

type StoredWeights = Omit<RunWeights, "parameters">;

function collect(file: string, stored: SafetensorsFile): StoredWeights {
  const tensor = (name: string): Tensor => {
    if (!stored.has(name)) throw new RunError(`${file} has no tensor ${name}; train the run again`);
    return stored.read(name);
  };
  const matrix = (name: string): Matrix => {
    const { shape, data } = tensor(name);
    const [rows, columns] = shape;
    if (rows === undefined || columns === undefined || shape.length !== 2 || !isFloats(data)) {
      throw new RunError(`${file}: tensor ${name} has shape [${shape}], expected a matrix of floats`);
    }
    return { rows, columns, data };
  };
  const ints = (name: string): Ints => {
    const { data } = tensor(name);
    if (data instanceof Int32Array) return data;
    throw new RunError(`${file}: tensor ${name} is not of type I32`);
  };
  const floats = (name: string): Floats => {
    const { data } = tensor(name);
    if (isFloats(data)) return data;
    throw new RunError(`${file}: tensor ${name} is not of type F32 or F64`);
  };
  const users = matrix("final.users");
  const items = matrix("final.items");
  const interactions = (name: Split | "dislikes"): Interactions => ({
    rows: users.rows,
    columns: items.rows,
    rowPointers: ints(`interactions.${name}.rowPointers`),
    columnIndices: ints(`interactions.${name}.items`),
  });
  const neighbours: Record<string, NeighbourFile> = {};
  for (const { name } of stored.tensors) {
    const modality = /^neighbours\.(.*)\.indices$/.exec(name)?.[1];
    if (modality === undefined) continue;
    const { rows, columns: width, data } = matrix(`neighbours.${modality}.cosines`);
    neighbours[modality] = { rows, width, indices: ints(name), cosines: Float32Array.from(data) };
  }
  const graph = (name: string): StoredItemGraph => ({
    rows: items.rows,
    columns: items.rows,
    rowPointers: ints(`${name}.rowPointers`),
    columnIndices: ints(`${name}.columnIndices`),
    values: floats(`${name}.values`),
  });
  const shares: Record<string, Floats> = {};
  const learned: Record<string, StoredItemGraph> = {};
  for (const { name } of stored.tensors) {
    const shared = /^itemGraph\.shares\.(.*)$/.exec(name)?.[1];
    if (shared !== undefined) shares[shared] = floats(name);
    const modality = /^itemGraph\.learned\.(.*)\.values$/.exec(name)?.[1];
    if (modality !== undefined) learned[modality] = graph(`itemGraph.learned.${modality}`);
  }
  return {
    users,
    items,
    itemGraph: stored.has("itemGraph.values") ? graph("itemGraph") : undefined,
    graphEvidence: Object.keys(shares).length > 0 ? { shares, learned } : undefined,
    neighbours,
    interactions: { train: interactions("train"), validation: interactions("validation"), test: interactions("test") },
    dislikes: stored.has("interactions.dislikes.items") ? interactions("dislikes") : undefined,
  };
}

/** Reads everything but the parameters back. @throws RunError naming the file and the tensor that is missing or of another type */
export function readWeights(file: string): StoredWeights {
  const stored = openSafetensors(file);
  try {
    return collect(file, stored);
  } finally {
    stored.close();
  }
}
