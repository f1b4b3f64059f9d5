/**
 * The k best candidates of each row, in plain loops: by cosine cos_ij = x_i · x_j / (‖x_i‖ ‖x_j‖) for neighbour graphs, and by
 * dot product for full rankings. Lists stay sorted at all times: larger value first, equal values by smaller index.
 */
import { EngineError } from "../../errors.ts";
import type { Engine, Matrix, NeighbourLists, Pattern } from "../engine.ts";
import type { Checks } from "./checks.ts";

export type NeighbourOperations = Pick<Engine, "cosineTopK" | "rankItems">;

/** Inserts the candidate at its place in the list of `row`, when it is among the k best. */
function offer(lists: NeighbourLists, row: number, candidate: number, exactValue: number): void {
  const { k, indices, values } = lists;
  // Values are compared as they are stored: two that differ only beyond the storage's precision are equal.
  const value = values instanceof Float32Array ? Math.fround(exactValue) : exactValue;
  const start = row * k;
  let place = start + k;
  while (place > start) {
    const other = indices[place - 1];
    const otherIsBetter =
      other !== -1 && (values[place - 1] > value || (values[place - 1] === value && other < candidate));
    if (otherIsBetter) break;
    place--;
  }
  const end = start + k;
  if (place === end) return;
  indices.copyWithin(place + 1, place, end - 1);
  values.copyWithin(place + 1, place, end - 1);
  indices[place] = candidate;
  values[place] = value;
}

function dotOfRows(a: Matrix, i: number, b: Matrix, j: number): number {
  let sum = 0;
  for (let l = 0; l < a.columns; l++) sum += a.data[i * a.columns + l] * b.data[j * b.columns + l];
  return sum;
}

function rowNorms(x: Matrix): Float64Array {
  return Float64Array.from({ length: x.rows }, (_, i) => Math.sqrt(dotOfRows(x, i, x, i)));
}

function isSameBlock(a: Matrix, aOffset: number, b: Matrix, bOffset: number): boolean {
  return a.data.buffer === b.data.buffer && a.data.byteOffset === b.data.byteOffset && aOffset === bOffset;
}

function maskedColumns(mask: Pattern, row: number): Set<number> {
  return new Set(mask.columnIndices.subarray(mask.rowPointers[row], mask.rowPointers[row + 1]));
}

export function neighbourOperations(check: Checks): NeighbourOperations {
  return {
    cosineTopK(a, aOffset, b, bOffset, lists) {
      check.matrix("cosineTopK", "a", a);
      check.matrix("cosineTopK", "b", b, b.rows, a.columns);
      check.lists("cosineTopK", lists);
      const last = Math.max(aOffset + a.rows, bOffset + b.rows);
      if (last > lists.rows) {
        throw new EngineError(`cosineTopK: the blocks end at item ${last}, but lists has ${lists.rows} rows`);
      }
      const sameBlock = isSameBlock(a, aOffset, b, bOffset);
      const aNorms = rowNorms(a);
      const bNorms = rowNorms(b);
      for (let i = 0; i < a.rows; i++) {
        for (let j = sameBlock ? i : 0; j < b.rows; j++) {
          if (aNorms[i] === 0 || bNorms[j] === 0) continue;
          const left = aOffset + i;
          const right = bOffset + j;
          const cosine = dotOfRows(a, i, b, j) / (aNorms[i] * bNorms[j]);
          offer(lists, left, right, cosine);
          if (left !== right) offer(lists, right, left, cosine);
        }
      }
    },

    rankItems(users, items, mask, maskRows, lists) {
      check.matrix("rankItems", "users", users);
      check.matrix("rankItems", "items", items, items.rows, users.columns);
      check.lists("rankItems", lists);
      if (lists.rows !== users.rows) {
        throw new EngineError(`rankItems: lists has ${lists.rows} rows for ${users.rows} users; expected one each`);
      }
      if (mask !== undefined) check.pattern("rankItems", "mask", mask);
      if (maskRows !== undefined) {
        check.array("rankItems", "maskRows", maskRows, users.rows);
        check.indices("rankItems", "maskRows", maskRows, mask?.rows ?? 0);
      } else if (mask !== undefined && mask.rows !== users.rows) {
        throw new EngineError(
          `rankItems: mask has ${mask.rows} rows for ${users.rows} users; say each user's row in maskRows`,
        );
      }
      lists.indices.fill(-1);
      lists.values.fill(0);
      for (let u = 0; u < users.rows; u++) {
        const leftOut = mask === undefined ? new Set<number>() : maskedColumns(mask, maskRows?.[u] ?? u);
        for (let i = 0; i < items.rows; i++) {
          if (!leftOut.has(i)) offer(lists, u, i, dotOfRows(users, u, items, i));
        }
      }
    },
  };
}
