/** The known items nearest to new ones by cosine, exactly: known rows pass by in blocks, so that they need not fit in memory. */
import type { Engine, Matrix } from "../engine/engine.ts";
import { blank, matrixRows } from "../tensor/tape.ts";
import type { ScoredItem } from "./similar-items.ts";

/** Calls `visit` with consecutive blocks of rows, the first of them row `from`. A block may be overwritten. */
export type ForEachBlock = (visit: (block: Matrix, from: number) => void) => void;

/** Keeps the `count` best of what it is offered in ascending order of items: ties go to the smaller one. */
function bestOf(count: number): { offer(item: number, score: number): void; readonly list: ScoredItem[] } {
  const list: ScoredItem[] = [];
  return {
    list,
    offer: (item, score) => {
      if (list.length === count && score <= list[count - 1].score) return;
      let at = list.length;
      while (at > 0 && list[at - 1].score < score) at--;
      list.splice(at, 0, { item, score });
      if (list.length > count) list.pop();
    },
  };
}

/**
 * Inside a step.
 * @param fresh rows of the new items, normalised here, in place
 * @param count neighbours an item
 * @returns by new item, best first, ties by smaller index; a zero row is nobody's neighbour and has none
 */
export function nearestKnown(engine: Engine, fresh: Matrix, known: ForEachBlock, count: number): ScoredItem[][] {
  engine.normaliseRows(fresh, fresh, engine.floats(fresh.rows));
  const best = Array.from({ length: fresh.rows }, () => bestOf(count));
  if (count === 0) return best.map(({ list }) => list);
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
      for (let n = 0; n < fresh.rows; n++) best[n].offer(from + row, products.data[row * fresh.rows + n]);
    }
  });
  return best.map(({ list }) => list);
}

/** What `normaliseRows` says of a zero row. */
const smallestNorm = 1e-12;
