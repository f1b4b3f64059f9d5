/**
 * Cosine top-k of the WebAssembly engine. Every thread keeps its own lists, which are merged at the end: the order
 * of candidates is total, so the result does not depend on who met which pair.
 */

import { EngineError } from "../../errors.ts";
import type { Engine, Matrix } from "../engine.ts";
import { type Context, chunksOf, rowGrain } from "./context.ts";
import { KERNEL } from "./kernels.ts";
import { checkLists, lanesOf } from "./lists.ts";
import { checkMatrix } from "./shapes.ts";

type NeighbourOperations = Pick<Engine, "cosineTopK">;

/** PAIR_BLOCK of `kernels/neighbours.ts`. */
const PAIR_BLOCK = 256;
/** Rows a chunk when lists are prepared or merged. */
const LIST_GRAIN = 1024;
/** Thresholds are read eight at a time, past the last row; a list is read from the lane before it. */
const SLACK = 64;

export function neighbourOperations({ threads, memory, at }: Context): NeighbourOperations {
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
  };
}
