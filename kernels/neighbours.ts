/**
 * Cosine top-k: blocks of products filtered against a running threshold a row, four candidates at
 * a time, so that most pairs never reach scalar code. Order of candidates: larger value first, equal values by smaller index.
 */
import { address, integer, scratch, thread } from "./control";
import { clearLists, insert, padded, publish } from "./lists";
import { DEPTH, HIGH, WIDE, pack, tile } from "./tile";

/** Items of a block of pairs, either side. */
export const PAIR_BLOCK: i32 = 256;
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
  const lanes = <usize>padded(k);
  const skipThreads = (<usize>thread * <usize>rows * lanes) << 2;
  const values = address(4) + skipThreads;
  const indices = address(5) + skipThreads;
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
              const skip = (<usize>rowItem * lanes) << 2;
              store<f32>(rowAt, insert(values + skip, indices + skip, k, value, columnItem));
            }
            const columnAt = columnThresholds + ((<usize>column) << 2);
            if (rowItem != columnItem && value >= load<f32>(columnAt)) {
              const skip = (<usize>columnItem * lanes) << 2;
              store<f32>(columnAt, insert(values + skip, indices + skip, k, value, rowItem));
            }
          }
          threshold = v128.load_splat<f32>(rowAt);
        }
      }
    }
  }
}
