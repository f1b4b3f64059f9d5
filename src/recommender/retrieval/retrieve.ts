/**
 * The best candidates for one vector by the index: what it finds is filtered, scored exactly and sorted, and where filters leave too few it is
 * asked for more. Items that came after the index was built are scored one by one. Filters hold exactly; what may be missing are items that the
 * index did not find.
 */
import type { Floats, Matrix } from "../../engine/engine.ts";
import type { ScoredItem } from "../similar-items.ts";
import type { ItemIndex } from "./item-index.ts";

export interface Retrieval {
  readonly index: ItemIndex;
  /** Final embeddings of all items, those of the index first. */
  readonly embeddings: Matrix;
  readonly vector: Floats;
  readonly accepts: (item: number) => boolean;
  /** Items that are not accepted, about. */
  readonly refused: number;
  readonly count: number;
}

/** Found beside those asked for, since what is scored exactly may be in another order. */
const spare = 16;
/** Beyond this share of the index, scoring everything is no dearer. */
const largestShare = 1 / 8;

/** @returns best first, ties by smaller index; undefined where so few are accepted that everything has to be scored */
export function retrieve(request: Retrieval): readonly ScoredItem[] | undefined {
  const { index, embeddings, vector, accepts, refused, count } = request;
  const scored = (item: number): ScoredItem => ({ item, score: product(vector, embeddings, item) });
  const most = Math.floor(index.size * largestShare);
  let asked = count + Math.min(refused, count + spare) + spare;
  while (asked <= most) {
    const found = [...index.search(vector, asked)].filter(accepts);
    if (found.length >= count) {
      for (let item = index.size; item < embeddings.rows; item++) if (accepts(item)) found.push(item);
      return found
        .map(scored)
        .sort((a, b) => b.score - a.score || a.item - b.item)
        .slice(0, count);
    }
    asked *= 4;
  }
  return undefined;
}

export function product(vector: Floats, { columns, data }: Matrix, item: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c++) sum += vector[c] * data[item * columns + c];
  return sum;
}
