/**
 * How the rows of a sparse matrix are shared: ranges with about as many entries each.
 */

/** What a row costs beside its entries, in entries. */
const ROW_COST: i32 = 4;

/** The first row of a chunk, so that each has the same share of entries + ROW_COST · rows. */
export function firstRow(rowPointers: usize, rows: i32, chunk: i32, chunks: i32): i32 {
  const total = <i64>load<i32>(rowPointers + ((<usize>rows) << 2)) + <i64>rows * ROW_COST;
  const target = (total * chunk) / chunks;
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (<i64>load<i32>(rowPointers + ((<usize>middle) << 2)) + <i64>middle * ROW_COST < target) low = middle + 1;
    else high = middle;
  }
  return low;
}
