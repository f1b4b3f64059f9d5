/** The floor of every comparison: an item's score is its number of training interactions, the same for every user. */
import type { Interactions } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { zeros } from "../tensor/tape.ts";
import { createFixed } from "./fixed.ts";
import type { Model } from "./model.ts";

/** Embeddings of one column: 1 for a user, the count for an item. @param train users × items */
export function createPopularity(engine: Engine, train: Interactions): Model {
  return createFixed({
    engine,
    name: "popularity",
    users: train.rows,
    items: train.columns,
    embeddings: () => {
      const users = zeros(engine, train.rows, 1);
      const items = zeros(engine, train.columns, 1);
      engine.fill(users.data, 1);
      for (const item of train.columnIndices) items.data[item] += 1;
      return { users, items };
    },
  });
}
