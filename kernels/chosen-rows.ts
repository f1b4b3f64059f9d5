/**
 * Packing of rows that are chosen from a long matrix, or of differences of two of them, into the panels of `tile.ts`: the matrix of chosen rows
 * is never written out. Row t is source[chosen[t]], less source[minus[t]] where `minus` is not 0.
 */
import { HIGH, WIDE, storeTransposed } from "./tile";

@inline function rowOf(source: usize, stride: usize, numbers: usize, t: i32): usize {
  return source + <usize>load<i32>(numbers + ((<usize>t) << 2)) * stride;
}

@inline function four(plus: usize, minus: usize, subtract: bool): v128 {
  return subtract ? f32x4.sub(v128.load(plus), v128.load(minus)) : v128.load(plus);
}

@inline function one(plus: usize, minus: usize, subtract: bool): f32 {
  return subtract ? load<f32>(plus) - load<f32>(minus) : load<f32>(plus);
}

/** Rows first … first + 4 become a panel; those from `limit` on are 0. */
@inline function rowsPanel(
  source: usize, stride: usize, chosen: usize, minus: usize, limit: i32, first: i32, start: i32, depth: i32, target: usize, subtract: bool,
): void {
  const skip = (<usize>start) << 2;
  if (first + HIGH > limit) {
    for (let r = 0; r < HIGH; r++) {
      const present = first + r < limit;
      const plus = present ? rowOf(source, stride, chosen, first + r) + skip : 0;
      const less = present && subtract ? rowOf(source, stride, minus, first + r) + skip : 0;
      for (let p = 0; p < depth; p++) {
        const at = (<usize>p) << 2;
        store<f32>(target + ((<usize>(p * HIGH + r)) << 2), present ? one(plus + at, less + at, subtract) : 0);
      }
    }
    return;
  }
  let s0 = rowOf(source, stride, chosen, first) + skip;
  let s1 = rowOf(source, stride, chosen, first + 1) + skip;
  let s2 = rowOf(source, stride, chosen, first + 2) + skip;
  let s3 = rowOf(source, stride, chosen, first + 3) + skip;
  let m0: usize = 0;
  let m1: usize = 0;
  let m2: usize = 0;
  let m3: usize = 0;
  if (subtract) {
    m0 = rowOf(source, stride, minus, first) + skip;
    m1 = rowOf(source, stride, minus, first + 1) + skip;
    m2 = rowOf(source, stride, minus, first + 2) + skip;
    m3 = rowOf(source, stride, minus, first + 3) + skip;
  }
  let t = target;
  let at: usize = 0;
  const end = (<usize>depth) << 2;
  for (; at + 16 <= end; at += 16) {
    const v0 = four(s0 + at, m0 + at, subtract);
    const v1 = four(s1 + at, m1 + at, subtract);
    const v2 = four(s2 + at, m2 + at, subtract);
    const v3 = four(s3 + at, m3 + at, subtract);
    storeTransposed(t, 16, v0, v1, v2, v3);
    t += 64;
  }
  for (; at < end; at += 4) {
    store<f32>(t, one(s0 + at, m0 + at, subtract));
    store<f32>(t, one(s1 + at, m1 + at, subtract), 4);
    store<f32>(t, one(s2 + at, m2 + at, subtract), 8);
    store<f32>(t, one(s3 + at, m3 + at, subtract), 12);
    t += 16;
  }
}

/** As `pack` by rows into panels of HIGH. @param limit how many are chosen */
export function packChosenRows(
  source: usize, stride: usize, chosen: usize, minus: usize, limit: i32, first: i32, count: i32, start: i32, depth: i32, target: usize,
): void {
  const size = (<usize>(HIGH * depth)) << 2;
  let t = target;
  for (let r = 0; r < count; r += HIGH) {
    if (minus == 0) rowsPanel(source, stride, chosen, 0, limit, first + r, start, depth, t, false);
    else rowsPanel(source, stride, chosen, minus, limit, first + r, start, depth, t, true);
    t += size;
  }
}

/** Columns first … first + 8 of the chosen rows become a panel; those from `columns` on are 0. */
@inline function columnsPanel(
  source: usize, stride: usize, chosen: usize, minus: usize, columns: i32, first: i32, start: i32, depth: i32, target: usize, subtract: bool,
): void {
  const skip = (<usize>first) << 2;
  const present = min(WIDE, columns - first);
  let t = target;
  for (let p = 0; p < depth; p++) {
    const plus = rowOf(source, stride, chosen, start + p) + skip;
    const less = subtract ? rowOf(source, stride, minus, start + p) + skip : 0;
    if (present == WIDE) {
      v128.store(t, four(plus, less, subtract));
      v128.store(t, four(plus + 16, less + 16, subtract), 16);
    } else {
      for (let r = 0; r < WIDE; r++) {
        const at = (<usize>r) << 2;
        store<f32>(t + at, r < present ? one(plus + at, less + at, subtract) : 0);
      }
    }
    t += 32;
  }
}

/** 32 columns become four panels at once, so that each row is read in lines, not in bits of a line. */
@inline function columns32(
  source: usize, stride: usize, chosen: usize, minus: usize, first: i32, start: i32, depth: i32, target: usize, subtract: bool,
): void {
  const size = (<usize>(WIDE * depth)) << 2;
  const skip = (<usize>first) << 2;
  let t = target;
  for (let p = 0; p < depth; p++) {
    const plus = rowOf(source, stride, chosen, start + p) + skip;
    const less = subtract ? rowOf(source, stride, minus, start + p) + skip : 0;
    const u = t + size;
    const v = u + size;
    const w = v + size;
    v128.store(t, four(plus, less, subtract));
    v128.store(t, four(plus + 16, less + 16, subtract), 16);
    v128.store(u, four(plus + 32, less + 32, subtract));
    v128.store(u, four(plus + 48, less + 48, subtract), 16);
    v128.store(v, four(plus + 64, less + 64, subtract));
    v128.store(v, four(plus + 80, less + 80, subtract), 16);
    v128.store(w, four(plus + 96, less + 96, subtract));
    v128.store(w, four(plus + 112, less + 112, subtract), 16);
    t += 32;
  }
}

/**
 * Reads a bit of every line that is about to be packed. Packing meets a row two lines at a time, which no prefetcher sees through; this brings
 * rows in whole.
 */
function touch(source: usize, stride: usize, numbers: usize, first: i32, count: i32, start: i32, depth: i32): i32 {
  const from = (<usize>first) << 2;
  const bytes = (<usize>count) << 2;
  let seen = 0;
  for (let p = 0; p < depth; p++) {
    const row = rowOf(source, stride, numbers, start + p) + from;
    for (let at: usize = 0; at < bytes; at += 64) seen |= load<i32>(row + at);
  }
  return seen;
}

/** As `pack` by columns into panels of WIDE; terms are the chosen rows start … start + depth. @param columns of the source */
export function packChosenColumns(
  source: usize, stride: usize, chosen: usize, minus: usize, columns: i32, first: i32, count: i32, start: i32, depth: i32, target: usize,
): void {
  const size = (<usize>(WIDE * depth)) << 2;
  let seen = touch(source, stride, chosen, first, count, start, depth);
  if (minus != 0) seen |= touch(source, stride, minus, first, count, start, depth);
  // The first thing to be overwritten.
  store<i32>(target, seen);
  let r = 0;
  let t = target;
  for (; r + 32 <= count && first + r + 32 <= columns; r += 32) {
    if (minus == 0) columns32(source, stride, chosen, 0, first + r, start, depth, t, false);
    else columns32(source, stride, chosen, minus, first + r, start, depth, t, true);
    t += size * 4;
  }
  for (; r < count; r += WIDE) {
    if (minus == 0) columnsPanel(source, stride, chosen, 0, columns, first + r, start, depth, t, false);
    else columnsPanel(source, stride, chosen, minus, columns, first + r, start, depth, t, true);
    t += size;
  }
}
