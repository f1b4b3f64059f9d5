/**
 * MICRO (Zhang et al. 2022): LATTICE's item graphs kept apart, what they say fused by attention, and each held to agree with the whole:
 *   G_m = (1 − λ) norm(Â_m) + λ S̃_m,   h_m = G_m^L E,   h = Σ_m α_m h_m,   x̂_u = x̃_u,   x̂_i = x̃_i + h_i / ‖h_i‖₂,   x̃ = LightGCN,
 *   loss = BPR(x̂) + λ_c Σ_m InfoNCE(h_m, h), the other items of both views being the negatives.
 * Graphs are built with gradient in the first step of an epoch and are constants in the others, as LATTICE's.
 */
import type { Interactions } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { add, normaliseRows } from "../tensor/dense-operations.ts";
import { infoNceTerm } from "../tensor/loss-terms.ts";
import { createParameter, releaseParameter } from "../tensor/parameter.ts";
import { gatherRows, type SparseOperand } from "../tensor/sparse-operations.ts";
import type { Tape, Variable } from "../tensor/tape.ts";
import { createAttention } from "./attention.ts";
import type { Backbone } from "./backbones/backbone.ts";
import { type EmbeddingTable, embeddings } from "./embedding-table.ts";
import type { RandomStreams } from "./initialise.ts";
import { type BuiltItemGraph, buildItemGraph, type ItemGraphOptions, releaseItemGraph } from "./item-graph.ts";
import { itemAffinities } from "./lattice.ts";
import type { ModalityState } from "./modality.ts";
import type { Model, StepContext } from "./model.ts";
import { modalityPresence } from "./presence.ts";
import { createRankingModel, type FinalRows } from "./ranking-model.ts";
import { distinctSlots } from "./selection.ts";

export interface MicroOptions extends ItemGraphOptions {
  readonly embeddingSize: number;
  readonly itemLayers: number;
  /** λ_c */
  readonly contrastWeight: number;
  /** τ of InfoNCE. */
  readonly temperature: number;
}

export interface MicroParts {
  readonly engine: Engine;
  readonly train: Interactions;
  readonly table: EmbeddingTable;
  readonly backbone: Backbone;
  readonly modalities: readonly ModalityState[];
  readonly options: MicroOptions;
  readonly random: RandomStreams;
  readonly graphSeconds: number;
  readonly disposeGraph: () => void;
}

interface MicroRows extends FinalRows {
  /** h_m */
  readonly views: readonly Variable[];
  readonly fused: Variable;
}

export function createMicro(parts: MicroParts): Model {
  const { engine, table, backbone, modalities, options } = parts;
  const users = table.userCount;
  const items = table.items.value.rows;
  const attention = createAttention(engine, "micro.attention", options.embeddingSize, parts.random);
  /** The weight of a graph's only modality is 1 whatever this is. */
  const alone = createParameter(engine, "micro.alone", 1, 1);
  const missing = modalities.map((modality) => modality.missing);
  const presence = modalityPresence(parts.train, missing);
  const lacking = missing.map((list) => new Set(list));
  const projections = modalities.flatMap(({ projection }) => (projection === undefined ? [] : [projection]));
  let current: readonly BuiltItemGraph[] = [];

  const buildGraphs = (tape: Tape): readonly BuiltItemGraph[] =>
    modalities.map((modality) => buildItemGraph(tape, [modality], alone, options, items, undefined));
  const releaseGraphs = (graphs: readonly BuiltItemGraph[]): void => {
    for (const graph of graphs) releaseItemGraph(engine, graph);
  };
  /** G_m with gradient in the first step of an epoch, the same values as constants after it. */
  const graphsOfStep = (tape: Tape, { step }: StepContext): readonly SparseOperand[] => {
    if (step > 0 && current.length > 0) return current.map(({ constant }) => constant);
    releaseGraphs(current);
    current = buildGraphs(tape);
    return current.map(({ learned }) => learned);
  };

  return createRankingModel<MicroRows>({
    engine,
    name: "micro",
    users,
    items,
    parameters: [
      table.users,
      table.items,
      ...backbone.parameters,
      ...attention.parameters,
      ...projections.flatMap(({ table: features, weight, bias }) =>
        features.parameter === undefined ? [weight, bias] : [weight, bias, features.parameter],
      ),
    ],
    graphSeconds: parts.graphSeconds,
    initialNeighbours: Object.fromEntries(modalities.map(({ name, neighbours }) => [name, neighbours])),
    forward: (tape, selection, context) => {
      const e = embeddings(tape, table);
      const x = backbone.forward(tape, e, selection?.nodes, context?.dropoutKey ?? 0);
      const userCount = selection?.userCount ?? users;
      const own = tape.rows(e, users, users + items);
      const passing = context === undefined ? buildGraphs(tape) : [];
      const graphs = context === undefined ? passing.map(({ constant }) => constant) : graphsOfStep(tape, context);
      const views = graphs.map((graph) => itemAffinities(tape, graph, own, options.itemLayers, selection?.items));
      releaseGraphs(passing);
      const fused = attention.forward(tape, views, presence.items(tape, selection?.items));
      return {
        users: tape.rows(x, 0, userCount),
        items: add(tape, tape.rows(x, userCount, x.value.rows), normaliseRows(tape, fused)),
        views,
        fused,
      };
    },
    terms: (tape, { views, fused }, { triples, items: selected }) =>
      views.reduce((sum, view, m) => {
        const having = triples.positives.filter((slot) => !lacking[m].has(selected.rows[slot]));
        if (having.length === 0) return sum;
        const rows = distinctSlots(engine, having, view.value.rows);
        const [own, whole] = [view, fused].map((of) => gatherRows(tape, of, rows));
        return sum + infoNceTerm(tape, own, whole, options.temperature, options.contrastWeight, "both views");
      }, 0),
    dispose: () => {
      releaseGraphs(current);
      current = [];
      for (const part of [...modalities, attention, backbone, table]) part.dispose();
      releaseParameter(engine, alone);
      parts.disposeGraph();
    },
  });
}
