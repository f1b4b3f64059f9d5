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
import { listsOf, type RankedItem, rankWithIndex } from "./ranking.ts";
import type { ItemIndex } from "./retrieval/item-index.ts";
import { type Because, mixture } from "./rules/because.ts";
import { spreadOfProfile, spreadOfVector } from "./spread.ts";

export interface RankedCandidates {
  readonly candidates: Candidates;
  /** rows × candidates: what is not shown. */
  readonly mask: Interactions;
  readonly count: number;
  /** By item: added to scores, times their spread. */
  readonly adjustment?: Floats | undefined;
}

export interface Ranker {
  /** A list a user, best first, ties by smaller index; row n of the mask is users[n]'s. @param because items that count beside each user */
  ofUsers(users: Int32Array, request: RankedCandidates, because?: Because): RankedItem[][];
  /** Undefined where neither the history nor what counts beside it says anything about any item. */
  ofHistory(history: readonly HistoryEntry[], request: RankedCandidates, because?: Because): RankedItem[] | undefined;
}

interface RankerParts {
  readonly engine: Engine;
  readonly weights: Omit<RunWeights, "parameters">;
  readonly catalogue: Catalogue;
  readonly foldIn: FoldIn;
  /** Of the items of the run. */
  readonly index?: ItemIndex | undefined;
}

function byEmbeddings({ engine, weights, catalogue, foldIn, index }: RankerParts): Ranker {
  const { columns, data } = weights.users;
  const mixed = (vector: Floats, items: Floats, weight: number): Floats => {
    const { embeddings } = catalogue;
    const [own, others] = mixture(weight, spreadOfVector(vector, embeddings), spreadOfVector(items, embeddings));
    return Float64Array.from(vector, (value, c) => own * value + others * items[c]);
  };
  return {
    ofUsers: (users, request, because) => {
      const vectors = Array.from(users, (user) => data.subarray(user * columns, (user + 1) * columns));
      if (because === undefined) return rankWithIndex(index, { engine, catalogue, users: vectors, ...request });
      const items = foldIn.vector(because.entries);
      const both = vectors.map((vector) => mixed(vector, items, because.weight));
      return rankWithIndex(index, { engine, catalogue, users: both, ...request });
    },
    ofHistory: (own, request, because) => {
      const history = own.length === 0 ? (because?.entries ?? []) : own;
      if (history.length === 0) return undefined;
      const alone = foldIn.vector(history);
      const both = because !== undefined && own.length > 0;
      const vector = both ? mixed(alone, foldIn.vector(because.entries), because.weight) : alone;
      if (vector.every((value) => value === 0)) return undefined;
      return rankWithIndex(index, { engine, catalogue, users: [vector], ...request })[0];
    },
  };
}

/** What users took, each with its weight; rows of users, columns of items. */
type Profiles = Pattern & { readonly values: Floats };

function profilesOf(rows: readonly (readonly HistoryEntry[])[], columns: number): Profiles {
  const rowPointers = new Int32Array(rows.length + 1);
  rows.forEach((row, n) => {
    rowPointers[n + 1] = rowPointers[n] + row.length;
  });
  const entries = rows.flat();
  return {
    rows: rows.length,
    columns,
    rowPointers,
    columnIndices: Int32Array.from(entries, ({ item }) => item),
    values: Float64Array.from(entries, ({ weight }) => weight),
  };
}

const scaledBy = (history: readonly HistoryEntry[], factor: number): readonly HistoryEntry[] =>
  history.map(({ item, weight }) => ({ item, weight: factor * weight }));

function byItemGraph(scores: ItemScores, train: Interactions): Ranker {
  const transposed = transposedScores(scores);
  const spreadOf = (history: readonly HistoryEntry[]): number =>
    spreadOfProfile(transposed, profilesOf([history], train.columns), 0);

  const withBecause = (own: readonly HistoryEntry[], because: Because | undefined): readonly HistoryEntry[] => {
    if (because === undefined) return own;
    const [ofUser, ofItems] = mixture(because.weight, spreadOf(own), spreadOf(because.entries));
    return [...scaledBy(own, ofUser), ...scaledBy(because.entries, ofItems)];
  };

  const lists = (
    histories: readonly (readonly HistoryEntry[])[],
    { candidates, mask, count, adjustment }: RankedCandidates,
  ): RankedItem[][] => {
    const depth = Math.min(count, candidates.items.length);
    const profiles = profilesOf(histories, train.columns);
    const users = Int32Array.from({ length: profiles.rows }, (_, row) => row);
    const added = adjustment && {
      values: Float64Array.from(candidates.items, (item) => adjustment[item]),
      scales: Float64Array.from(users, (row) => spreadOfProfile(transposed, profiles, row)),
    };
    const request = { transposed, profiles, users, mask, candidates: candidates.items, adjustment: added, depth };
    const ranked: RankedItem[][] = [];
    for (const block of rankByItemScores(request)) {
      for (const list of listsOf(block, depth, candidates)) {
        const scale = added?.scales[ranked.length] ?? 0;
        ranked.push(
          adjustment === undefined
            ? list
            : list.map(({ item, score }) => ({ item, score: score - scale * adjustment[item], adjusted: score })),
        );
      }
    }
    return ranked;
  };
  return {
    ofUsers: (users, request, because) => {
      const histories = Array.from(users, (user) => {
        const items = train.columnIndices.subarray(train.rowPointers[user], train.rowPointers[user + 1]);
        const own = Array.from(items, (item) => ({ item, weight: 1 }));
        return withBecause(own, because);
      });
      return lists(histories, request);
    },
    ofHistory: (own, request, because) => {
      const { rowPointers } = transposed;
      const history = withBecause(own, because);
      if (history.every(({ item }) => rowPointers[item + 1] === rowPointers[item])) return undefined;
      return lists([history], request)[0];
    },
  };
}

export function createRanker(parts: RankerParts): Ranker {
  const scores = itemScoresOf(parts.weights);
  return scores === undefined ? byEmbeddings(parts) : byItemGraph(scores, parts.weights.interactions.train);
}
