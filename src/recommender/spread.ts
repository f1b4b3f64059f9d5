/**
 * σ, the standard deviation of somebody's scores over the catalogue: what one unit of a boost is worth to them, and what makes scores of
 * two vectors comparable. Of dot products it is taken over at most 1,000 items, evenly spaced by index.
 */
import type { Floats, Matrix, Pattern } from "../engine/engine.ts";
import type { ItemScores } from "../graph/co-occurrence.ts";

const sampled = 1000;

function deviation(sum: number, squares: number, count: number): number {
  return count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}

/** @param items final embeddings */
export function spreadOfVector(vector: Floats, { rows, columns, data }: Matrix): number {
  const step = Math.max(1, Math.ceil(rows / sampled));
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let item = 0; item < rows; item += step) {
    let score = 0;
    for (let c = 0; c < columns; c++) score += vector[c] * data[item * columns + c];
    sum += score;
    squares += score * score;
    count++;
  }
  return deviation(sum, squares, count);
}

/** Of Σ_j p_j S_ij over all items i. @param transposed Sᵀ @param row of the profiles */
export function spreadOfProfile(
  transposed: ItemScores,
  profiles: Pattern & { readonly values?: Floats | undefined },
  row: number,
): number {
  const scores = new Map<number, number>();
  for (let p = profiles.rowPointers[row]; p < profiles.rowPointers[row + 1]; p++) {
    const taken = profiles.columnIndices[p];
    const weight = profiles.values?.[p] ?? 1;
    for (let q = transposed.rowPointers[taken]; q < transposed.rowPointers[taken + 1]; q++) {
      const item = transposed.columnIndices[q];
      scores.set(item, (scores.get(item) ?? 0) + weight * transposed.values[q]);
    }
  }
  let sum = 0;
  let squares = 0;
  for (const score of scores.values()) {
    sum += score;
    squares += score * score;
  }
  return deviation(sum, squares, transposed.columns);
}

export function spreadOfValues(values: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let n = 0; n < values.length; n++) {
    sum += values[n];
    squares += values[n] * values[n];
  }
  return deviation(sum, squares, values.length);
}
