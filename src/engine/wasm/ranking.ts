/**
 * Full ranking of the WebAssembly engine: for many users the items are packed once into the panels of a dense product, a user alone reads them as they
 * lie, since packing costs more than one user's scores. The sums, and so the lists, are the same to the bit.
 */
import { EngineError } from "../../errors.ts";
import type { Engine, Matrix } from "../engine.ts";
import { type Context, chunksOf } from "./context.ts";
import { KERNEL } from "./kernels.ts";
import { checkLists, lanesOf } from "./lists.ts";
import { checkMatrix, expectLength } from "./shapes.ts";

/** USER_BLOCK of `kernels/ranking.ts`, WIDE and DEPTH of `kernels/tile.ts`. */
const USER_BLOCK = 64;
const WIDE = 8;
const DEPTH = 256;
/** Panels a chunk when items are packed. */
const PACK_GRAIN = 16;
/** A list is read from the lane before it. */
const SLACK = 64;

export function rankingOperations({ threads, memory, at, atOptional }: Context): Pick<Engine, "rankItems"> {
  const withPackedItems = (items: Matrix, use: (panels: number) => void): void => {
    const { rows, columns } = items;
    const padded = Math.ceil(rows / WIDE) * WIDE;
    const panels = memory.borrow(padded * columns * 4 + SLACK, "the packed items of rankItems");
    try {
      if (rows > 0 && columns > 0) {
        threads.pass(at(items.data), columns * 4, 0, rows, 0, rows, 0, columns, panels, WIDE, PACK_GRAIN);
        threads.run(KERNEL.packShared, Math.ceil(padded / WIDE / PACK_GRAIN) * Math.ceil(columns / DEPTH));
      }
      use(panels);
    } finally {
      memory.giveBack(panels);
    }
  };

  return {
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
      const listBytes = threads.count * USER_BLOCK * lanesOf(lists.k) * 4 + SLACK;
      const work = memory.borrow(2 * listBytes, "the candidate lists of rankItems");
      const rank = (
        kernel: typeof KERNEL.rankUser | typeof KERNEL.rankBlock,
        address: number,
        chunks: number,
      ): void => {
        const { columns, rows } = users;
        const values = work + SLACK;
        threads.pass(at(lists.values), at(lists.indices), at(users.data), rows, columns, address, items.rows, lists.k);
        threads.passAt(8, atOptional(mask?.rowPointers), atOptional(mask?.columnIndices), atOptional(maskRows));
        threads.passAt(11, values, values + listBytes);
        threads.run(kernel, chunks);
      };
      try {
        if (users.rows === 1) rank(KERNEL.rankUser, at(items.data), 1);
        else withPackedItems(items, (panels) => rank(KERNEL.rankBlock, panels, chunksOf(users.rows, USER_BLOCK)));
      } finally {
        memory.giveBack(work);
      }
    },
  };
}
