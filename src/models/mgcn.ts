/**
 * MGCN (Yu et al. 2023). Behaviour purifies features, each modality has an item graph of its own, and behaviour says which modality matters:
 *   p_m = e_i ∘ σ(W_m′ (W_m x_im + b_m) + b_m′),   h_m = S̃_m^L p_m at items, R h_m at users,   x̃ = LightGCN,
 *   c = Σ_m α_m h_m by attention,   s = (c + Σ_m σ(P_m x̃ + o_m) ∘ (h_m − c)) / (M + 1),   x̂ = x̃ + s,
 *   loss = BPR(x̂) + λ_c (InfoNCE of s and x̃ at the users + the same at the positives).
 */
import type { Interactions } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import type { FrozenItemGraph } from "../graph/frozen-item-graph.ts";
import { releaseUserItemGraph, userItemGraph } from "../graph/user-item.ts";
import { userItemBlock } from "../graph/user-item-block.ts";
import { sigmoid } from "../tensor/activations.ts";
import { add, multiplyElements, weightedSum } from "../tensor/dense-operations.ts";
import { infoNceTerm } from "../tensor/loss-terms.ts";
import { scaleRows } from "../tensor/row-operations.ts";
import { gatherRows } from "../tensor/sparse-operations.ts";
import type { Tape, Variable } from "../tensor/tape.ts";
import { createAttention, type Presence } from "./attention.ts";
import { createLightGcn } from "./backbones/lightgcn.ts";
import { propagate, select } from "./backbones/propagation.ts";
import { type EmbeddingTable, embeddings } from "./embedding-table.ts";
import type { FeatureProjection } from "./feature-projection.ts";
import type { RandomStreams } from "./initialise.ts";
import { createLinearLayer } from "./linear-layer.ts";
import type { Model } from "./model.ts";
import { modalityPresence } from "./presence.ts";
import { createRankingModel, type FinalRows } from "./ranking-model.ts";
import { distinctSlots, userSelection } from "./selection.ts";

export interface MgcnOptions {
  readonly embeddingSize: number;
  readonly layers: number;
  readonly itemLayers: number;
  /** λ_c */
  readonly contrastWeight: number;
  /** τ of InfoNCE. */
  readonly temperature: number;
}

export interface MgcnParts {
  readonly engine: Engine;
  readonly train: Interactions;
  readonly table: EmbeddingTable;
  /** With the item graph of the same modality. */
  readonly modalities: readonly { readonly projection: FeatureProjection; readonly itemGraph: FrozenItemGraph }[];
  readonly options: MgcnOptions;
  readonly random: RandomStreams;
  readonly graphSeconds: number;
  readonly initialNeighbours: Model["initialNeighbours"];
}

/** The views that are to agree: x̃ and s of the same rows. */
interface Views {
  readonly behaviour: Variable;
  readonly side: Variable;
}

interface MgcnRows extends FinalRows {
  readonly ofUsers: Views;
  readonly ofItems: Views;
}

export function createMgcn(parts: MgcnParts): Model {
  const { engine, train, table, options, random } = parts;
  const users = table.userCount;
  const items = table.items.value.rows;
  const size = options.embeddingSize;
  const square = { outputs: size, inputs: size };
  const graph = userItemGraph(engine, train, "symmetric");
  const lightGcn = createLightGcn(graph, options.layers);
  const toUsers = userItemBlock(engine, train);
  const attention = createAttention(engine, "mgcn.attention", size, random);
  const modalities = parts.modalities.map((modality) => ({
    ...modality,
    purifier: createLinearLayer(engine, `mgcn.purifier.${modality.projection.name}`, square, random),
    preference: createLinearLayer(engine, `mgcn.preference.${modality.projection.name}`, square, random),
  }));
  const presence = modalityPresence(
    train,
    modalities.map(({ projection }) => projection.table.missing),
  );

  /** s of rows with the modalities' views h_m and x̃. */
  const fuse = (tape: Tape, views: readonly Variable[], behaviour: Variable, having: Presence): Variable => {
    const common = attention.forward(tape, views, having);
    const own = views.map((view, m) => {
      const difference = weightedSum(tape, [
        { weight: 1, of: view },
        { weight: -1, of: common },
      ]);
      const preferred = sigmoid(tape, modalities[m].preference.forward(tape, behaviour));
      const special = multiplyElements(tape, preferred, difference);
      return having === undefined ? special : scaleRows(tape, special, having[m]);
    });
    const weight = 1 / (modalities.length + 1);
    return weightedSum(
      tape,
      [common, ...own].map((of) => ({ weight, of })),
    );
  };

  return createRankingModel<MgcnRows>({
    engine,
    name: "mgcn",
    users,
    items,
    parameters: [
      table.users,
      table.items,
      ...attention.parameters,
      ...modalities.flatMap(({ projection, purifier, preference }) =>
        [projection, purifier, preference].flatMap((part) => part.parameters),
      ),
    ],
    graphSeconds: parts.graphSeconds,
    initialNeighbours: parts.initialNeighbours,
    forward: (tape, selection) => {
      const e = embeddings(tape, table);
      const x = lightGcn.forward(tape, e, selection?.nodes, 0);
      const userCount = selection?.userCount ?? users;
      const userRows = selection && userSelection(selection, users);
      const own = tape.rows(e, users, users + items);
      const having = presence.items(tape, undefined);
      const views = modalities.map(({ projection, purifier, itemGraph }, m) => {
        const gate = sigmoid(tape, projection.through(tape, purifier));
        const purified = multiplyElements(tape, own, gate);
        let h = having === undefined ? purified : scaleRows(tape, purified, having[m]);
        for (let layer = 0; layer < options.itemLayers; layer++) h = propagate(tape, itemGraph.operand, h, undefined);
        return {
          users: propagate(tape, toUsers.operand, h, userRows),
          items: select(tape, h, selection?.items),
        };
      });
      const viewsOf = (
        side: "users" | "items",
        behaviour: Variable,
        having: Presence,
      ): Views & { readonly final: Variable } => {
        const fused = fuse(
          tape,
          views.map((view) => view[side]),
          behaviour,
          having,
        );
        return { behaviour, side: fused, final: add(tape, behaviour, fused) };
      };
      const ofUsers = viewsOf("users", tape.rows(x, 0, userCount), presence.users(tape, userRows));
      const ofItems = viewsOf("items", tape.rows(x, userCount, x.value.rows), presence.items(tape, selection?.items));
      return { users: ofUsers.final, items: ofItems.final, ofUsers, ofItems };
    },
    terms: (tape, { ofUsers, ofItems }, { triples }) => {
      const agree = ({ side, behaviour }: Views): number =>
        infoNceTerm(tape, side, behaviour, options.temperature, options.contrastWeight);
      const positives = distinctSlots(engine, triples.positives, ofItems.side.value.rows);
      const atPositives = (of: Variable): Variable => gatherRows(tape, of, positives);
      return agree(ofUsers) + agree({ side: atPositives(ofItems.side), behaviour: atPositives(ofItems.behaviour) });
    },
    dispose: () => {
      releaseUserItemGraph(engine, graph);
      for (const { projection, itemGraph, purifier, preference } of modalities) {
        for (const part of [projection, itemGraph, purifier, preference]) part.dispose();
      }
      for (const part of [toUsers, attention, table]) part.dispose();
    },
  });
}
