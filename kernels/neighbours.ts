/**
 * Cosine top-k and full ranking: blocks of products filtered against a running threshold a row, four candidates at
 * a time, so that most pairs never reach scalar code. Order of candidates: larger value first, equal values by smaller index.
 */
import { address, integer, scratch, thread } from "./control";
import { DEPTH, HIGH, WIDE, pack, tile } from "./tile";

/** Items of a block of pairs, either side. */
export const PAIR_BLOCK: i32 = 256;
/** Users of a chunk of the ranking. */
export const USER_BLOCK: i32 = 64;

const PANEL_BYTES: usize = (<usize>(PAIR_BLOCK * DEPTH)) << 2;

/** x, inverse norms, rows, columns, grain: 1 / ‖x_i‖; NaN for a zero row, so that no comparison with it ever holds. */
export function inverseNorms(chunk: i32): void {
  const columns = integer(3);
  const grain = integer(4);
  const end = min(integer(2), (chunk + 1) * grain);
  for (let i = chunk * grain; i < end; i++) {
    let row = address(0) + (<usize>i * <usize>columns << 2);
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const v = v128.load(row);
      const lower = f64x2.promote_low_f32x4(v);
      const upper = f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
      low = f64x2.add(low, f64x2.mul(lower, lower));
      high = f64x2.add(high, f64x2.mul(upper, upper));
      row += 16;
    }
    const both = f64x2.add(low, high);
    let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
    for (; j < columns; j++) {
      const v = <f64>load<f32>(row);
      sum += v * v;
      row += 4;
    }
    store<f32>(address(1) + ((<usize>i) << 2), sum > 0 ? <f32>(1 / sqrt(sum)) : <f32>NaN);
  }
}

/** Puts a candidate into a list of k, if it is among the best. Returns the value a later candidate has to reach. */
function offer(values: usize, indices: usize, k: i32, value: f32, index: i32): f32 {
  const end = (<usize>(k - 1)) << 2;
  const worst = load<i32>(indices + end);
  const worstValue = load<f32>(values + end);
  if (worst >= 0 && (value < worstValue || (value == worstValue && index > worst))) return worstValue;
  let at = end;
  while (at > 0) {
    const above = load<i32>(indices + at - 4);
    if (above >= 0) {
      const aboveValue = load<f32>(values + at - 4);
      if (aboveValue > value || (aboveValue == value && above < index)) break;
      store<f32>(values + at, aboveValue);
    }
    store<i32>(indices + at, above);
    at -= 4;
  }
  store<f32>(values + at, value);
  store<i32>(indices + at, index);
  return load<i32>(indices + end) >= 0 ? load<f32>(values + end) : -Infinity;
}

/** 0 list values, 1 list indices, 2 rows, 3 k, 4 values, 5 indices, 6 thresholds of all threads, 7 threshold bytes a thread, 8 threads, 9 grain. */
export function prepareLists(chunk: i32): void {
  const rows = integer(2);
  const k = integer(3);
  const threads = integer(8);
  const grain = integer(9);
  const end = min(rows, (chunk + 1) * grain);
  for (let i = chunk * grain; i < end; i++) {
    const last = (<usize>(i * k + k - 1)) << 2;
    const threshold: f32 = load<i32>(address(1) + last) >= 0 ? load<f32>(address(0) + last) : -Infinity;
    for (let t = 0; t < threads; t++) store<f32>(address(6) + <usize>t * <usize>integer(7) + ((<usize>i) << 2), threshold);
    for (let t = 0; t < threads - 1; t++) {
      const skip = (<usize>((t * rows + i)) * <usize>k) << 2;
      memory.fill(address(4) + skip, 0, (<usize>k) << 2);
      memory.fill(address(5) + skip, 0xff, (<usize>k) << 2);
    }
  }
}

/** As `prepareLists`: what the other threads found goes into the lists. */
export function mergeLists(chunk: i32): void {
  const rows = integer(2);
  const k = integer(3);
  const threads = integer(8);
  const grain = integer(9);
  const end = min(rows, (chunk + 1) * grain);
  for (let i = chunk * grain; i < end; i++) {
    const own = (<usize>(i * k)) << 2;
    for (let t = 0; t < threads - 1; t++) {
      const skip = (<usize>((t * rows + i)) * <usize>k) << 2;
      for (let n = 0; n < k; n++) {
        const index = load<i32>(address(5) + skip + ((<usize>n) << 2));
        if (index < 0) break;
        offer(address(0) + own, address(1) + own, k, load<f32>(address(4) + skip + ((<usize>n) << 2)), index);
      }
    }
  }
}

/** Column block of chunk number `chunk` when only pairs of blocks with row ≤ column count; its row block follows. */
function triangleColumn(chunk: i32): i32 {
  let column = <i32>((sqrt(<f64>8 * <f64>chunk + 1) - 1) / 2);
  while ((column * (column + 1)) / 2 > chunk) column--;
  while (((column + 1) * (column + 2)) / 2 <= chunk) column++;
  return column;
}

/**
 * 0–9 as `prepareLists`, 10 a, 11 a's rows, 12 a's offset, 13 a's inverse norms, 14 b, 15 b's rows, 16 b's offset, 17 b's inverse norms,
 * 18 columns, 19 same block. A chunk is a pair of blocks of items.
 */
export function cosinePairs(chunk: i32): void {
  const k = integer(3);
  const rows = integer(2);
  const aRows = integer(11);
  const aOffset = integer(12);
  const bRows = integer(15);
  const bOffset = integer(16);
  const columns = integer(18);
  const same = integer(19) != 0;
  let rowBlock: i32;
  let columnBlock: i32;
  if (same) {
    columnBlock = triangleColumn(chunk);
    rowBlock = chunk - (columnBlock * (columnBlock + 1)) / 2;
  } else {
    const across = (bRows + PAIR_BLOCK - 1) / PAIR_BLOCK;
    rowBlock = chunk / across;
    columnBlock = chunk % across;
  }
  const diagonal = same && rowBlock == columnBlock;
  const firstRow = rowBlock * PAIR_BLOCK;
  const firstColumn = columnBlock * PAIR_BLOCK;
  const high = min(PAIR_BLOCK, aRows - firstRow);
  const wide = min(PAIR_BLOCK, bRows - firstColumn);
  let values = address(0);
  let indices = address(1);
  if (thread > 0) {
    const skip = ((<usize>(thread - 1) * <usize>rows) * <usize>k) << 2;
    values = address(4) + skip;
    indices = address(5) + skip;
  }
  const thresholds = address(6) + <usize>thread * <usize>integer(7);
  const rowThresholds = thresholds + ((<usize>(aOffset + firstRow)) << 2);
  const columnThresholds = thresholds + ((<usize>(bOffset + firstColumn)) << 2);
  const aPanels = scratch;
  const bPanels = scratch + PANEL_BYTES;
  const products = scratch + 2 * PANEL_BYTES;
  const productStride = (<usize>PAIR_BLOCK) << 2;
  const stride = (<usize>columns) << 2;
  for (let start = 0; start < columns; start += DEPTH) {
    const depth = min(DEPTH, columns - start);
    const lastTerms = start + depth >= columns;
    pack(address(10), stride, false, aRows, firstRow, high, start, depth, aPanels, HIGH, address(13), NaN);
    pack(address(14), stride, false, bRows, firstColumn, wide, start, depth, bPanels, WIDE, address(17), NaN);
    const aSize = (<usize>(HIGH * depth)) << 2;
    const bSize = (<usize>(WIDE * depth)) << 2;
    for (let i = 0; i < high; i += HIGH) {
      const from = diagonal ? (i / WIDE) * WIDE : 0;
      const aPanel = aPanels + <usize>(i / HIGH) * aSize;
      const into = products + <usize>i * productStride;
      for (let j = from; j < wide; j += WIDE) {
        tile(aPanel, bPanels + <usize>(j / WIDE) * bSize, depth, into + ((<usize>j) << 2), productStride, start > 0);
      }
      if (!lastTerms) continue;
      const rowsHere = min(HIGH, high - i);
      for (let r = 0; r < rowsHere; r++) {
        const row = i + r;
        const line = into + <usize>r * productStride;
        const rowAt = rowThresholds + ((<usize>row) << 2);
        let threshold = v128.load_splat<f32>(rowAt);
        for (let j = from; j < wide; j += WIDE) {
          const bytes = (<usize>j) << 2;
          const v0 = v128.load(line + bytes);
          const v1 = v128.load(line + bytes, 16);
          const hit0 = v128.or(f32x4.ge(v0, threshold), f32x4.ge(v0, v128.load(columnThresholds + bytes)));
          const hit1 = v128.or(f32x4.ge(v1, threshold), f32x4.ge(v1, v128.load(columnThresholds + bytes, 16)));
          if (!v128.any_true(v128.or(hit0, hit1))) continue;
          let hits = i32x4.bitmask(hit0) | (i32x4.bitmask(hit1) << 4);
          while (hits != 0) {
            const column = j + ctz(hits);
            hits &= hits - 1;
            if (column >= wide || (diagonal && column < row)) continue;
            const value = load<f32>(line + ((<usize>column) << 2));
            const rowItem = aOffset + firstRow + row;
            const columnItem = bOffset + firstColumn + column;
            if (value >= load<f32>(rowAt)) {
              const skip = (<usize>rowItem * <usize>k) << 2;
              store<f32>(rowAt, offer(values + skip, indices + skip, k, value, columnItem));
            }
            const columnAt = columnThresholds + ((<usize>column) << 2);
            if (rowItem != columnItem && value >= load<f32>(columnAt)) {
              const skip = (<usize>columnItem * <usize>k) << 2;
              store<f32>(columnAt, offer(values + skip, indices + skip, k, value, rowItem));
            }
          }
          threshold = v128.load_splat<f32>(rowAt);
        }
      }
    }
  }
}

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
 * 0 list values, 1 list indices, 2 users, 3 how many, 4 columns, 5 item panels, 6 items, 7 k, 8 mask row pointers or 0, 9 mask columns,
 * 10 mask rows or 0. A chunk is a block of users.
 */
export function rankBlock(chunk: i32): void {
  const users = integer(3);
  const columns = integer(4);
  const items = integer(6);
  const k = integer(7);
  const pointers = address(8);
  const first = chunk * USER_BLOCK;
  const count = min(USER_BLOCK, users - first);
  const panels = scratch;
  const products = scratch + PANEL_BYTES;
  const thresholds = products + ((<usize>(USER_BLOCK * PAIR_BLOCK)) << 2);
  const productStride = (<usize>PAIR_BLOCK) << 2;
  const stride = (<usize>columns) << 2;
  const padded = ((items + WIDE - 1) / WIDE) * WIDE;
  const lists = (<usize>first * <usize>k) << 2;
  const listBytes = (<usize>count * <usize>k) << 2;
  memory.fill(address(0) + lists, 0, listBytes);
  memory.fill(address(1) + lists, 0xff, listBytes);
  for (let i = 0; i < USER_BLOCK; i++) store<f32>(thresholds + ((<usize>i) << 2), -Infinity);
  const single = columns <= DEPTH;
  if (single) pack(address(2), stride, false, users, first, count, 0, columns, panels, HIGH, 0, NaN);
  for (let block = 0; block < items; block += PAIR_BLOCK) {
    const wide = min(PAIR_BLOCK, items - block);
    for (let start = 0; start < columns; start += DEPTH) {
      const depth = min(DEPTH, columns - start);
      if (!single) pack(address(2), stride, false, users, first, count, start, depth, panels, HIGH, 0, NaN);
      const aSize = (<usize>(HIGH * depth)) << 2;
      const bSize = (<usize>(WIDE * depth)) << 2;
      const bPanels = address(5) + ((<usize>padded * <usize>start + <usize>block * <usize>depth) << 2);
      for (let i = 0; i < count; i += HIGH) {
        const aPanel = panels + <usize>(i / HIGH) * aSize;
        const into = products + <usize>i * productStride;
        for (let j = 0; j < wide; j += WIDE) {
          tile(aPanel, bPanels + <usize>(j / WIDE) * bSize, depth, into + ((<usize>j) << 2), productStride, start > 0);
        }
      }
    }
    for (let i = 0; i < count; i++) {
      const line = products + <usize>i * productStride;
      const thresholdAt = thresholds + ((<usize>i) << 2);
      const own = lists + ((<usize>i * <usize>k) << 2);
      let maskFirst = 0;
      let maskLast = 0;
      if (pointers != 0) {
        const user = address(10) != 0 ? load<i32>(address(10) + ((<usize>(first + i)) << 2)) : first + i;
        maskFirst = load<i32>(pointers + ((<usize>user) << 2));
        maskLast = load<i32>(pointers + ((<usize>user) << 2), 4);
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
          store<f32>(thresholdAt, offer(address(0) + own, address(1) + own, k, value, block + column));
        }
        threshold = v128.load_splat<f32>(thresholdAt);
      }
    }
  }
}
