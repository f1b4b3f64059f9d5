/**
 * LATTICE (Zhang et al. 2021): item affinities H = G^L E over the latent item graph, plugged into a collaborative backbone,
 * x̂_u = x̃_u, x̂_i = x̃_i + h_i / ‖h_i‖₂ (specification, sections 3 and 4). G is built with gradient in the first step of an epoch and is a
 * constant in the others; evaluation builds it from the current parameters.
 */
import type { Engine } from "../engine/engine.ts";
import { bprLoss } from "../tensor/bpr-loss.ts";
import { add, normaliseRows } from "../tensor/dense-operations.ts";
import { softmax } from "../tensor/graph-operations.ts";
import { clearGradients, type Parameter, releaseParameter } from "../tensor/parameter.ts";
import type { RowSelection, SparseOperand } from "../tensor/sparse-operations.ts";
import { Tape, type Variable } from "../tensor/tape.ts";
import type { Backbone } from "./backbones/backbone.ts";
import { propagate, select } from "./backbones/propagation.ts";
import { keepEmbeddings } from "./collaborative.ts";
import { type EmbeddingTable, embeddings } from "./embedding-table.ts";
import { graphEvidence } from "./graph-evidence.ts";
import { type BuiltItemGraph, buildItemGraph, type ItemGraphOptions, releaseItemGraph } from "./item-graph.ts";
import { modalitySets } from "./missing-modalities.ts";
import type { ModalityState } from "./modality.ts";
import type { ItemGraph, Model } from "./model.ts";
import { selectBatch } from "./selection.ts";

export interface LatticeParts {
  readonly engine: Engine;
  readonly table: EmbeddingTable;
  readonly backbone: Backbone;
  readonly modalities: readonly ModalityState[];
  /** a, 1 × M */
  readonly logits: Parameter;
  readonly options: ItemGraphOptions & { readonly itemLayers: number };
  readonly graphSeconds: number;
  readonly disposeGraph: () => void;
}

/** H = G^L E, or the wanted rows of it: the last product is limited to them. */
export function itemAffinities(
  tape: Tape,
  graph: SparseOperand,
  items: Variable,
  layers: number,
  rows: RowSelection | undefined,
): Variable {
  let h = items;
  for (let layer = 1; layer < layers; layer++) h = propagate(tape, graph, h, undefined);
  return layers === 0 ? select(tape, h, rows) : propagate(tape, graph, h, rows);
}

/** LATTICE, with a view of the graph it built last. */
export interface LatticeModel extends Model {
  /** Builds G on a tape, inside a step; the caller releases it with `releaseItemGraph`. */
  buildGraph(tape: Tape): BuiltItemGraph;
}

export function createLattice(parts: LatticeParts): LatticeModel {
  const { engine, table, backbone, modalities, logits, options } = parts;
  const users = table.userCount;
  const items = table.items.value.rows;
  const sets = modalitySets(
    items,
    modalities.map(({ missing }) => missing),
  );
  let current: BuiltItemGraph | undefined;

  const buildGraph = (tape: Tape): BuiltItemGraph => buildItemGraph(tape, modalities, logits, options, items, sets);

  /** G with gradient in the first step of an epoch, the same values as a constant after it. */
  const graphOfStep = (tape: Tape, step: number): SparseOperand => {
    if (step > 0 && current !== undefined) return current.constant;
    if (current !== undefined) releaseItemGraph(engine, current);
    current = buildGraph(tape);
    return current.learned;
  };

  /** x̂ of the selected rows, or of all. */
  const finalRows = (
    tape: Tape,
    graph: SparseOperand,
    nodes: RowSelection | undefined,
    itemRows: RowSelection | undefined,
    userCount: number,
    dropoutKey: number,
  ) => {
    const z = embeddings(tape, table);
    const x = backbone.forward(tape, z, nodes, dropoutKey);
    const h = itemAffinities(tape, graph, tape.rows(z, users, users + items), options.itemLayers, itemRows);
    const itemPart = tape.rows(x, userCount, x.value.rows);
    return { users: tape.rows(x, 0, userCount), items: add(tape, itemPart, normaliseRows(tape, h)) };
  };

  const weightsOf = (values: ArrayLike<number>): Readonly<Record<string, number>> =>
    Object.fromEntries(modalities.map(({ name }, m) => [name, values[m]]));

  const projections = modalities.flatMap(({ projection }) => (projection === undefined ? [] : [projection]));
  const parameters = [
    table.users,
    table.items,
    ...backbone.parameters,
    logits,
    ...projections.flatMap(({ table: features, weight, bias }) =>
      features.parameter === undefined ? [weight, bias] : [weight, bias, features.parameter],
    ),
  ];
  return {
    name: "lattice",
    engine,
    users,
    items,
    parameters,
    graphSeconds: parts.graphSeconds,
    initialNeighbours: Object.fromEntries(modalities.map(({ name, neighbours }) => [name, neighbours])),
    buildGraph,
    loss: (tape, batch, context, lossOptions) => {
      clearGradients(parameters);
      const selection = selectBatch(engine, batch, users, items);
      const graph = graphOfStep(tape, context.step);
      const final = finalRows(tape, graph, selection.nodes, selection.items, selection.userCount, context.dropoutKey);
      const loss = bprLoss(
        tape,
        final.users,
        final.items,
        selection.triples,
        lossOptions.regularisation,
        lossOptions.batchSize,
      );
      tape.backward();
      return loss;
    },
    finalEmbeddings: () =>
      engine.step(() => {
        const tape = new Tape(engine, false);
        const graph = buildGraph(tape);
        const final = finalRows(tape, graph.constant, undefined, undefined, users, 0);
        releaseItemGraph(engine, graph);
        return keepEmbeddings(engine, final.users, final.items);
      }),
    itemGraph: (): ItemGraph =>
      engine.step(() => {
        const built = buildGraph(new Tape(engine, false));
        const { rows, columns, rowPointers, columnIndices } = built.pair.pattern;
        const graph = {
          rows,
          columns,
          rowPointers: rowPointers.slice(),
          columnIndices: columnIndices.slice(),
          values: built.values.slice(),
        };
        const names = modalities.map(({ name }) => name);
        const evidence = graphEvidence(built, names, items, sets);
        releaseItemGraph(engine, built);
        return { graph, modalityWeights: weightsOf(built.parts.weights.value.data), evidence };
      }),
    modalityWeights: () =>
      engine.step(() => {
        const tape = new Tape(engine, false);
        return weightsOf(softmax(tape, tape.parameter(logits)).value.data);
      }),
    dispose: () => {
      if (current !== undefined) releaseItemGraph(engine, current);
      current = undefined;
      for (const modality of modalities) modality.dispose();
      releaseParameter(engine, logits);
      backbone.dispose();
      table.dispose();
      parts.disposeGraph();
    },
  };
}
