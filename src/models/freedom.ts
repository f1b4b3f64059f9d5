/**
 * FREEDOM (Zhou and Shen 2023): a frozen item graph S, and a user–item graph pruned anew every epoch in proportion to
 * 1 / √(d_u d_i):
 *   x̂_u = x̃_u,   x̂_i = x̃_i + (S^L E)_i,   x̃ = LightGCN on the pruned graph (the whole one in evaluation),
 *   loss = BPR(x̂_u, x̂_i) + λ_f Σ_m BPR(x̂_u, W_m x_im + b_m).
 */
import type { Interactions } from "../data/dataset.ts";
import type { Engine, Ints } from "../engine/engine.ts";
import type { FrozenItemGraph } from "../graph/frozen-item-graph.ts";
import { prunePairs } from "../graph/pruning.ts";
import { releaseUserItemGraph, userItemGraph } from "../graph/user-item.ts";
import { add } from "../tensor/dense-operations.ts";
import { bprTerm, differencesTerm } from "../tensor/loss-terms.ts";
import type { SparseOperand } from "../tensor/sparse-operations.ts";
import type { Tape, Variable } from "../tensor/tape.ts";
import { createLightGcn } from "./backbones/lightgcn.ts";
import { propagate, select } from "./backbones/propagation.ts";
import { type EmbeddingTable, embeddings } from "./embedding-table.ts";
import type { FeatureProjection } from "./feature-projection.ts";
import type { RandomStreams } from "./initialise.ts";
import type { Model } from "./model.ts";
import { createRankingModel } from "./ranking-model.ts";
import type { BatchSelection } from "./selection.ts";

export interface FreedomOptions {
  readonly layers: number;
  readonly itemLayers: number;
  /** Share of the pairs that an epoch leaves out. */
  readonly edgeDropout: number;
  /** λ_f */
  readonly featureWeight: number;
}

export interface FreedomParts {
  readonly engine: Engine;
  readonly train: Interactions;
  readonly table: EmbeddingTable;
  readonly itemGraph: FrozenItemGraph;
  readonly projections: readonly FeatureProjection[];
  readonly options: FreedomOptions;
  readonly random: RandomStreams;
  readonly graphSeconds: number;
  readonly initialNeighbours: Model["initialNeighbours"];
}

/**
 * weight · BPR(x̂_u, F). BPR sees differences of two items alone, so that where a batch has fewer triples than items these
 * are projected: F_i − F_j = W (x_i − x_j), from which b drops out.
 */
function featureTerm(
  tape: Tape,
  projection: FeatureProjection,
  users: Variable,
  { items, triples }: BatchSelection,
  weight: number,
): number {
  if (triples.users.length >= items.rows.length) {
    return bprTerm(tape, users, projection.forward(tape, items), triples, weight);
  }
  const numbers = (slots: Ints): Ints => {
    const rows = tape.engine.ints(slots.length);
    for (const [t, slot] of slots.entries()) rows[t] = items.rows[slot];
    return rows;
  };
  const [rows, minus] = [numbers(triples.positives), numbers(triples.negatives)];
  return differencesTerm(tape, users, projection.forward(tape, { rows, minus }), triples.users, weight);
}

export function createFreedom(parts: FreedomParts): Model {
  const { engine, train, table, itemGraph, projections, options, random } = parts;
  const users = table.userCount;
  const items = table.items.value.rows;
  const whole = userItemGraph(engine, train, "symmetric");
  let pruned: SparseOperand | undefined;

  const prune = (epoch: number): void => {
    if (options.edgeDropout === 0) return;
    if (pruned !== undefined) releaseUserItemGraph(engine, pruned);
    const kept = prunePairs(train, 1 - options.edgeDropout, random(`pruning/${epoch}`));
    pruned = engine.keep(() => userItemGraph(engine, kept, "symmetric"));
  };

  return createRankingModel({
    engine,
    name: "freedom",
    users,
    items,
    parameters: [table.users, table.items, ...projections.flatMap((projection) => projection.parameters)],
    graphSeconds: parts.graphSeconds,
    initialNeighbours: parts.initialNeighbours,
    startEpoch: prune,
    forward: (tape, selection) => {
      const e = embeddings(tape, table);
      const graph = selection === undefined ? whole : (pruned ?? whole);
      const x = createLightGcn(graph, options.layers).forward(tape, e, selection?.nodes, 0);
      const userCount = selection?.userCount ?? users;
      let h = tape.rows(e, users, users + items);
      for (let layer = 1; layer < options.itemLayers; layer++) h = propagate(tape, itemGraph.operand, h, undefined);
      h =
        options.itemLayers === 0
          ? select(tape, h, selection?.items)
          : propagate(tape, itemGraph.operand, h, selection?.items);
      return {
        users: tape.rows(x, 0, userCount),
        items: add(tape, tape.rows(x, userCount, x.value.rows), h),
      };
    },
    terms: (tape, final, selection) => {
      let sum = 0;
      for (const projection of projections) {
        sum += featureTerm(tape, projection, final.users, selection, options.featureWeight);
      }
      return sum;
    },
    dispose: () => {
      for (const graph of [whole, pruned]) if (graph !== undefined) releaseUserItemGraph(engine, graph);
      for (const projection of projections) projection.dispose();
      itemGraph.dispose();
      table.dispose();
    },
  });
}
