/**
 * One row times many that are not packed, Σ_p x_p b_rp: eight rows at a time, transposed in registers. Each sum is that of a tile, to the bit.
 */
import { DEPTH, WIDE, multiplyAdd } from "./tile";

/** sum + x0 · (element 0 of four rows) + x1 · (element 1 of them) + …, one after the other. */
@inline function addTransposed(sum: v128, x0: v128, x1: v128, x2: v128, x3: v128, row: usize, stride: usize): v128 {
  const third = row + (stride << 1);
  const v0 = v128.load(row);
  const v1 = v128.load(row + stride);
  const v2 = v128.load(third);
  const v3 = v128.load(third + stride);
  const low01 = i8x16.shuffle(v0, v1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const high01 = i8x16.shuffle(v0, v1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const low23 = i8x16.shuffle(v2, v3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const high23 = i8x16.shuffle(v2, v3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  let total = multiplyAdd(sum, x0, i8x16.shuffle(low01, low23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  total = multiplyAdd(total, x1, i8x16.shuffle(low01, low23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
  total = multiplyAdd(total, x2, i8x16.shuffle(high01, high23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  return multiplyAdd(total, x3, i8x16.shuffle(high01, high23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
}

/** Sums of terms start … start + depth for one row, added in ascending order: what one element of a tile holds. */
function sumOfTerms(left: usize, row: usize, start: i32, depth: i32): f32 {
  let sum: f32 = 0;
  const from = (<usize>start) << 2;
  const end = from + ((<usize>depth) << 2);
  for (let at = from; at < end; at += 4) sum += load<f32>(left + at) * load<f32>(row + at);
  return sum;
}

/**
 * left · row for `count` rows as they lie in memory, eight at a time, transposed in registers; each sum is that of a tile, to the bit. `into` has room up to
 * the next multiple of WIDE, whose surplus is NaN.
 */
export function scoresOfRows(left: usize, rows: usize, count: i32, columns: i32, into: usize): void {
  const stride = (<usize>columns) << 2;
  let r = 0;
  for (; r + WIDE <= count; r += WIDE) {
    const to = into + ((<usize>r) << 2);
    for (let start = 0; start == 0 || start < columns; start += DEPTH) {
      const depth = min(DEPTH, columns - start);
      let a = left + ((<usize>start) << 2);
      let s0 = rows + <usize>r * stride + ((<usize>start) << 2);
      let s4 = s0 + (stride << 2);
      const whole = a + ((<usize>(depth & ~3)) << 2);
      let c0 = f32x4.splat(0);
      let c1 = c0;
      for (; a < whole; a += 16) {
        const terms = v128.load(a);
        const x0 = i8x16.shuffle(terms, terms, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
        const x1 = i8x16.shuffle(terms, terms, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
        const x2 = i8x16.shuffle(terms, terms, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11);
        const x3 = i8x16.shuffle(terms, terms, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
        c0 = addTransposed(c0, x0, x1, x2, x3, s0, stride);
        c1 = addTransposed(c1, x0, x1, x2, x3, s4, stride);
        s0 += 16;
        s4 += 16;
      }
      if ((depth & 3) == 0) {
        if (start > 0) {
          c0 = f32x4.add(v128.load(to), c0);
          c1 = f32x4.add(v128.load(to, 16), c1);
        }
        v128.store(to, c0);
        v128.store(to, c1, 16);
      } else {
        for (let lane = 0; lane < WIDE; lane++) {
          const at = to + ((<usize>lane) << 2);
          const sum = sumOfTerms(left, rows + <usize>(r + lane) * stride, start, depth);
          store<f32>(at, start > 0 ? load<f32>(at) + sum : sum);
        }
      }
    }
  }
  for (; r < count; r++) {
    const at = into + ((<usize>r) << 2);
    for (let start = 0; start == 0 || start < columns; start += DEPTH) {
      const sum = sumOfTerms(left, rows + <usize>r * stride, start, min(DEPTH, columns - start));
      store<f32>(at, start > 0 ? load<f32>(at) + sum : sum);
    }
  }
  for (; (r & (WIDE - 1)) != 0; r++) store<f32>(into + ((<usize>r) << 2), NaN);
}
