/**
 * Neighbour lists of items: the k nearest by cosine of feature rows, computed exactly in blocks, and their form as a
 * sparse pattern (specification, sections 1 and 2). An item is its own nearest neighbour and is kept.
 */
import type { Engine, Floats, Ints, Matrix, NeighbourLists, Pattern } from "../engine/engine.ts";
import type { RowReader } from "../tensor/features.ts";
import { matrixRows, zeros } from "../tensor/tape.ts";

/** Floats of one block when the features do not fit in the engine: 128 MiB of float32. */
const blockFloats = 1 << 25;

/** Empty lists in engine memory, for `engine.cosineTopK` to fill. */
export function emptyLists(engine: Engine, rows: number, k: number): NeighbourLists {
  const indices = engine.ints(rows * k);
  indices.fill(-1);
  return { rows, k, indices, values: engine.floats(rows * k) };
}

/** The k nearest rows of each row by cosine. */
export function nearestNeighbours(engine: Engine, features: Matrix, k: number): NeighbourLists {
  const lists = emptyLists(engine, features.rows, k);
  engine.cosineTopK(features, 0, features, 0, lists);
  return lists;
}

/** As `nearestNeighbours` for features that are read in blocks: every pair of blocks once. Inside a step. */
export function nearestNeighboursStreamed(
  engine: Engine,
  rows: number,
  columns: number,
  read: RowReader,
  k: number,
): NeighbourLists {
  const lists = emptyLists(engine, rows, k);
  const blockRows = Math.min(rows, Math.max(1, Math.floor(blockFloats / columns)));
  const firstBuffer = zeros(engine, blockRows, columns);
  const secondBuffer = zeros(engine, blockRows, columns);
  for (let a = 0; a < rows; a += blockRows) {
    const first = matrixRows(firstBuffer, 0, Math.min(blockRows, rows - a));
    read(a, a + first.rows, first);
    engine.cosineTopK(first, a, first, a, lists);
    for (let b = a + blockRows; b < rows; b += blockRows) {
      const second = matrixRows(secondBuffer, 0, Math.min(blockRows, rows - b));
      read(b, b + second.rows, second);
      engine.cosineTopK(first, a, second, b, lists);
    }
  }
  return lists;
}

/** Neighbour lists of any width as sparse rows: columns ascending, -1 left out. */
export interface NeighbourMatrix {
  readonly pattern: Pattern;
  readonly values: Floats;
}

/**
 * @param indices rows × width, -1 pads
 * @param cosines rows × width
 * @returns rows × rows, in engine memory
 */
export function neighbourMatrix(
  engine: Engine,
  rows: number,
  width: number,
  indices: Ints,
  cosines: Floats,
): NeighbourMatrix {
  let entries = 0;
  for (let p = 0; p < rows * width; p++) if (indices[p] >= 0) entries++;
  const rowPointers = engine.ints(rows + 1);
  const columnIndices = engine.ints(entries);
  const values = engine.floats(entries);
  let end = 0;
  for (let i = 0; i < rows; i++) {
    const start = end;
    for (let p = i * width; p < (i + 1) * width; p++) {
      if (indices[p] < 0) continue;
      let at = end++;
      for (; at > start && columnIndices[at - 1] > indices[p]; at--) {
        columnIndices[at] = columnIndices[at - 1];
        values[at] = values[at - 1];
      }
      columnIndices[at] = indices[p];
      values[at] = cosines[p];
    }
    rowPointers[i + 1] = end;
  }
  return { pattern: { rows, columns: rows, rowPointers, columnIndices }, values };
}
