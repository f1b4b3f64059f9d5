/**
 * Full ranking: for many users, the best items by dot product of final embeddings among all items outside a mask. Works in
 * blocks of users whose temporaries go when the block is done, so memory does not grow with the number of users.
 */
import type { Engine, Pattern } from "../engine/engine.ts";
import type { FinalEmbeddings } from "../models/model.ts";

/** Users ranked at a time: enough to keep every thread busy, few enough that a caller can stop or draw between blocks. */
const usersPerBlock = 4096;

export interface RankingRequest {
  readonly engine: Engine;
  readonly embeddings: FinalEmbeddings;
  /** Users to rank for, as indices. */
  readonly users: Int32Array;
  /** users × items: what each user is not to be shown; ordinary or engine arrays. */
  readonly mask?: Pattern | undefined;
  /** Length of the lists. */
  readonly depth: number;
}

export interface RankedBlock {
  /** The block's lists belong to users[offset], users[offset + 1], … of the request. */
  readonly offset: number;
  readonly count: number;
  /** count × depth item indices, the best first; -1 where a user has fewer candidates. Ties by smaller index. */
  readonly items: Int32Array;
  /** count × depth scores; 0 where the index is -1. */
  readonly scores: Float32Array | Float64Array;
}

/** A copy over arrays of this engine, long-lived. */
function toEngine(engine: Engine, mask: Pattern): Pattern {
  const rowPointers = engine.ints(mask.rowPointers.length);
  const columnIndices = engine.ints(mask.columnIndices.length);
  rowPointers.set(mask.rowPointers);
  columnIndices.set(mask.columnIndices);
  return { rows: mask.rows, columns: mask.columns, rowPointers, columnIndices };
}

/**
 * Ranks block after block. To be called outside `engine.step`; between blocks the caller may do as it likes, other steps included. The arrays of a block are the caller's to keep.
 * @throws EngineError when the engine's memory does not suffice
 */
export function* rankInBlocks(request: RankingRequest): Generator<RankedBlock, void, undefined> {
  const { engine, embeddings, users, depth } = request;
  const mask = request.mask === undefined ? undefined : toEngine(engine, request.mask);
  const k = Math.min(depth, embeddings.items.rows);
  try {
    for (let offset = 0; offset < users.length; offset += usersPerBlock) {
      const count = Math.min(usersPerBlock, users.length - offset);
      const items = new Int32Array(count * depth).fill(-1);
      const scores = engine.precision === "float64" ? new Float64Array(count * depth) : new Float32Array(count * depth);
      engine.step(() => {
        const rows = engine.ints(count);
        rows.set(users.subarray(offset, offset + count));
        const columns = embeddings.users.columns;
        const block = { rows: count, columns, data: engine.floats(count * columns) };
        engine.gatherRows(embeddings.users, rows, 1, block);
        const lists = { rows: count, k, indices: engine.ints(count * k), values: engine.floats(count * k) };
        engine.rankItems(block, embeddings.items, mask, mask === undefined ? undefined : rows, lists);
        if (k === depth) {
          items.set(lists.indices);
          scores.set(lists.values);
        } else {
          for (let row = 0; row < count; row++) {
            items.set(lists.indices.subarray(row * k, (row + 1) * k), row * depth);
            scores.set(lists.values.subarray(row * k, (row + 1) * k), row * depth);
          }
        }
      });
      yield { offset, count, items, scores };
    }
  } finally {
    if (mask !== undefined) {
      engine.release(mask.rowPointers);
      engine.release(mask.columnIndices);
    }
  }
}
