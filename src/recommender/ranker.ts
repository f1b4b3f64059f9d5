/**
 * How a run ranks candidates for its users and for somebody with a history: by dot products of final embeddings, or, where the run
 * scores by its item graph, by the equation ŷ_i = Σ w_j S_ij over the items j that were taken, each of weight 1 for a user of the run.
 */
import type { Interactions } from "../data/dataset.ts";
import type { Engine, Floats, Pattern } from "../engine/engine.ts";
import { rankByItemScores } from "../evaluation/rank-item-scores.ts";
import { type ItemScores, transposedScores } from "../graph/co-occurrence.ts";
import { itemScoresOf, type RunWeights } from "../runs/weights.ts";
import type { Candidates } from "./candidates.ts";
import type { Catalogue } from "./catalogue.ts";
import type { FoldIn, HistoryEntry } from "./fold-in.ts";
import { rankCandidates } from "./ranking.ts";
import type { ScoredItem } from "./similar-items.ts";

export interface RankedCandidates {
  readonly candidates: Candidates;
  /** rows × candidates: what is not shown. */
  readonly mask: Interactions;
  readonly count: number;
}

export interface Ranker {
  /** A list a user, best first, ties by smaller index; row n of the mask is users[n]'s. */
  ofUsers(users: Int32Array, request: RankedCandidates): ScoredItem[][];
  /** Undefined where the history says nothing about any item. */
  ofHistory(history: readonly HistoryEntry[], request: RankedCandidates): ScoredItem[] | undefined;
}

interface RankerParts {
  readonly engine: Engine;
  readonly weights: Omit<RunWeights, "parameters">;
  readonly catalogue: Catalogue;
  readonly foldIn: FoldIn;
}

function byEmbeddings({ engine, weights, catalogue, foldIn }: RankerParts): Ranker {
  const { columns, data } = weights.users;
  return {
    ofUsers: (users, request) => {
      const vectors = Array.from(users, (user) => data.subarray(user * columns, (user + 1) * columns));
      return rankCandidates({ engine, catalogue, users: vectors, ...request });
    },
    ofHistory: (history, request) => {
      if (history.length === 0) return undefined;
      const vector = foldIn.vector(history);
      if (vector.every((value) => value === 0)) return undefined;
      return rankCandidates({ engine, catalogue, users: [vector], ...request })[0];
    },
  };
}

/** Rows `users` of a pattern. */
function rowsOf({ rowPointers, columnIndices, columns }: Pattern, users: Int32Array): Pattern {
  const pointers = new Int32Array(users.length + 1);
  users.forEach((user, row) => {
    pointers[row + 1] = pointers[row] + rowPointers[user + 1] - rowPointers[user];
  });
  const taken = new Int32Array(pointers[users.length]);
  users.forEach((user, row) => {
    taken.set(columnIndices.subarray(rowPointers[user], rowPointers[user + 1]), pointers[row]);
  });
  return { rows: users.length, columns, rowPointers: pointers, columnIndices: taken };
}

function byItemGraph(scores: ItemScores, train: Interactions): Ranker {
  const transposed = transposedScores(scores);
  const lists = (
    profiles: Pattern & { readonly values?: Floats },
    { candidates, mask, count }: RankedCandidates,
  ): ScoredItem[][] => {
    const depth = Math.min(count, candidates.items.length);
    const users = Int32Array.from({ length: profiles.rows }, (_, row) => row);
    const ranked: ScoredItem[][] = [];
    for (const block of rankByItemScores({ transposed, profiles, users, mask, candidates: candidates.items, depth })) {
      for (let row = 0; row < block.count; row++) {
        const list: ScoredItem[] = [];
        for (let p = row * depth; p < (row + 1) * depth && block.items[p] >= 0; p++) {
          list.push({ item: candidates.items[block.items[p]], score: block.scores[p] });
        }
        ranked.push(list);
      }
    }
    return ranked;
  };
  return {
    ofUsers: (users, request) => lists(rowsOf(train, users), request),
    ofHistory: (history, request) => {
      const { rowPointers } = transposed;
      if (history.every(({ item }) => rowPointers[item + 1] === rowPointers[item])) return undefined;
      const profile = {
        rows: 1,
        columns: train.columns,
        rowPointers: Int32Array.of(0, history.length),
        columnIndices: Int32Array.from(history, ({ item }) => item),
        values: Float64Array.from(history, ({ weight }) => weight),
      };
      return lists(profile, request)[0];
    },
  };
}

export function createRanker(parts: RankerParts): Ranker {
  const scores = itemScoresOf(parts.weights);
  return scores === undefined ? byEmbeddings(parts) : byItemGraph(scores, parts.weights.interactions.train);
}
