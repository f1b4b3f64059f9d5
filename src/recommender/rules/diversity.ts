/**
 * Maximal marginal relevance (Carbonell and Goldstein 1998): a list is filled one by one with the item of the pool that has the largest
 *   (1 − δ) r_i − δ max_{j chosen} sim(i, j),
 * r_i its score brought to 0 … 1 over the pool, sim the cosine of final embeddings, or, where a run has none, the larger of S_ij and S_ji. Ties
 * go to whoever stands first in the pool. δ = 0 leaves the order as it is. The pool are the best 10 times as many, and 100 at least.
 */
import type { Floats } from "../../engine/engine.ts";
import { ConfigError } from "../../errors.ts";
import type { StoredItemGraph } from "../../runs/weights.ts";
import { matrixRows } from "../../tensor/tape.ts";
import type { Catalogue } from "../catalogue.ts";
import { cosine } from "../cosine.ts";
import type { RankedItem } from "../ranking.ts";

export type ItemSimilarity = (a: number, b: number) => number;

export function checkDiversity(diversity = 0): number {
  if (diversity >= 0 && diversity <= 1) return diversity;
  throw new ConfigError(
    `diversity: found ${diversity}, expected a number from 0 (as ranked) to 1 (as unlike as can be)`,
  );
}

export const poolSize = (count: number, diversity: number): number =>
  diversity === 0 ? count : Math.max(100, 10 * count);

/** @param scores S, where the run scores by its item graph */
export function itemSimilarity(
  catalogue: Pick<Catalogue, "embeddings">,
  scores: StoredItemGraph | undefined,
): ItemSimilarity {
  if (scores !== undefined) {
    const { rowPointers, columnIndices, values } = scores;
    const entry = (i: number, j: number): number => {
      const at = columnIndices.subarray(rowPointers[i], rowPointers[i + 1]).indexOf(j);
      return at < 0 ? 0 : values[rowPointers[i] + at];
    };
    return (a, b) => Math.max(entry(a, b), entry(b, a));
  }
  const rowOf = (item: number): Floats => matrixRows(catalogue.embeddings, item, item + 1).data;
  return (a, b) => cosine(rowOf(a), rowOf(b));
}

/** @param pool best first @returns `count` of it, in the order they were chosen */
export function diversified(
  pool: readonly RankedItem[],
  count: number,
  diversity: number,
  similarity: ItemSimilarity,
): readonly RankedItem[] {
  if (diversity === 0 || pool.length < 2) return pool.slice(0, count);
  const scores = pool.map(({ score, adjusted = score }) => adjusted);
  const [least, most] = scores.reduce(
    ([low, high], score) => [Math.min(low, score), Math.max(high, score)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const range = most - least;
  const relevance = scores.map((score) => (range === 0 ? 0 : (score - least) / range));
  const nearest = new Float64Array(pool.length).fill(Number.NEGATIVE_INFINITY);
  const chosen: RankedItem[] = [];
  const left = new Set(pool.keys());
  while (chosen.length < count && left.size > 0) {
    let best = -1;
    let bestValue = Number.NEGATIVE_INFINITY;
    for (const place of left) {
      const near = chosen.length === 0 ? 0 : nearest[place];
      const value = (1 - diversity) * relevance[place] - diversity * near;
      if (value > bestValue) {
        best = place;
        bestValue = value;
      }
    }
    left.delete(best);
    chosen.push(pool[best]);
    for (const place of left) {
      nearest[place] = Math.max(nearest[place], similarity(pool[place].item, pool[best].item));
    }
  }
  return chosen;
}
