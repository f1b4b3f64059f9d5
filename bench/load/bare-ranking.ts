/** What ranking costs by itself: the engine ranks all items of a run for one user after the other, twenty each, and nothing is left out, named or written. */
import { openEngine } from "../../src/engine/open.ts";
import { rankInBlocks } from "../../src/evaluation/rank.ts";
import { openRun } from "../../src/runs/open-run.ts";

const depth = 20;

/** @returns ranks for the next user */
export async function bareRanking(run: string): Promise<() => void> {
  const engine = await openEngine({ threads: 1 });
  const { users, items } = openRun(run).weights();
  const inEngine = (matrix: typeof users) => {
    const data = engine.floats(matrix.data.length);
    data.set(matrix.data);
    return { ...matrix, data };
  };
  const embeddings = { users: inEngine(users), items: inEngine(items) };
  let user = 0;
  return () => {
    user = (user + 37) % users.rows;
    for (const _ of rankInBlocks({ engine, embeddings, users: Int32Array.of(user), depth }));
  };
}
