/**
 * GRCN (Wei et al. 2020): the user–item graph is refined by what the contents say of its edges, then ids travel over it. For each modality m,
 * with f_i an item's features, projected, φ leaky ReLU, of length 1, and p_u a user's prototype, T times routed among the user's items:
 *   p_u ← normalised(p_u + Σ_{i ∈ N_u} softmax_i(p_u · f_i) f_i),
 *   s_ab = softmax over the neighbours b of a of x_a · x_b, x a prototype or features;   z_a = x_a + Σ_b s_ab x_b.
 * An edge into a counts what the modality says that a trusts most, and nothing where a trusts none of it:
 *   w_ab = max(0, max_m c_am s_ab^m),   e^(l+1) = W e^(l),   x̂ = [Σ_l e^(l) | z of each modality],
 * trained with BPR. An item that lacks a modality has no edges in it.
 */
import type { Interactions } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { createBipartiteGraph, type Side } from "../graph/bipartite.ts";
import { add, leakyRelu, normaliseRows, weightedSum } from "../tensor/dense-operations.ts";
import {
  edgeProducts,
  graphOfEdges,
  largestOfEdges,
  reorderedEdges,
  softmaxOfEdges,
} from "../tensor/edge-operations.ts";
import { scaleEntriesByRow } from "../tensor/graph-operations.ts";
import { createParameter, type Parameter, releaseParameter } from "../tensor/parameter.ts";
import { concatenateColumns } from "../tensor/row-operations.ts";
import type { RowSelection } from "../tensor/sparse-operations.ts";
import type { Tape, Variable } from "../tensor/tape.ts";
import { propagate, select } from "./backbones/propagation.ts";
import { type EmbeddingTable, embeddings } from "./embedding-table.ts";
import type { FeatureProjection } from "./feature-projection.ts";
import { fillXavier, type RandomStreams } from "./initialise.ts";
import type { Model } from "./model.ts";
import { createRankingModel } from "./ranking-model.ts";
import { userSelection } from "./selection.ts";

export interface GrcnParts {
  readonly engine: Engine;
  readonly train: Interactions;
  /** e */
  readonly table: EmbeddingTable;
  readonly projections: readonly FeatureProjection[];
  /** Layers that the ids travel. */
  readonly layers: number;
  /** T */
  readonly routing: number;
  /** Columns of prototypes and features. */
  readonly featureSize: number;
  readonly random: RandomStreams;
}

/** Slope of the leaky ReLU, as released. */
const slope = 0.01;

/** One variable for the users and one for the items. */
type Sides = Readonly<Record<Side, Variable>>;

export function createGrcn(parts: GrcnParts): Model {
  const { engine, table, projections, layers, routing, featureSize, random } = parts;
  const users = table.userCount;
  const items = table.items.value.rows;
  const graph = createBipartiteGraph(engine, parts.train);
  const views = projections.map((projection) => {
    const parameter = (kind: string, rows: number, columns: number): Parameter =>
      createParameter(engine, `grcn.${projection.name}.${kind}`, rows, columns);
    const prototypes = parameter("prototypes", users, featureSize);
    const trust = { users: parameter("userTrust", users, 1), items: parameter("itemTrust", items, 1) };
    fillXavier(prototypes.value, random(`parameters/${prototypes.name}`));
    for (const side of Object.values(trust)) engine.fill(side.value.data, 1);
    return { projection, prototypes, trust, leftOut: graph.edgesOf(projection.table.missing) };
  });
  const own = views.flatMap(({ prototypes, trust }) => [prototypes, trust.users, trust.items]);

  /** What a modality says: s on both sides, and x. */
  const refine = (tape: Tape, { projection, leftOut }: (typeof views)[number], prototypes: Variable) => {
    const features = normaliseRows(tape, leakyRelu(tape, projection.forward(tape, undefined), slope));
    let p = normaliseRows(tape, prototypes);
    const towards = (): Variable => edgeProducts(tape, p, features, graph.users);
    for (let t = 0; t < routing; t++) {
      const shares = softmaxOfEdges(tape, towards(), graph.users.pattern, leftOut.users);
      const taken = propagate(tape, graphOfEdges(tape, shares, graph.users), features, undefined);
      p = normaliseRows(tape, add(tape, p, taken));
    }
    const products = towards();
    const ofItems = reorderedEdges(tape, products, graph.users.order, graph.items.order);
    return {
      x: { users: p, items: features },
      s: {
        users: softmaxOfEdges(tape, products, graph.users.pattern, leftOut.users),
        items: softmaxOfEdges(tape, ofItems, graph.items.pattern, leftOut.items),
      },
    };
  };

  return createRankingModel({
    engine,
    name: "grcn",
    users,
    items,
    parameters: [table.users, table.items, ...own, ...projections.flatMap((projection) => projection.parameters)],
    graphSeconds: 0,
    initialNeighbours: {},
    forward: (tape, selection) => {
      const wanted: Readonly<Record<Side, RowSelection | undefined>> = {
        users: selection && userSelection(selection, users),
        items: selection?.items,
      };
      const e = embeddings(tape, table);
      const leaves = views.map(({ prototypes, trust }) => ({
        prototypes: tape.parameter(prototypes),
        trust: { users: tape.parameter(trust.users), items: tape.parameter(trust.items) },
      }));
      const refined = views.map((view, m) => refine(tape, view, leaves[m].prototypes));

      const weights = (side: Side) => {
        const trusted = refined.map(({ s }, m) =>
          scaleEntriesByRow(tape, s[side], leaves[m].trust[side], graph[side].pattern),
        );
        return graphOfEdges(tape, leakyRelu(tape, largestOfEdges(tape, trusted), 0), graph[side]);
      };
      const w = { users: weights("users"), items: weights("items") };
      const start = normaliseRows(tape, e);
      let ids: Sides = { users: tape.rows(start, 0, users), items: tape.rows(start, users, users + items) };
      const travelled = [
        { users: select(tape, ids.users, wanted.users), items: select(tape, ids.items, wanted.items) },
      ];
      for (let layer = 1; layer <= layers; layer++) {
        const last = layer === layers;
        const next: Sides = {
          users: propagate(tape, w.users, ids.items, last ? wanted.users : undefined),
          items: propagate(tape, w.items, ids.users, last ? wanted.items : undefined),
        };
        travelled.push(
          last
            ? next
            : { users: select(tape, next.users, wanted.users), items: select(tape, next.items, wanted.items) },
        );
        ids = next;
      }

      const final = (side: Side, other: Side): Variable =>
        concatenateColumns(tape, [
          weightedSum(
            tape,
            travelled.map((of) => ({ weight: 1, of: of[side] })),
          ),
          ...refined.map(({ x, s }) =>
            add(
              tape,
              select(tape, x[side], wanted[side]),
              propagate(tape, graphOfEdges(tape, s[side], graph[side]), x[other], wanted[side]),
            ),
          ),
        ]);
      return {
        users: final("users", "items"),
        items: final("items", "users"),
        regularised:
          selection === undefined
            ? []
            : [
                select(tape, e, selection.nodes),
                ...leaves.flatMap(({ prototypes, trust }) => [
                  select(tape, prototypes, wanted.users),
                  select(tape, trust.users, wanted.users),
                  select(tape, trust.items, wanted.items),
                ]),
              ],
      };
    },
    dispose: () => {
      graph.dispose();
      for (const projection of projections) projection.dispose();
      for (const parameter of own) releaseParameter(engine, parameter);
      table.dispose();
    },
  });
}
