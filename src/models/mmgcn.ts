/**
 * MMGCN (Wei et al. 2019): a graph convolution over users and items for each modality m, held together by id embeddings e. With a the
 * mean over a node's neighbours and x^(0) a user's preference, or an item's features, projected and of length 1:
 *   h = φ(W₁ a(x^(l))),   x̃ = φ(W₂ x^(l)) + e,   x^(l+1) = φ(W₃ h + x̃),   φ leaky ReLU,
 *   x̂ = mean over the modalities of x^(L),
 * trained with BPR. An item that lacks a modality starts it at 0: it then says nothing to its users that is not collaborative.
 */
import type { Interactions } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { releaseUserItemGraph, userItemGraph } from "../graph/user-item.ts";
import { add, leakyRelu, mean, normaliseRows } from "../tensor/dense-operations.ts";
import { createParameter, type Parameter, releaseParameter } from "../tensor/parameter.ts";
import { productTransposed } from "../tensor/products.ts";
import { concatenateRows } from "../tensor/row-operations.ts";
import type { Tape, Variable } from "../tensor/tape.ts";
import { propagate, select } from "./backbones/propagation.ts";
import { type EmbeddingTable, embeddings } from "./embedding-table.ts";
import type { FeatureProjection } from "./feature-projection.ts";
import { fillXavier, type RandomStreams } from "./initialise.ts";
import type { Model } from "./model.ts";
import { createRankingModel } from "./ranking-model.ts";
import { type BatchSelection, userSelection } from "./selection.ts";

export interface MmgcnParts {
  readonly engine: Engine;
  readonly train: Interactions;
  /** e */
  readonly table: EmbeddingTable;
  readonly projections: readonly FeatureProjection[];
  /** L, at least 1. */
  readonly layers: number;
  /** Columns of x^(0). */
  readonly featureSize: number;
  readonly random: RandomStreams;
}

/** Slope of the leaky ReLU, as released. */
const slope = 0.01;

/** The weights of a layer, d × columns of its input and d × d. */
interface Layer {
  readonly neighbours: Parameter;
  readonly self: Parameter;
  readonly combination: Parameter;
}

export function createMmgcn(parts: MmgcnParts): Model {
  const { engine, table, projections, random, layers, featureSize } = parts;
  const users = table.userCount;
  const items = table.items.value.rows;
  const size = table.joint.columns;
  const graph = userItemGraph(engine, parts.train, "neighbour-mean");
  const created: Parameter[] = [];
  const parameter = (name: string, rows: number, columns: number): Parameter => {
    const made = createParameter(engine, `mmgcn.${name}`, rows, columns);
    fillXavier(made.value, random(`parameters/${made.name}`));
    created.push(made);
    return made;
  };
  const views = projections.map((projection) => ({
    projection,
    preference: parameter(`${projection.name}.preference`, users, featureSize),
    layers: Array.from({ length: layers }, (_, l): Layer => {
      const columns = l === 0 ? featureSize : size;
      return {
        neighbours: parameter(`${projection.name}.${l}.neighbours`, size, columns),
        self: parameter(`${projection.name}.${l}.self`, size, columns),
        combination: parameter(`${projection.name}.${l}.combination`, size, size),
      };
    }),
  }));
  const weighed = (tape: Tape, x: Variable, weight: Parameter): Variable =>
    productTransposed(tape, x, tape.parameter(weight));

  return createRankingModel({
    engine,
    name: "mmgcn",
    users,
    items,
    parameters: [table.users, table.items, ...created, ...projections.flatMap((projection) => projection.parameters)],
    graphSeconds: 0,
    initialNeighbours: {},
    forward: (tape, selection: BatchSelection | undefined) => {
      const e = embeddings(tape, table);
      const preferences = views.map(({ preference }) => tape.parameter(preference));
      const of = views.map((view, m) => {
        let x = normaliseRows(tape, concatenateRows(tape, [preferences[m], view.projection.forward(tape, undefined)]));
        view.layers.forEach((layer, l) => {
          const wanted = l === layers - 1 ? selection?.nodes : undefined;
          // The mean of products is the product of the mean, which the last layer has to take at the wanted rows alone.
          const h = leakyRelu(tape, weighed(tape, propagate(tape, graph, x, wanted), layer.neighbours), slope);
          const own = leakyRelu(tape, weighed(tape, select(tape, x, wanted), layer.self), slope);
          const self = add(tape, own, select(tape, e, wanted));
          x = leakyRelu(tape, add(tape, weighed(tape, h, layer.combination), self), slope);
        });
        return x;
      });
      const x = mean(tape, of);
      const userCount = selection?.userCount ?? users;
      return {
        users: tape.rows(x, 0, userCount),
        items: tape.rows(x, userCount, x.value.rows),
        regularised:
          selection === undefined
            ? []
            : [
                select(tape, e, selection.nodes),
                ...preferences.map((preference) => select(tape, preference, userSelection(selection, users))),
              ],
      };
    },
    dispose: () => {
      releaseUserItemGraph(engine, graph);
      for (const projection of projections) projection.dispose();
      for (const made of created) releaseParameter(engine, made);
      table.dispose();
    },
  });
}
