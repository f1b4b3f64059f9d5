/** The known items nearest to new ones by cosine, exactly: known rows pass by in blocks, so that they need not fit in memory. */
import type { Engine, Matrix } from "../engine/engine.ts";
import { blank, matrixRows } from "../tensor/tape.ts";
import type { ScoredItem } from "./similar-items.ts";

/** Calls `visit` with consecutive blocks of rows, the first of them row `from`. A block may be overwritten. */
export type ForEachBlock = (visit: (block: Matrix, from: number) => void) => void;

/** Puts an item where it belongs among the `count` best; items come in ascending order, so ties go to the smaller one. @returns the score to beat */
function insert(list: ScoredItem[], count: number, item: number, score: number): number {
  let at = list.length;
  while (at > 0 && list[at - 1].score < score) at--;
  list.splice(at, 0, { item, score });
  if (list.length > count) list.pop();
  return list.length < count ? Number.NEGATIVE_INFINITY : list[count - 1].score;
}

/**
 * Inside a step.
 * @param fresh rows of the new items, normalised here, in place
 * @param count neighbours an item
 * @returns by new item, best first, ties by smaller index; a zero row is nobody's neighbour and has none
 */
export function nearestKnown(engine: Engine, fresh: Matrix, known: ForEachBlock, count: number): ScoredItem[][] {
  engine.normaliseRows(fresh, fresh, engine.floats(fresh.rows));
  const best = Array.from({ length: fresh.rows }, (): ScoredItem[] => []);
  if (count === 0) return best;
  const toBeat = new Float64Array(fresh.rows).fill(Number.NEGATIVE_INFINITY);
  let cosines: Matrix | undefined;
  let norms = engine.floats(0);
  known((block, from) => {
    if (cosines === undefined || cosines.rows < block.rows) {
      cosines = blank(engine, block.rows, fresh.rows);
      norms = engine.floats(block.rows);
    }
    engine.normaliseRows(block, block, norms.subarray(0, block.rows));
    const products = matrixRows(cosines, 0, block.rows);
    engine.multiplyTransposed(block, fresh, products);
    for (let row = 0; row < block.rows; row++) {
      if (norms[row] <= smallestNorm) continue;
      for (let n = 0; n < fresh.rows; n++) {
        const cosine = products.data[row * fresh.rows + n];
        if (cosine > toBeat[n]) toBeat[n] = insert(best[n], count, from + row, cosine);
      }
    }
  });
  return best;
}

/** What `normaliseRows` says of a zero row. */
const smallestNorm = 1e-12;
