/** The best candidates for users given by their vectors, exactly, and the most popular ones for users without any. */
import type { Interactions } from "../data/dataset.ts";
import type { Engine, Floats } from "../engine/engine.ts";
import { type RankedBlock, rankInBlocks } from "../evaluation/rank.ts";
import { rankAdjusted } from "./adjusted-ranking.ts";
import type { Candidates } from "./candidates.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Popularity } from "./popularity.ts";
import type { ItemIndex } from "./retrieval/item-index.ts";
import { product, retrieve } from "./retrieval/retrieve.ts";
import type { ScoredItem } from "./similar-items.ts";
import { spreadOfValues, spreadOfVector } from "./spread.ts";

/** An item with the score of the model, and, where something was added to scores, with what it was ranked by. */
export interface RankedItem extends ScoredItem {
  readonly adjusted?: number | undefined;
}

export interface CandidateRanking {
  readonly engine: Engine;
  readonly catalogue: Pick<Catalogue, "embeddings">;
  /** A vector a user, as long as the final embeddings. */
  readonly users: readonly Floats[];
  readonly candidates: Candidates;
  /** users × candidates: what each user is not shown. */
  readonly mask: Interactions;
  readonly count: number;
  /** By item: added to each user's scores, times the spread of these. */
  readonly adjustment?: Floats | undefined;
}

/** By the index where there is one, no more than scores decide, and enough of the catalogue may be shown; exactly otherwise. */
export function rankWithIndex(index: ItemIndex | undefined, request: CandidateRanking): RankedItem[][] {
  const { catalogue, users, candidates, mask, count, adjustment } = request;
  if (index === undefined || adjustment !== undefined) return rankCandidates(request);
  return users.map((vector, row) => {
    const own = mask.columnIndices.subarray(mask.rowPointers[row], mask.rowPointers[row + 1]);
    const masked = new Set(own);
    const accepts = (item: number): boolean => candidates.places[item] >= 0 && !masked.has(candidates.places[item]);
    const refused = catalogue.embeddings.rows - candidates.items.length + own.length;
    const { embeddings } = catalogue;
    const found = retrieve({ index, embeddings, vector, accepts, refused, count });
    if (found !== undefined) return [...found];
    const alone = { ...mask, rows: 1, rowPointers: Int32Array.of(0, own.length), columnIndices: own };
    return rankCandidates({ ...request, users: [vector], mask: alone })[0];
  });
}

/** @returns a list a user, best first, ties by smaller index; items by their indices */
export function rankCandidates(request: CandidateRanking): RankedItem[][] {
  const { engine, candidates, mask, count, adjustment } = request;
  const { embeddings } = request.catalogue;
  const { columns } = embeddings;
  const rows = candidates.items.length;
  if (rows === 0) return request.users.map(() => []);
  const depth = Math.min(count, rows);
  const asTheyAre = rows === embeddings.rows;
  const userData = engine.floats(request.users.length * columns);
  const itemData = asTheyAre ? embeddings.data : engine.floats(rows * columns);
  try {
    request.users.forEach((vector, row) => {
      userData.set(vector, row * columns);
    });
    if (!asTheyAre) {
      candidates.items.forEach((item, row) => {
        itemData.set(embeddings.data.subarray(item * columns, (item + 1) * columns), row * columns);
      });
    }
    const ranked = {
      users: { rows: request.users.length, columns, data: userData },
      items: { rows, columns, data: itemData },
    };
    if (adjustment !== undefined) {
      const added = asTheyAre ? adjustment : Float64Array.from(candidates.items, (item) => adjustment[item]);
      const scales = request.users.map((vector) => spreadOfVector(vector, embeddings));
      return rankAdjusted({ engine, ...ranked, mask, added, scales, depth }).map((list, user) =>
        list.map(({ item: place, score: adjusted }) => {
          const item = candidates.items[place];
          return { item, score: product(request.users[user], embeddings, item), adjusted };
        }),
      );
    }
    const users = Int32Array.from(request.users.keys());
    return [...rankInBlocks({ engine, embeddings: ranked, users, mask, depth })].flatMap((block) =>
      listsOf(block, depth, candidates),
    );
  } finally {
    engine.release(userData);
    if (!asTheyAre) engine.release(itemData);
  }
}

/** Lists of places among the candidates as lists of items. */
export function listsOf(block: RankedBlock, depth: number, candidates: Candidates): ScoredItem[][] {
  return Array.from({ length: block.count }, (_, row) => {
    const list: ScoredItem[] = [];
    for (let p = row * depth; p < (row + 1) * depth && block.items[p] >= 0; p++) {
      list.push({ item: candidates.items[block.items[p]], score: block.scores[p] });
    }
    return list;
  });
}

/** The candidates with most training interactions outside a row of the mask. Items that came after the training have none. */
export function rankByPopularity(
  { counts, order }: Popularity,
  row: number,
  candidates: Candidates,
  mask: Interactions,
  count: number,
  adjustment?: Floats,
): RankedItem[] {
  const hidden = new Set(mask.columnIndices.subarray(mask.rowPointers[row], mask.rowPointers[row + 1]));
  if (adjustment !== undefined) {
    const spread = spreadOfValues(counts);
    const scored = Array.from(candidates.items, (item): Required<RankedItem> => {
      const score = counts[item] ?? 0;
      return { item, score, adjusted: score + spread * adjustment[item] };
    });
    return scored
      .filter((_, place) => !hidden.has(place))
      .sort((a, b) => b.adjusted - a.adjusted || a.item - b.item)
      .slice(0, count);
  }
  const list: RankedItem[] = [];
  const offer = (item: number, score: number): void => {
    const place = candidates.places[item];
    if (list.length < count && place >= 0 && !hidden.has(place)) list.push({ item, score });
  };
  for (const item of order) {
    if (list.length === count) break;
    offer(item, counts[item]);
  }
  for (let item = counts.length; item < candidates.places.length; item++) offer(item, 0);
  return list;
}
