/**
 * Cosine top-k and full ranking of the WebAssembly engine. Every thread keeps its own lists, which are merged at the end: the order
 * of candidates is total, so the result does not depend on who met which pair.
 */

import { EngineError } from "../../errors.ts";
import type { Engine, Matrix, NeighbourLists } from "../engine.ts";
import { type Context, chunksOf, rowGrain } from "./context.ts";
import { KERNEL } from "./kernels.ts";
import { checkMatrix, expectLength } from "./shapes.ts";

type NeighbourOperations = Pick<Engine, "cosineTopK" | "rankItems">;

/** PAIR_BLOCK and USER_BLOCK of `kernels/neighbours.ts`. */
const PAIR_BLOCK = 256;
const USER_BLOCK = 64;
const WIDE = 8;
const DEPTH = 256;
/** Rows a chunk when lists are prepared or merged. */
const LIST_GRAIN = 1024;
/** Thresholds are read eight at a time, past the last row; a list is read from the lane before it. */
const SLACK = 64;

/** Lanes of a list of k in the kernels. */
const lanesOf = (k: number): number => Math.ceil(k / 4) * 4;

export function neighbourOperations({ threads, memory, at, atOptional }: Context): NeighbourOperations {
  const checkLists = (operation: string, lists: NeighbourLists): void => {
    if (!Number.isInteger(lists.k) || lists.k < 1) {
      throw new EngineError(`${operation}: lists keep k = ${lists.k} candidates, expected an integer of at least 1`);
    }
    expectLength(operation, "lists.indices", lists.indices, lists.rows * lists.k);
    expectLength(operation, "lists.values", lists.values, lists.rows * lists.k);
  };

  const inverseNorms = (x: Matrix, target: number): void => {
    const grain = rowGrain(x.columns);
    threads.pass(at(x.data), target, x.rows, x.columns, grain);
    threads.run(KERNEL.inverseNorms, chunksOf(x.rows, grain));
  };

  return {
    cosineTopK: (a, aOffset, b, bOffset, lists) => {
      checkMatrix("cosineTopK", "a", a);
      checkMatrix("cosineTopK", "b", b);
      checkLists("cosineTopK", lists);
      if (a.columns !== b.columns) {
        throw new EngineError(`cosineTopK: rows of ${a.columns} and of ${b.columns} elements cannot be compared`);
      }
      if (aOffset + a.rows > lists.rows || bOffset + b.rows > lists.rows || aOffset < 0 || bOffset < 0) {
        throw new EngineError(
          `cosineTopK: items ${aOffset}…${aOffset + a.rows} and ${bOffset}…${bOffset + b.rows} do not fit lists of ${lists.rows} rows`,
        );
      }
      if (a.rows === 0 || b.rows === 0) return;
      const same = at(a.data) === at(b.data) && a.rows === b.rows && aOffset === bOffset;
      const { rows, k } = lists;
      const thresholdBytes = rows * 4 + SLACK;
      const listBytes = threads.count * rows * lanesOf(k) * 4;
      const aNormBytes = a.rows * 4 + SLACK;
      const total = threads.count * thresholdBytes + 2 * listBytes + aNormBytes + (b.rows * 4 + SLACK);
      const work = memory.borrow(total, "the candidate lists of cosineTopK");
      try {
        const thresholds = work;
        const values = thresholds + threads.count * thresholdBytes;
        const indices = values + listBytes;
        const aNorms = indices + listBytes;
        const bNorms = same ? aNorms : aNorms + aNormBytes;
        inverseNorms(a, aNorms);
        if (!same) inverseNorms(b, bNorms);
        const listChunks = chunksOf(rows, LIST_GRAIN);
        threads.pass(at(lists.values), at(lists.indices), rows, k, values, indices, thresholds, thresholdBytes);
        threads.passAt(
          8,
          threads.count,
          LIST_GRAIN,
          at(a.data),
          a.rows,
          aOffset,
          aNorms,
          at(b.data),
          b.rows,
          bOffset,
          bNorms,
        );
        threads.passAt(18, a.columns, same ? 1 : 0);
        threads.run(KERNEL.prepareLists, listChunks);
        const [down, across] = [chunksOf(a.rows, PAIR_BLOCK), chunksOf(b.rows, PAIR_BLOCK)];
        threads.run(KERNEL.cosinePairs, same ? (down * (down + 1)) / 2 : down * across);
        threads.run(KERNEL.mergeLists, listChunks);
      } finally {
        memory.giveBack(work);
      }
    },
    rankItems: (users, items, mask, maskRows, lists) => {
      checkMatrix("rankItems", "users", users);
      checkMatrix("rankItems", "items", items);
      checkLists("rankItems", lists);
      if (users.columns !== items.columns) {
        throw new EngineError(`rankItems: users of ${users.columns} and items of ${items.columns} elements do not fit`);
      }
      if (lists.rows !== users.rows) {
        throw new EngineError(`rankItems: lists have ${lists.rows} rows, expected ${users.rows}, one a user`);
      }
      if (maskRows !== undefined) expectLength("rankItems", "maskRows", maskRows, users.rows);
      const columns = users.columns;
      const padded = Math.ceil(items.rows / WIDE) * WIDE;
      const panelBytes = padded * columns * 4 + SLACK;
      const listBytes = threads.count * USER_BLOCK * lanesOf(lists.k) * 4;
      const panels = memory.borrow(panelBytes + 2 * listBytes, "the packed items of rankItems");
      try {
        const values = panels + panelBytes;
        if (items.rows > 0 && columns > 0) {
          threads.pass(at(items.data), columns * 4, 0, items.rows, 0, items.rows, 0, columns, panels, WIDE, 16);
          threads.run(KERNEL.packShared, Math.ceil(padded / WIDE / 16) * Math.ceil(columns / DEPTH));
        }
        threads.pass(
          at(lists.values),
          at(lists.indices),
          at(users.data),
          users.rows,
          columns,
          panels,
          items.rows,
          lists.k,
        );
        threads.passAt(8, atOptional(mask?.rowPointers), atOptional(mask?.columnIndices), atOptional(maskRows));
        threads.passAt(11, values, values + listBytes);
        threads.run(KERNEL.rankBlock, chunksOf(users.rows, USER_BLOCK));
      } finally {
        memory.giveBack(panels);
      }
    },
  };
}
