/**
 * BM3 (Zhou et al. 2023), without negatives: a representation is to predict what dropout leaves of another one,
 *   h_u = x̃_u,   h_i = x̃_i + e_i,   h_m = W_m x_im + b_m,   x̃ = LightGCN,   h̃ = W_p h + b_p,   ḣ = dropout(h) without gradient,
 *   loss = C(h̃_u, ḣ_i) + C(h̃_i, ḣ_u) + λ_c Σ_m (C(h̃_m, ḣ_i) + C(h̃_m, ḣ_m)) + L2 of h_u and h_i,   C(a, b) = 1 − cos(a, b),
 * means over the batch's pairs (u, i). The score is h̃_u · h̃_i. A pair whose item lacks modality m has no terms of m.
 */
import type { Interactions } from "../data/dataset.ts";
import type { Engine, Ints } from "../engine/engine.ts";
import { releaseUserItemGraph, userItemGraph } from "../graph/user-item.ts";
import { add, dropout } from "../tensor/dense-operations.ts";
import { cosineTerm } from "../tensor/loss-terms.ts";
import type { Variable } from "../tensor/tape.ts";
import { createLightGcn } from "./backbones/lightgcn.ts";
import { select } from "./backbones/propagation.ts";
import { type EmbeddingTable, embeddings } from "./embedding-table.ts";
import type { FeatureProjection } from "./feature-projection.ts";
import type { RandomStreams } from "./initialise.ts";
import { createLinearLayer } from "./linear-layer.ts";
import type { Model } from "./model.ts";
import { createRankingModel, type FinalRows } from "./ranking-model.ts";
import type { BatchSelection } from "./selection.ts";

export interface Bm3Options {
  readonly embeddingSize: number;
  readonly layers: number;
  /** Rate at which the targets ḣ lose elements. */
  readonly dropout: number;
  /** λ_c */
  readonly contrastWeight: number;
}

export interface Bm3Parts {
  readonly engine: Engine;
  readonly train: Interactions;
  readonly table: EmbeddingTable;
  readonly projections: readonly FeatureProjection[];
  readonly options: Bm3Options;
  readonly random: RandomStreams;
}

/** h̃ as users and items, and h. */
interface Bm3Rows extends FinalRows {
  readonly onlineUsers: Variable;
  readonly onlineItems: Variable;
}

/** The item slots of the batch's pairs whose item has the modality. */
function pairsWith(engine: Engine, { triples, items }: BatchSelection, missing: Int32Array | undefined): Ints {
  if (missing === undefined || missing.length === 0) return triples.positives;
  const lacking = new Set(missing);
  const having = triples.positives.filter((slot) => !lacking.has(items.rows[slot]));
  const slots = engine.ints(having.length);
  slots.set(having);
  return slots;
}

export function createBm3({ engine, train, table, projections, options, random }: Bm3Parts): Model {
  const users = table.userCount;
  const items = table.items.value.rows;
  const size = options.embeddingSize;
  const graph = userItemGraph(engine, train, "symmetric");
  const lightGcn = createLightGcn(graph, options.layers);
  const predictor = createLinearLayer(
    engine,
    "bm3.predictor",
    { outputs: size, inputs: size, start: "xavier" },
    random,
  );

  return createRankingModel<Bm3Rows>({
    engine,
    name: "bm3",
    users,
    items,
    parameters: [
      table.users,
      table.items,
      ...predictor.parameters,
      ...projections.flatMap((projection) => projection.parameters),
    ],
    graphSeconds: 0,
    initialNeighbours: {},
    ranks: false,
    forward: (tape, selection) => {
      const e = embeddings(tape, table);
      const x = lightGcn.forward(tape, e, selection?.nodes, 0);
      const userCount = selection?.userCount ?? users;
      const onlineUsers = tape.rows(x, 0, userCount);
      const own = select(tape, tape.rows(e, users, users + items), selection?.items);
      const onlineItems = add(tape, tape.rows(x, userCount, x.value.rows), own);
      return {
        regularised: [onlineUsers, onlineItems],
        onlineUsers,
        onlineItems,
        users: predictor.forward(tape, onlineUsers),
        items: predictor.forward(tape, onlineItems),
      };
    },
    terms: (tape, final, selection, { dropoutKey }) => {
      const target = (h: Variable, place: number): Variable =>
        dropout(tape, tape.stopGradient(h), options.dropout, (dropoutKey + place) | 0);
      const { users: userSlots, positives } = selection.triples;
      const targetItems = target(final.onlineItems, 1);
      let sum = cosineTerm(tape, final.users, targetItems, userSlots, positives, 1);
      sum += cosineTerm(tape, final.items, target(final.onlineUsers, 0), positives, userSlots, 1);
      projections.forEach((projection, m) => {
        const pairs = pairsWith(engine, selection, projection.table.missing);
        if (pairs.length === 0) return;
        const weight = (options.contrastWeight * pairs.length) / positives.length;
        const features = projection.forward(tape, selection.items);
        const predicted = predictor.forward(tape, features);
        sum += cosineTerm(tape, predicted, targetItems, pairs, pairs, weight);
        sum += cosineTerm(tape, predicted, target(features, 2 + m), pairs, pairs, weight);
      });
      return sum;
    },
    dispose: () => {
      releaseUserItemGraph(engine, graph);
      for (const part of [...projections, predictor, table]) part.dispose();
    },
  });
}
