/**
 * VBPR (He and McAuley 2016), for any number of modalities:
 *   ŷ_ui = β_i + γ_u · γ_i + θ_u · f_i + β′(f_i),   f_i = Σ_m E_m x_im,
 * trained with BPR. The score is one dot product: [γ_u, θ_u, 1, 1] · [γ_i, f_i, β′(f_i), β_i]. An item's missing modality adds nothing.
 * With another backbone than MF, γ is what that backbone makes of the id embeddings: features concatenated to it, without item graphs.
 */
import type { Engine } from "../engine/engine.ts";
import { weightedSum } from "../tensor/dense-operations.ts";
import { createParameter, releaseParameter } from "../tensor/parameter.ts";
import { concatenateColumns } from "../tensor/row-operations.ts";
import { type Tape, type Variable, zeros } from "../tensor/tape.ts";
import type { Backbone } from "./backbones/backbone.ts";
import { select } from "./backbones/propagation.ts";
import { type EmbeddingTable, embeddings } from "./embedding-table.ts";
import type { FeatureProjection } from "./feature-projection.ts";
import { fillXavier, type RandomStreams } from "./initialise.ts";
import type { Model } from "./model.ts";
import { createRankingModel } from "./ranking-model.ts";
import { userSelection } from "./selection.ts";

export interface VbprParts {
  readonly engine: Engine;
  /** γ */
  readonly table: EmbeddingTable;
  /** Makes γ of the id embeddings; MF leaves them as they are. */
  readonly backbone: Backbone;
  readonly disposeGraph: () => void;
  /** E_m and β′ together: projections to featureSize + 1 columns, the last of them β′. */
  readonly projections: readonly FeatureProjection[];
  readonly featureSize: number;
  readonly random: RandomStreams;
}

export function createVbpr(parts: VbprParts): Model {
  const { engine, table, backbone, projections, featureSize, random } = parts;
  const users = table.userCount;
  const items = table.items.value.rows;
  const theta = createParameter(engine, "vbpr.userFeatures", users, featureSize);
  fillXavier(theta.value, random(`parameters/${theta.name}`));
  const beta = createParameter(engine, "vbpr.itemBias", items, 1);

  const ones = (tape: Tape, rows: number): Variable => {
    const matrix = zeros(engine, rows, 2);
    engine.fill(matrix.data, 1);
    return tape.constant(matrix);
  };

  return createRankingModel({
    engine,
    name: "vbpr",
    users,
    items,
    parameters: [
      table.users,
      table.items,
      ...backbone.parameters,
      theta,
      beta,
      ...projections.flatMap((projection) => projection.parameters),
    ],
    graphSeconds: 0,
    initialNeighbours: {},
    forward: (tape, selection, context) => {
      const gamma = backbone.forward(tape, embeddings(tape, table), selection?.nodes, context?.dropoutKey ?? 0);
      const userCount = selection?.userCount ?? users;
      const features = weightedSum(
        tape,
        projections.map((projection) => ({ weight: 1, of: projection.forward(tape, selection?.items) })),
      );
      return {
        users: concatenateColumns(tape, [
          tape.rows(gamma, 0, userCount),
          select(tape, tape.parameter(theta), selection && userSelection(selection, users)),
          ones(tape, userCount),
        ]),
        items: concatenateColumns(tape, [
          tape.rows(gamma, userCount, gamma.value.rows),
          features,
          select(tape, tape.parameter(beta), selection?.items),
        ]),
      };
    },
    dispose: () => {
      for (const projection of projections) projection.dispose();
      for (const parameter of [theta, beta]) releaseParameter(engine, parameter);
      backbone.dispose();
      table.dispose();
      parts.disposeGraph();
    },
  });
}
