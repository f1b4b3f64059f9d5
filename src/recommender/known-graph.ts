/**
 * What the item graph of a trained LATTICE run says about its known items, as far as new ones need it: for each modality the raw
 * features, the projected ones, and D^-½ of the graphs that the run was trained with; the weights α; the affinities of
 * each layer, H^(0) = E, H^(l) = G H^(l−1); and the backbone's part of the final embeddings, x̃_i = x̂_i − h_i / ‖h_i‖ with h = H^(L).
 * Computed once, when the first new item comes.
 */
import { setImmediate } from "node:timers/promises";
import type { FeatureSource, Modality } from "../data/dataset.ts";
import type { Engine, Matrix } from "../engine/engine.ts";
import { RunError } from "../errors.ts";
import { nearestNeighboursInBlocks } from "../graph/neighbours.ts";
import type { Run } from "../runs/open-run.ts";
import type { StoredItemGraph } from "../runs/weights.ts";
import { clearRows, project } from "../tensor/features.ts";
import { softmax } from "../tensor/graph-operations.ts";
import { matrixRows, Tape, zeros } from "../tensor/tape.ts";
import { type StoredParameters, withStoredParameters } from "./stored-parameters.ts";

/** Normalised projected features of the known items and the projection that made them, in long-lived engine memory. */
export interface KnownProjection {
  /** items × d_f */
  readonly rows: Matrix;
  readonly weight: Matrix;
  readonly bias: Matrix;
  /** Row sums of Â_m, by item. */
  readonly sums: Float64Array;
}

export interface KnownModality {
  readonly name: string;
  /** α_m */
  readonly weight: number;
  readonly missing?: Int32Array | undefined;
  /** Absent for a modality that is a neighbour list alone. */
  readonly features?: FeatureSource | undefined;
  /** D_m^-½ of the initial graph, by item. */
  readonly initialScale: Float64Array;
  readonly projection?: KnownProjection | undefined;
}

export interface KnownGraph {
  readonly modalities: readonly KnownModality[];
  /** H^(0) … H^(L−1), items × d each, in long-lived engine memory. */
  readonly affinities: readonly Matrix[];
  /** x̃ of the items, items × d, in long-lived engine memory. */
  readonly collaborative: Matrix;
  dispose(): void;
}

/** s^-½ of each sum, 0 where it is not positive. */
export function inverseRoots(sums: Float64Array): Float64Array {
  return sums.map((sum) => (sum > 0 ? 1 / Math.sqrt(sum) : 0));
}

/** Σ of each row of a neighbour list. */
export function listSums(
  rows: number,
  width: number,
  indices: ArrayLike<number>,
  values: ArrayLike<number>,
): Float64Array {
  const sums = new Float64Array(rows);
  for (let p = 0; p < rows * width; p++) if (indices[p] >= 0) sums[Math.floor(p / width)] += values[p];
  return sums;
}

/** A copy in long-lived engine memory. */
function inEngine(engine: Engine, { rows, columns, data }: Matrix): Matrix {
  const copy = zeros(engine, rows, columns);
  copy.data.set(data);
  return copy;
}

function weightsOf(engine: Engine, logits: Matrix): readonly number[] {
  return engine.step(() => {
    const tape = new Tape(engine, false);
    return Array.from(softmax(tape, tape.constant(inEngine(engine, logits))).value.data);
  });
}

/** F = X Wᵀ + b of the known items, from the features as they were trained or, frozen, as the dataset has them; with W and b, in long-lived memory. */
function projectKnown(engine: Engine, { name, features, missing }: Modality, parameters: StoredParameters) {
  if (features === undefined || !parameters.has(`projection.${name}.weight`)) return undefined;
  const trained = parameters.has(`features.${name}`) ? parameters.read(`features.${name}`) : undefined;
  const weight = inEngine(engine, parameters.read(`projection.${name}.weight`));
  const bias = inEngine(engine, parameters.read(`projection.${name}.bias`));
  const { rows, columns } = features;
  const read = (from: number, to: number, into: Matrix): void => {
    if (trained === undefined) features.read(from, to, into.data);
    else into.data.set(matrixRows(trained, from, to).data);
    clearRows(missing, into, from);
  };
  return engine.step(() => {
    const tape = new Tape(engine, false);
    const table = { rows, columns, missing, read };
    const projected = project(tape, table, tape.constant(weight), tape.constant(bias)).value;
    const kept = engine.keep(() => zeros(engine, rows, weight.rows));
    kept.data.set(projected.data);
    return { rows: kept, weight, bias };
  });
}

/** Rows compared at a time: some hundredths of a second. */
const blockRows = 1024;

/** Whoever is served by the same thread gets its turn between blocks. */
async function graphSums(engine: Engine, projected: Matrix, k: number): Promise<Float64Array> {
  const { rows, columns } = projected;
  const table = { rows, columns, resident: projected };
  const lists = await nearestNeighboursInBlocks(engine, table, k, () => setImmediate(), blockRows);
  try {
    return listSums(rows, k, lists.indices, lists.values);
  } finally {
    engine.release(lists.indices);
    engine.release(lists.values);
  }
}

/** H^(0) … H^(L−1), and H^(L) = `last`, each in engine memory. @param layers L, at least 1 */
function propagated(engine: Engine, graph: StoredItemGraph, embeddings: Matrix, layers: number) {
  const { rows, columns } = graph;
  const rowPointers = engine.ints(graph.rowPointers.length);
  const columnIndices = engine.ints(graph.columnIndices.length);
  const values = engine.floats(graph.values.length);
  rowPointers.set(graph.rowPointers);
  columnIndices.set(graph.columnIndices);
  values.set(graph.values);
  const affinities: Matrix[] = [];
  let last = embeddings;
  for (let layer = 0; layer < layers; layer++) {
    affinities.push(last);
    const next = zeros(engine, rows, embeddings.columns);
    engine.spmm({ rows, columns, rowPointers, columnIndices, values }, last, next);
    last = next;
  }
  for (const array of [rowPointers, columnIndices, values]) engine.release(array);
  return { affinities, last };
}

/** @param modalities those that the run uses, in the order of its weights */
export async function knownGraph(engine: Engine, run: Run, modalities: readonly Modality[]): Promise<KnownGraph> {
  const { neighbours, itemGraph, items: final } = run.weights();
  const { itemLayers, neighbours: k } = run.config.options;
  if (itemGraph === undefined) throw new RunError(`run ${run.folder} has no item graph; train it again`);
  const { weights, projected, embeddings } = withStoredParameters(run.folder, (parameters) => ({
    weights: weightsOf(engine, parameters.read("modality.weights")),
    projected: modalities.map((modality) => projectKnown(engine, modality, parameters)),
    embeddings: inEngine(engine, parameters.read("embedding.items")),
  }));
  const known: KnownModality[] = [];
  for (const [m, { name, missing, features }] of modalities.entries()) {
    const list = neighbours[name];
    const initialScale = inverseRoots(listSums(list.rows, list.width, list.indices, list.cosines));
    const own = projected[m];
    let projection: KnownProjection | undefined;
    if (own !== undefined) {
      projection = { ...own, sums: await graphSums(engine, own.rows, k) };
      engine.step(() => engine.normaliseRows(own.rows, own.rows, engine.floats(own.rows.rows)));
    }
    known.push({ name, weight: weights[m], missing, features, initialScale, projection });
  }
  const { affinities, last } = propagated(engine, itemGraph, embeddings, itemLayers);
  const collaborative = inEngine(engine, final);
  engine.step(() => engine.normaliseRows(last, last, engine.floats(last.rows)));
  engine.scale(-1, last.data, collaborative.data, true);
  engine.release(last.data);
  return {
    modalities: known,
    affinities,
    collaborative,
    dispose: () => {
      const projections = known.flatMap(({ projection }) => (projection === undefined ? [] : [projection]));
      const matrices = [
        ...affinities,
        collaborative,
        ...projections.flatMap(({ rows, weight, bias }) => [rows, weight, bias]),
      ];
      for (const { data } of matrices) engine.release(data);
    },
  };
}
