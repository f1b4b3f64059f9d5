/**
 * Degree-sensitive pruning of user–item pairs (Zhou and Shen 2023, FREEDOM, section 3.2): a share of the pairs is kept, drawn without
 * replacement in proportion to 1 / √(d_u d_i), so that pairs between popular ends go first. Drawn as a race: pair p arrives at
 * −ln(uniform) · √(d_u d_i), and the earliest are kept (Efraimidis and Spirakis 2006).
 */
import type { Pattern } from "../engine/engine.ts";
import { logarithm } from "../tensor/elementary.ts";
import type { Random } from "../tensor/random.ts";

/**
 * @param pairs users × items
 * @param kept share of the pairs that stays, above 0, at most 1
 * @returns in ordinary arrays
 */
export function prunePairs(pairs: Pattern, kept: number, random: Random): Pattern {
  const { rows, columns, rowPointers, columnIndices } = pairs;
  const count = columnIndices.length;
  const wanted = Math.max(1, Math.floor(count * kept));
  const itemDegrees = new Float64Array(columns);
  for (const item of columnIndices) itemDegrees[item] += 1;
  const arrivals = new Float64Array(count);
  for (let user = 0; user < rows; user++) {
    const degree = rowPointers[user + 1] - rowPointers[user];
    for (let p = rowPointers[user]; p < rowPointers[user + 1]; p++) {
      // 1 − uniform lies in (0, 1], where the logarithm is finite.
      arrivals[p] = -logarithm(1 - random.uniform()) * Math.sqrt(degree * itemDegrees[columnIndices[p]]);
    }
  }
  const last = arrivals.toSorted()[wanted - 1];
  const pointers = new Int32Array(rows + 1);
  const indices = new Int32Array(wanted);
  let end = 0;
  for (let user = 0; user < rows; user++) {
    for (let p = rowPointers[user]; p < rowPointers[user + 1]; p++) {
      if (arrivals[p] <= last && end < wanted) indices[end++] = columnIndices[p];
    }
    pointers[user + 1] = end;
  }
  return { rows, columns, rowPointers: pointers, columnIndices: indices };
}
