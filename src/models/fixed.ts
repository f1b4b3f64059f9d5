/**
 * A model without parameters: its embeddings follow from the dataset, there is nothing to train. It keeps nothing between calls; each
 * asks for the embeddings anew.
 */
import type { Engine } from "../engine/engine.ts";
import { bprLoss } from "../tensor/bpr-loss.ts";
import type { FinalEmbeddings, Model } from "./model.ts";

export interface FixedParts {
  readonly engine: Engine;
  readonly name: string;
  readonly users: number;
  readonly items: number;
  /** Computes both matrices, long-lived outside a step, temporaries inside one. */
  readonly embeddings: () => FinalEmbeddings;
}

export function createFixed({ engine, name, users, items, embeddings }: FixedParts): Model {
  const inEngine = (values: Int32Array): Int32Array => {
    const copy = engine.ints(values.length);
    copy.set(values);
    return copy;
  };
  return {
    name,
    engine,
    users,
    items,
    parameters: [],
    graphSeconds: 0,
    initialNeighbours: {},
    loss: (tape, batch, _context, { regularisation, batchSize }) => {
      const final = embeddings();
      const triples = {
        users: inEngine(batch.users),
        positives: inEngine(batch.positives),
        negatives: inEngine(batch.negatives),
      };
      const [finalUsers, finalItems] = [tape.constant(final.users), tape.constant(final.items)];
      return bprLoss(tape, finalUsers, finalItems, triples, regularisation, batchSize);
    },
    finalEmbeddings: embeddings,
    itemGraph: () => undefined,
    modalityWeights: () => undefined,
    dispose: () => undefined,
  };
}
