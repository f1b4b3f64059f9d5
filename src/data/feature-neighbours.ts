/**
 * The nearest items of some items by cosine of their features, against the whole catalogue, in blocks of rows: exact for the
 * items asked about, at a cost that grows with their number and not with its square.
 */
import type { Engine, Matrix } from "../engine/engine.ts";
import type { FeatureSource } from "./dataset.ts";
import { canReadUnchecked } from "./feature-file.ts";

const bytesAtOnce = 32 << 20;
const valuesAtOnce = 1 << 18;

function readRows(features: FeatureSource, from: number, to: number, out: Float32Array): void {
  if (canReadUnchecked(features)) features.readUnchecked(from, to, out);
  else features.read(from, to, out);
}

/** Rows of these items (ascending), at length 1. The rows must have a direction. */
function unitRows(engine: Engine, features: FeatureSource, items: Int32Array, into: Matrix): Matrix {
  const { columns } = features;
  const most = Math.max(1, Math.floor(valuesAtOnce / columns));
  const scratch = new Float32Array(Math.min(most, items.length) * columns);
  for (let place = 0; place < items.length; ) {
    // Neighbouring rows are read together: opening a file a row would take longer than reading it.
    let run = 1;
    while (run < most && items[place + run] === items[place] + run) run++;
    readRows(features, items[place], items[place] + run, scratch);
    into.data.set(scratch.subarray(0, run * columns), place * columns);
    place += run;
  }
  const matrix = { rows: items.length, columns, data: into.data.subarray(0, items.length * columns) };
  const norms = engine.floats(items.length);
  engine.normaliseRows(matrix, matrix, norms);
  engine.release(norms);
  return matrix;
}

/**
 * The k nearest usable items of each item of `queries`, itself left out, nearest first; -1 where there are fewer.
 * @param usable by item, 1 where its row has a direction; queries must be usable
 * @returns queries × k item indices
 */
export function nearestItems(
  engine: Engine,
  features: FeatureSource,
  usable: Uint8Array,
  queries: Int32Array,
  k: number,
): Int32Array {
  const { columns } = features;
  const candidates = Int32Array.from(usable.keys()).filter((item) => usable[item] === 1);
  const nearest = new Int32Array(queries.length * k).fill(-1);
  const cosines = new Float64Array(queries.length * k).fill(Number.NEGATIVE_INFINITY);
  if (queries.length === 0 || candidates.length === 0) return nearest;

  const rowsAtOnce = Math.min(candidates.length, Math.max(k + 1, Math.floor(bytesAtOnce / 4 / columns)));
  // One more than k, since an item is the nearest of itself.
  const width = Math.min(k + 1, rowsAtOnce);
  const queryData = engine.floats(queries.length * columns);
  const blockData = engine.floats(rowsAtOnce * columns);
  const indices = engine.ints(queries.length * width);
  const values = engine.floats(queries.length * width);
  try {
    const queryRows = unitRows(engine, features, queries, { rows: queries.length, columns, data: queryData });
    for (let from = 0; from < candidates.length; from += rowsAtOnce) {
      const items = candidates.subarray(from, Math.min(from + rowsAtOnce, candidates.length));
      const block = unitRows(engine, features, items, { rows: rowsAtOnce, columns, data: blockData });
      const listed = Math.min(width, items.length);
      const lists = {
        rows: queries.length,
        k: listed,
        indices: indices.subarray(0, queries.length * listed),
        values: values.subarray(0, queries.length * listed),
      };
      engine.rankItems(queryRows, block, undefined, undefined, lists);
      for (let query = 0; query < queries.length; query++) {
        for (let place = query * listed; place < (query + 1) * listed; place++) {
          const index = lists.indices[place];
          if (index < 0 || items[index] === queries[query]) continue;
          insert(nearest, cosines, query * k, k, items[index], lists.values[place]);
        }
      }
    }
  } finally {
    for (const array of [queryData, blockData, indices, values]) engine.release(array);
  }
  return nearest;
}

/** Puts a candidate into a best-first row of k; an equal one stays behind those that came earlier (smaller index). */
function insert(
  indices: Int32Array,
  values: Float64Array,
  start: number,
  k: number,
  index: number,
  value: number,
): void {
  let at = start + k - 1;
  if (value <= values[at]) return;
  for (; at > start && values[at - 1] < value; at--) {
    values[at] = values[at - 1];
    indices[at] = indices[at - 1];
  }
  values[at] = value;
  indices[at] = index;
}
