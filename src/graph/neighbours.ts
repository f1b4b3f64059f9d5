/**
 * Neighbour lists of items: the k nearest by cosine of feature rows, computed exactly in blocks, and their form as a
 * sparse pattern (specification, sections 1 and 2). An item is its own nearest neighbour and is kept.
 */
import type { Engine, Floats, Ints, Matrix, NeighbourLists, Pattern } from "../engine/engine.ts";
import type { FeatureTable } from "../tensor/features.ts";
import { matrixRows, zeros } from "../tensor/tape.ts";

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

/** Multiply–adds of one pair of blocks: about a second on one thread. */
const blockWork = 1e10;

/** Floats of one block: 64 MiB of float32. */
const blockFloats = 1 << 24;

function blockRowsFor(rows: number, columns: number): number {
  const byWork = Math.floor(Math.sqrt(blockWork / columns));
  return Math.min(rows, Math.max(64, Math.min(byWork, Math.floor(blockFloats / columns))));
}

/**
 * As `nearestNeighbours` for raw features of any size, resident or streamed: every pair of blocks once. Outside a step.
 *
 * @param progress awaited after each pair of blocks with the share done, so that the caller stays responsive; may throw to stop
 */
export async function nearestNeighboursInBlocks(
  engine: Engine,
  table: FeatureTable,
  k: number,
  progress: (share: number) => Promise<void>,
  blockRows: number = blockRowsFor(table.rows, table.columns),
): Promise<NeighbourLists> {
  const { rows, columns, resident, read } = table;
  const lists = emptyLists(engine, rows, k);
  const blocks = Math.ceil(rows / blockRows);
  const buffers = resident === undefined ? [zeros(engine, blockRows, columns), zeros(engine, blockRows, columns)] : [];
  const load = (block: number, buffer: number): Matrix => {
    const from = block * blockRows;
    const to = Math.min(rows, from + blockRows);
    if (resident !== undefined) return matrixRows(resident, from, to);
    const into = matrixRows(buffers[buffer], 0, to - from);
    read?.(from, to, into);
    return into;
  };
  const pairs = (blocks * (blocks + 1)) / 2;
  let done = 0;
  try {
    for (let a = 0; a < blocks; a++) {
      const first = load(a, 0);
      for (let b = a; b < blocks; b++) {
        engine.cosineTopK(first, a * blockRows, b === a ? first : load(b, 1), b * blockRows, lists);
        done += 1;
        await progress(done / pairs);
      }
    }
  } finally {
    for (const buffer of buffers) engine.release(buffer.data);
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
