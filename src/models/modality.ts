/**
 * One modality as LATTICE holds it: raw features with their projection F = X Wᵀ + b (absent for a modality that is only a neighbour
 * list), and the constant initial graph S̃, from the features or from the list (specification, sections 1 and 2). Items that lack the
 * modality have no row in it: no features, no neighbours, and nobody has them as one.
 */
import type { Modality, NeighbourFile } from "../data/dataset.ts";
import type { Engine, Floats, Pattern } from "../engine/engine.ts";
import { type NeighbourMatrix, nearestNeighboursInBlocks, neighbourMatrix } from "../graph/neighbours.ts";
import { clearRows, type FeatureTable, type RowReader } from "../tensor/features.ts";
import {
  createParameter,
  createStreamedParameter,
  type Parameter,
  parameterOver,
  releaseParameter,
} from "../tensor/parameter.ts";
import { matrixRows, zeros } from "../tensor/tape.ts";
import { fillUniform, type RandomStreams } from "./initialise.ts";
import { withoutMissing } from "./missing-modalities.ts";

/** Normalised initial graph S̃ in long-lived engine memory. */
export interface InitialGraph {
  readonly pattern: Pattern;
  readonly values: Floats;
}

export interface Projection {
  readonly table: FeatureTable;
  readonly weight: Parameter;
  readonly bias: Parameter;
}

export interface ModalityState {
  readonly name: string;
  readonly initial: InitialGraph;
  /** What the initial graph was made of, before normalisation; ordinary arrays. */
  readonly neighbours: NeighbourFile;
  readonly projection?: Projection | undefined;
  /** Items without this modality, ascending. Absent: none. */
  readonly missing?: Int32Array | undefined;
  dispose(): void;
}

/** Reads a feature source into a matrix, in the given unit, and zeros where there is nothing to read. */
function reader({ features, missing }: Modality, unit: number): RowReader {
  return (from, to, into) => {
    features?.read(from, to, into.data);
    if (unit !== 1) for (let e = 0; e < (to - from) * into.columns; e++) into.data[e] *= unit;
    clearRows(missing, into, from);
  };
}

/** Where the raw features live: in the engine, or streamed when `resident` is false. @param unit what they are multiplied by */
export function loadFeatures(
  engine: Engine,
  modality: Modality,
  trained: boolean,
  resident: boolean,
  unit = 1,
): FeatureTable | undefined {
  const { features, name, missing } = modality;
  if (features === undefined) return undefined;
  const { rows, columns } = features;
  const parameterName = `features.${name}`;
  const read = reader(modality, unit);
  if (resident) {
    const matrix = zeros(engine, rows, columns);
    read(0, rows, matrix);
    return {
      rows,
      columns,
      missing,
      resident: matrix,
      parameter: trained ? parameterOver(engine, parameterName, matrix) : undefined,
    };
  }
  if (!trained) return { rows, columns, missing, read };
  const parameter = createStreamedParameter(engine, parameterName, rows, columns);
  read(0, rows, parameter.value);
  return {
    rows,
    columns,
    missing,
    parameter,
    read: (from, to, into) => into.data.set(matrixRows(parameter.value, from, to).data),
  };
}

/** How far the building of an initial graph has come; awaited between blocks so that the caller stays responsive. */
export type GraphProgress = (modality: string, share: number) => Promise<void>;

/** S̃ = D^-½ Ŝ D^-½ in place of Ŝ, D the row sums. */
function normaliseInPlace(engine: Engine, { pattern, values }: NeighbourMatrix): InitialGraph {
  const normalised = engine.floats(values.length);
  const scale = engine.floats(pattern.rows);
  engine.symmetricNormalise(pattern, values, scale, normalised);
  engine.release(scale);
  engine.release(values);
  return { pattern, values: normalised };
}

/** Neighbour lists behind an initial graph; ordinary arrays. */
export interface InitialNeighbours {
  readonly width: number;
  /** items × width; -1 pads. */
  readonly indices: Int32Array;
  readonly cosines: Floats;
}

/** From the dataset's neighbour list where there is one, else the k nearest by features. */
export async function initialNeighbours(
  engine: Engine,
  modality: Modality,
  table: FeatureTable | undefined,
  k: number,
  progress: GraphProgress,
): Promise<InitialNeighbours> {
  if (modality.neighbours !== undefined) return withoutMissing(modality.neighbours, modality.missing);
  if (table === undefined) return { width: 0, indices: new Int32Array(0), cosines: new Float32Array(0) };
  const lists = await nearestNeighboursInBlocks(engine, table, k, (share) => progress(modality.name, share));
  const neighbours = { width: k, indices: lists.indices.slice(), cosines: lists.values.slice() };
  engine.release(lists.indices);
  engine.release(lists.values);
  return neighbours;
}

/** The lists as a run keeps them. */
export const neighbourFile = (items: number, { width, indices, cosines }: InitialNeighbours): NeighbourFile => ({
  rows: items,
  width,
  indices,
  cosines: Float32Array.from(cosines),
});

export interface ModalityOptions {
  readonly neighbours: number;
  readonly featureEmbeddingSize: number;
  readonly trained: boolean;
  readonly resident: boolean;
  /** False where the learned graph has no share: no features are loaded beyond what the initial graph needs. */
  readonly learned: boolean;
}

/** Loads the features, builds the initial graph and initialises the projection. Outside a step. */
export async function createModality(
  engine: Engine,
  modality: Modality,
  items: number,
  options: ModalityOptions,
  random: RandomStreams,
  progress: GraphProgress,
): Promise<ModalityState> {
  const { name, missing } = modality;
  const needed = options.learned || modality.neighbours === undefined;
  const table = needed
    ? loadFeatures(engine, modality, options.trained && options.learned, options.resident)
    : undefined;
  const lists = await initialNeighbours(engine, modality, table, options.neighbours, progress);
  const neighbours = neighbourFile(items, lists);
  const graph = normaliseInPlace(engine, neighbourMatrix(engine, items, lists.width, lists.indices, lists.cosines));
  const releaseTable = (): void => {
    if (table?.parameter !== undefined) releaseParameter(engine, table.parameter);
    else if (table?.resident !== undefined) engine.release(table.resident.data);
  };
  const releaseGraph = (): void => {
    for (const array of [graph.pattern.rowPointers, graph.pattern.columnIndices, graph.values]) engine.release(array);
  };
  if (table === undefined || !options.learned) {
    releaseTable();
    return { name, initial: graph, neighbours, missing, dispose: releaseGraph };
  }
  const weight = createParameter(engine, `projection.${name}.weight`, options.featureEmbeddingSize, table.columns);
  const bias = createParameter(engine, `projection.${name}.bias`, 1, options.featureEmbeddingSize);
  for (const parameter of [weight, bias]) {
    fillUniform(parameter.value, 1 / Math.sqrt(table.columns), random(`parameters/${parameter.name}`));
  }
  return {
    name,
    initial: graph,
    neighbours,
    missing,
    projection: { table, weight, bias },
    dispose: () => {
      releaseGraph();
      releaseTable();
      releaseParameter(engine, weight);
      releaseParameter(engine, bias);
    },
  };
}
