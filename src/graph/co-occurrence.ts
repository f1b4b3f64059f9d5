/**
 * Items alike by who took them: with U_i the users of item i in training,
 *   s_ij = |U_i ∩ U_j| / (√(|U_i| |U_j|) + h),
 * the cosine of their user sets, shrunk by h. Row i keeps the k largest of its s_ij, itself left out: that is exact, computed one row at a
 * time from the users' items, in memory of one value an item.
 */
import type { Floats, Pattern } from "../engine/engine.ts";
import { createBestCandidates } from "./best-candidates.ts";

/** S, items × items, its values above 0; ordinary arrays. */
export interface ItemScores extends Pattern {
  readonly values: Floats;
}

/** The same entries by column. @param of rows × columns @returns columns × rows */
export function transposedScores({ rows, columns, rowPointers, columnIndices, values }: ItemScores): ItemScores {
  const pointers = new Int32Array(columns + 1);
  for (const column of columnIndices) pointers[column + 1] += 1;
  for (let column = 0; column < columns; column++) pointers[column + 1] += pointers[column];
  const next = pointers.slice();
  const indices = new Int32Array(columnIndices.length);
  const transposed = new Float32Array(columnIndices.length);
  for (let row = 0; row < rows; row++) {
    for (let p = rowPointers[row]; p < rowPointers[row + 1]; p++) {
      const q = next[columnIndices[p]]++;
      indices[q] = row;
      transposed[q] = values[p];
    }
  }
  return { rows: columns, columns: rows, rowPointers: pointers, columnIndices: indices, values: transposed };
}

/** The users of each item: interactions by column. */
function usersOfItems({ rows, columns, rowPointers, columnIndices }: Pattern): Pattern {
  const pointers = new Int32Array(columns + 1);
  for (const item of columnIndices) pointers[item + 1] += 1;
  for (let item = 0; item < columns; item++) pointers[item + 1] += pointers[item];
  const next = pointers.slice();
  const indices = new Int32Array(columnIndices.length);
  for (let user = 0; user < rows; user++) {
    for (let p = rowPointers[user]; p < rowPointers[user + 1]; p++) indices[next[columnIndices[p]]++] = user;
  }
  return { rows: columns, columns: rows, rowPointers: pointers, columnIndices: indices };
}

/** @param train users × items @param k neighbours an item at most @param shrinkage h */
export function coOccurrenceScores(train: Pattern, k: number, shrinkage: number): ItemScores {
  const items = train.columns;
  const users = usersOfItems(train);
  const degree = (item: number): number => users.rowPointers[item + 1] - users.rowPointers[item];
  const common = new Int32Array(items);
  const best = createBestCandidates(Math.min(k, items));
  const rowPointers = new Int32Array(items + 1);
  const columns: Int32Array[] = [];
  const values: Float32Array[] = [];
  for (let item = 0; item < items; item++) {
    const met: number[] = [];
    for (let p = users.rowPointers[item]; p < users.rowPointers[item + 1]; p++) {
      const user = users.columnIndices[p];
      for (let q = train.rowPointers[user]; q < train.rowPointers[user + 1]; q++) {
        const other = train.columnIndices[q];
        if (common[other] === 0) met.push(other);
        common[other] += 1;
      }
    }
    best.clear();
    for (const other of met) {
      if (other !== item) best.offer(other, common[other] / (Math.sqrt(degree(item) * degree(other)) + shrinkage));
      common[other] = 0;
    }
    const places = Array.from({ length: best.count }, (_, place) => place).sort(
      (a, b) => best.indices[a] - best.indices[b],
    );
    columns.push(Int32Array.from(places, (place) => best.indices[place]));
    values.push(Float32Array.from(places, (place) => best.scores[place]));
    rowPointers[item + 1] = rowPointers[item] + best.count;
  }
  const entries = rowPointers[items];
  const scores = { columnIndices: new Int32Array(entries), values: new Float32Array(entries) };
  columns.forEach((row, item) => {
    scores.columnIndices.set(row, rowPointers[item]);
    scores.values.set(values[item], rowPointers[item]);
  });
  return { rows: items, columns: items, rowPointers, ...scores };
}
