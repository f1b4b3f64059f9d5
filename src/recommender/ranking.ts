/** The best candidates for users given by their vectors, exactly, and the most popular ones for users without any. */
import type { Interactions } from "../data/dataset.ts";
import type { Engine, Floats } from "../engine/engine.ts";
import { rankInBlocks } from "../evaluation/rank.ts";
import type { Candidates } from "./candidates.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Popularity } from "./popularity.ts";
import type { ScoredItem } from "./similar-items.ts";

export interface CandidateRanking {
  readonly engine: Engine;
  readonly catalogue: Pick<Catalogue, "embeddings">;
  /** A vector a user, as long as the final embeddings. */
  readonly users: readonly Floats[];
  readonly candidates: Candidates;
  /** users × candidates: what each user is not shown. */
  readonly mask: Interactions;
  readonly count: number;
}

/** @returns a list a user, best first, ties by smaller index; items by their indices */
export function rankCandidates(request: CandidateRanking): ScoredItem[][] {
  const { engine, candidates, mask, count } = request;
  const { embeddings } = request.catalogue;
  const { columns } = embeddings;
  const rows = candidates.items.length;
  if (rows === 0) return request.users.map(() => []);
  const everything = rows === embeddings.rows;
  const userData = engine.floats(request.users.length * columns);
  const itemData = everything ? embeddings.data : engine.floats(rows * columns);
  try {
    request.users.forEach((vector, row) => {
      userData.set(vector, row * columns);
    });
    if (!everything) {
      candidates.items.forEach((item, row) => {
        itemData.set(embeddings.data.subarray(item * columns, (item + 1) * columns), row * columns);
      });
    }
    const users = Int32Array.from(request.users.keys());
    const depth = Math.min(count, rows);
    const lists: ScoredItem[][] = [];
    const ranked = {
      users: { rows: users.length, columns, data: userData },
      items: { rows, columns, data: itemData },
    };
    for (const block of rankInBlocks({ engine, embeddings: ranked, users, mask, depth })) {
      for (let row = 0; row < block.count; row++) {
        const list: ScoredItem[] = [];
        for (let p = row * depth; p < (row + 1) * depth && block.items[p] >= 0; p++) {
          list.push({ item: candidates.items[block.items[p]], score: block.scores[p] });
        }
        lists.push(list);
      }
    }
    return lists;
  } finally {
    engine.release(userData);
    if (!everything) engine.release(itemData);
  }
}

/** The candidates with most training interactions outside a row of the mask. Items that came after the training have none. */
export function rankByPopularity(
  { counts, order }: Popularity,
  row: number,
  candidates: Candidates,
  mask: Interactions,
  count: number,
): ScoredItem[] {
  const hidden = new Set(mask.columnIndices.subarray(mask.rowPointers[row], mask.rowPointers[row + 1]));
  const list: ScoredItem[] = [];
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
