/**
 * Ranking by scores to which something is added: the scores of some users are written out, σ_u a_i is added in the engine's precision, as one more term of
 * each dot product would be, and the best are kept. The embeddings stay where they are.
 */
import type { Engine, Floats, Matrix, Pattern } from "../engine/engine.ts";
import { createBestCandidates } from "../graph/best-candidates.ts";
import { matrixRows } from "../tensor/tape.ts";
import type { ScoredItem } from "./similar-items.ts";

export interface AdjustedRanking {
  readonly engine: Engine;
  /** users × d and candidates × d, in engine memory. */
  readonly users: Matrix;
  readonly items: Matrix;
  /** users × candidates: what is left out. */
  readonly mask: Pattern;
  /** a, by candidate. */
  readonly added: ArrayLike<number>;
  /** σ, by user. */
  readonly scales: ArrayLike<number>;
  /** Length of the lists. */
  readonly depth: number;
  /** Scores that are written out at once, at most, unless one user has more; default 4 million. */
  readonly scoresAtOnce?: number | undefined;
}

/** @returns a list a user, best first, ties by smaller place; items are places among the candidates */
export function rankAdjusted(request: AdjustedRanking): ScoredItem[][] {
  const { engine, users, items, mask, scales, depth, scoresAtOnce = 4_000_000 } = request;
  const best = createBestCandidates(Math.min(depth, items.rows));
  const usersAtOnce = Math.max(1, Math.floor(scoresAtOnce / items.rows));

  /** @param scores of one user */
  const bestOf = (user: number, scores: Floats): ScoredItem[] => {
    best.clear();
    let next = mask.rowPointers[user];
    const end = mask.rowPointers[user + 1];
    for (let place = 0; place < scores.length; place++) {
      if (next < end && mask.columnIndices[next] === place) next++;
      else best.offer(place, scores[place]);
    }
    return Array.from({ length: best.count }, (_, n) => ({ item: best.indices[n], score: best.scores[n] }));
  };

  const lists: ScoredItem[][] = [];
  while (lists.length < users.rows) {
    engine.step(() => {
      const added = engine.floats(items.rows);
      added.set(request.added);
      const block = matrixRows(users, lists.length, Math.min(users.rows, lists.length + usersAtOnce));
      const scores = { rows: block.rows, columns: items.rows, data: engine.floats(block.rows * items.rows) };
      engine.multiplyTransposed(block, items, scores);
      for (let row = 0; row < block.rows; row++) {
        const own = matrixRows(scores, row, row + 1).data;
        engine.scale(scales[lists.length], added, own, true);
        lists.push(bestOf(lists.length, own));
      }
    });
  }
  return lists;
}
