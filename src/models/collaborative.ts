/** A backbone alone as a model: x̂ = x̃. These are the baselines MF, LightGCN and NGCF. */
import type { Engine, Matrix } from "../engine/engine.ts";
import { bprLoss } from "../tensor/bpr-loss.ts";
import { clearGradients } from "../tensor/parameter.ts";
import { matrixRows, Tape, type Variable } from "../tensor/tape.ts";
import type { Backbone } from "./backbones/backbone.ts";
import { type EmbeddingTable, embeddings } from "./embedding-table.ts";
import type { FinalEmbeddings, Model } from "./model.ts";
import { selectBatch } from "./selection.ts";

/** Long-lived copies of a step's results. */
export function keepEmbeddings(engine: Engine, users: Variable, items: Variable): FinalEmbeddings {
  const copy = ({ value }: Variable): Matrix => {
    const kept = engine.keep(() => engine.floats(value.data.length));
    engine.scale(1, value.data, kept);
    return { rows: value.rows, columns: value.columns, data: kept };
  };
  return { users: copy(users), items: copy(items) };
}

export interface CollaborativeParts {
  readonly engine: Engine;
  readonly name: string;
  readonly table: EmbeddingTable;
  readonly backbone: Backbone;
  /** Gives the user–item graph back. */
  readonly disposeGraph: () => void;
}

export function createCollaborative({ engine, name, table, backbone, disposeGraph }: CollaborativeParts): Model {
  const users = table.userCount;
  const items = table.items.value.rows;
  const parameters = [table.users, table.items, ...backbone.parameters];
  return {
    name,
    engine,
    users,
    items,
    parameters,
    graphSeconds: 0,
    initialNeighbours: {},
    loss: (tape, batch, context, options) => {
      clearGradients(parameters);
      const { nodes, userCount, triples } = selectBatch(engine, batch, users, items);
      const final = backbone.forward(tape, embeddings(tape, table), nodes, context.dropoutKey);
      const finalUsers = tape.rows(final, 0, userCount);
      const finalItems = tape.rows(final, userCount, nodes.rows.length);
      const loss = bprLoss(tape, finalUsers, finalItems, triples, options.regularisation, options.batchSize);
      tape.backward();
      return loss;
    },
    finalEmbeddings: () =>
      engine.step(() => {
        const tape = new Tape(engine, false);
        const final = backbone.forward(tape, embeddings(tape, table), undefined, 0);
        return keepEmbeddings(
          engine,
          tape.constant(matrixRows(final.value, 0, users)),
          tape.constant(matrixRows(final.value, users, users + items)),
        );
      }),
    itemGraph: () => undefined,
    modalityWeights: () => undefined,
    dispose: () => {
      backbone.dispose();
      table.dispose();
      disposeGraph();
    },
  };
}
