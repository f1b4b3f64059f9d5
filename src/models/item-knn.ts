/**
 * The collaborative nearest-neighbour recommender over items (Sarwar et al. 2001; Deshpande and Karypis 2004), which learns nothing:
 *   ŷ_ui = Σ_{j ∈ N_u} S_ij,   S_ij = cos(U_i, U_j) among the k nearest items j of i, else 0,
 * N_u the training items of user u, U_i the training users of item i (`graph/co-occurrence.ts`). No short vectors have these scores, so
 * the model's embeddings have no columns and S itself is what scores; it is the run's item graph.
 */
import type { Interactions } from "../data/dataset.ts";
import type { Engine, Matrix } from "../engine/engine.ts";
import { coOccurrenceScores } from "../graph/co-occurrence.ts";
import { bprLoss } from "../tensor/bpr-loss.ts";
import { zeros } from "../tensor/tape.ts";
import type { Model } from "./model.ts";

export interface ItemKnnOptions {
  /** k */
  readonly neighbours: number;
  /** h */
  readonly shrinkage: number;
}

export function createItemKnn(engine: Engine, train: Interactions, options: ItemKnnOptions): Model {
  const started = performance.now();
  const itemScores = coOccurrenceScores(train, options.neighbours, options.shrinkage);
  const graphSeconds = (performance.now() - started) / 1000;

  const score = (user: number, item: number): number => {
    const own = train.columnIndices.subarray(train.rowPointers[user], train.rowPointers[user + 1]);
    let sum = 0;
    for (let p = itemScores.rowPointers[item]; p < itemScores.rowPointers[item + 1]; p++) {
      if (own.includes(itemScores.columnIndices[p])) sum += itemScores.values[p];
    }
    return sum;
  };

  return {
    name: "item-knn",
    engine,
    users: train.rows,
    items: train.columns,
    parameters: [],
    graphSeconds,
    initialNeighbours: {},
    loss: (tape, { users, positives, negatives }, _context, { batchSize }) => {
      // A triple as a user of its own, with both scores as its vector, and two items that pick one each.
      const triples = {
        users: engine.ints(users.length),
        positives: engine.ints(users.length),
        negatives: engine.ints(users.length),
      };
      const scores = zeros(engine, users.length, 2);
      const picks: Matrix = zeros(engine, 2, 2);
      picks.data.set([1, 0, 0, 1]);
      users.forEach((user, t) => {
        triples.users[t] = t;
        triples.negatives[t] = 1;
        scores.data[2 * t] = score(user, positives[t]);
        scores.data[2 * t + 1] = score(user, negatives[t]);
      });
      return bprLoss(tape, tape.constant(scores), tape.constant(picks), triples, 0, batchSize);
    },
    finalEmbeddings: () => ({
      users: zeros(engine, train.rows, 0),
      items: zeros(engine, train.columns, 0),
      itemScores,
    }),
    itemGraph: () => ({ graph: itemScores, modalityWeights: {} }),
    modalityWeights: () => undefined,
    dispose: () => undefined,
  };
}
