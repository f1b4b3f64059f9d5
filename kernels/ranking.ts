/**
 * Full ranking: the scores of a block of items against a running threshold a user, eight at a time, so that most never reach scalar code. Order of
 * candidates: larger value first, equal values by smaller index. A user alone has the same sums, in the same order, as among others.
 */
import { address, integer, scratch, thread } from "./control";
import { clearLists, insert, padded, publish } from "./lists";
import { scoresOfRows } from "./row-scores";
import { DEPTH, HIGH, WIDE, pack, tile } from "./tile";

/** Items of a block. */
const ITEM_BLOCK: i32 = 256;
/** Users of a chunk. */
const USER_BLOCK: i32 = 64;

const PANEL_BYTES: usize = (<usize>(ITEM_BLOCK * DEPTH)) << 2;

/** True when `column` is among the ascending columns [first, last). */
function listed(columns: usize, first: i32, last: i32, column: i32): bool {
  let low = first;
  let high = last;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<i32>(columns + ((<usize>middle) << 2)) < column) low = middle + 1;
    else high = middle;
  }
  return low < last && load<i32>(columns + ((<usize>low) << 2)) == column;
}

/**
 * Of the scores of items `block` … `block` + `wide`, in `line`, those that a user's list takes: no smaller than its last, and not masked.
 * Arguments 8, 9 and 10 as in `rankBlock`.
 */
function keepBest(user: i32, line: usize, block: i32, wide: i32, thresholdAt: usize, values: usize, indices: usize, k: i32): void {
  let maskFirst = 0;
  let maskLast = 0;
  const pointers = address(8);
  if (pointers != 0) {
    const masked = address(10) != 0 ? load<i32>(address(10) + ((<usize>user) << 2)) : user;
    maskFirst = load<i32>(pointers + ((<usize>masked) << 2));
    maskLast = load<i32>(pointers + ((<usize>masked) << 2), 4);
  }
  let threshold = v128.load_splat<f32>(thresholdAt);
  for (let j = 0; j < wide; j += WIDE) {
    const hit0 = f32x4.ge(v128.load(line + ((<usize>j) << 2)), threshold);
    const hit1 = f32x4.ge(v128.load(line + ((<usize>j) << 2), 16), threshold);
    if (!v128.any_true(v128.or(hit0, hit1))) continue;
    let hits = i32x4.bitmask(hit0) | (i32x4.bitmask(hit1) << 4);
    while (hits != 0) {
      const column = j + ctz(hits);
      hits &= hits - 1;
      if (column >= wide) continue;
      const value = load<f32>(line + ((<usize>column) << 2));
      if (value < load<f32>(thresholdAt) || listed(address(9), maskFirst, maskLast, block + column)) continue;
      store<f32>(thresholdAt, insert(values, indices, k, value, block + column));
    }
    threshold = v128.load_splat<f32>(thresholdAt);
  }
}

/**
 * 0 list values, 1 list indices, 2 users, 3 how many, 4 columns, 5 item panels, 6 items, 7 k, 8 mask row pointers or 0, 9 mask columns,
 * 10 mask rows or 0, 11 values and 12 indices of the threads' padded lists. A chunk is a block of users.
 */
export function rankBlock(chunk: i32): void {
  const users = integer(3);
  const columns = integer(4);
  const items = integer(6);
  const k = integer(7);
  const first = chunk * USER_BLOCK;
  const count = min(USER_BLOCK, users - first);
  const panels = scratch;
  const products = scratch + PANEL_BYTES;
  const thresholds = products + ((<usize>(USER_BLOCK * ITEM_BLOCK)) << 2);
  const productStride = (<usize>ITEM_BLOCK) << 2;
  const stride = (<usize>columns) << 2;
  const panelRows = ((items + WIDE - 1) / WIDE) * WIDE;
  const lanes = <usize>padded(k);
  const skipThreads = (<usize>(thread * USER_BLOCK) * lanes) << 2;
  const values = address(11) + skipThreads;
  const indices = address(12) + skipThreads;
  clearLists(values, indices, <usize>USER_BLOCK * lanes);
  for (let i = 0; i < USER_BLOCK; i++) store<f32>(thresholds + ((<usize>i) << 2), -Infinity);
  const single = columns <= DEPTH;
  if (single) pack(address(2), stride, false, users, first, count, 0, columns, panels, HIGH, 0, NaN);
  for (let block = 0; block < items; block += ITEM_BLOCK) {
    const wide = min(ITEM_BLOCK, items - block);
    for (let start = 0; start < columns; start += DEPTH) {
      const depth = min(DEPTH, columns - start);
      if (!single) pack(address(2), stride, false, users, first, count, start, depth, panels, HIGH, 0, NaN);
      const aSize = (<usize>(HIGH * depth)) << 2;
      const bSize = (<usize>(WIDE * depth)) << 2;
      const bPanels = address(5) + ((<usize>panelRows * <usize>start + <usize>block * <usize>depth) << 2);
      for (let i = 0; i < count; i += HIGH) {
        const aPanel = panels + <usize>(i / HIGH) * aSize;
        const into = products + <usize>i * productStride;
        for (let j = 0; j < wide; j += WIDE) {
          tile(aPanel, bPanels + <usize>(j / WIDE) * bSize, depth, into + ((<usize>j) << 2), productStride, start > 0);
        }
      }
    }
    for (let i = 0; i < count; i++) {
      const own = (<usize>i * lanes) << 2;
      const line = products + <usize>i * productStride;
      keepBest(first + i, line, block, wide, thresholds + ((<usize>i) << 2), values + own, indices + own, k);
    }
  }
  for (let i = 0; i < count; i++) {
    const own = (<usize>i * lanes) << 2;
    const to = (<usize>(first + i) * <usize>k) << 2;
    publish(values + own, indices + own, k, address(0) + to, address(1) + to);
  }
}

/** As `rankBlock`, but 5 is the items as they are: for users of whom there are too few to pay for packing. A chunk is a user. */
export function rankUser(chunk: i32): void {
  const columns = integer(4);
  const items = integer(6);
  const k = integer(7);
  const stride = (<usize>columns) << 2;
  const user = address(2) + <usize>chunk * stride;
  const threshold = scratch;
  const products = scratch + 16;
  const lanes = <usize>padded(k);
  const skipThreads = (<usize>(thread * USER_BLOCK) * lanes) << 2;
  const values = address(11) + skipThreads;
  const indices = address(12) + skipThreads;
  clearLists(values, indices, lanes);
  store<f32>(threshold, -Infinity);
  for (let block = 0; block < items; block += ITEM_BLOCK) {
    const wide = min(ITEM_BLOCK, items - block);
    scoresOfRows(user, address(5) + <usize>block * stride, wide, columns, products);
    keepBest(chunk, products, block, wide, threshold, values, indices, k);
  }
  const to = (<usize>chunk * <usize>k) << 2;
  publish(values, indices, k, address(0) + to, address(1) + to);
}
