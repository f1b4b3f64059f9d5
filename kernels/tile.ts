/**
 * The register tile of every dense product: C (4 × 8) = or += Σ_p a_p b_pᵀ over packed panels, and the packing.
 * A panel of R rows is k-major: R neighbouring elements for p = 0, then for p = 1, … An element's sum runs
 * over p in ascending order in blocks of DEPTH, wherever in the matrix it stands.
 */

/** Rows of a tile. */
export const HIGH: i32 = 4;
/** Columns of a tile. */
export const WIDE: i32 = 8;
/** Terms of a sum that are added in registers before they reach memory. */
export const DEPTH: i32 = 256;

@inline export function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/**
 * One tile; `stride` is C's row length in bytes. The loop is left to V8 to unroll: unrolled here, binaryen reorders it into longer chains.
 */
export function tile(a: usize, b: usize, depth: i32, c: usize, stride: usize, accumulate: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const end = a + ((<usize>(depth * HIGH)) << 2);
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load_splat<f32>(a);
    c00 = multiplyAdd(c00, x0, b0);
    c01 = multiplyAdd(c01, x0, b1);
    const x1 = v128.load_splat<f32>(a, 4);
    c10 = multiplyAdd(c10, x1, b0);
    c11 = multiplyAdd(c11, x1, b1);
    const x2 = v128.load_splat<f32>(a, 8);
    c20 = multiplyAdd(c20, x2, b0);
    c21 = multiplyAdd(c21, x2, b1);
    const x3 = v128.load_splat<f32>(a, 12);
    c30 = multiplyAdd(c30, x3, b0);
    c31 = multiplyAdd(c31, x3, b1);
    a += 16;
    b += 32;
  }
  if (accumulate) {
    let row = c;
    c00 = f32x4.add(v128.load(row), c00);
    c01 = f32x4.add(v128.load(row, 16), c01);
    row += stride;
    c10 = f32x4.add(v128.load(row), c10);
    c11 = f32x4.add(v128.load(row, 16), c11);
    row += stride;
    c20 = f32x4.add(v128.load(row), c20);
    c21 = f32x4.add(v128.load(row, 16), c21);
    row += stride;
    c30 = f32x4.add(v128.load(row), c30);
    c31 = f32x4.add(v128.load(row, 16), c31);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += stride;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += stride;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += stride;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

/** The left half of `tile`, 4 × 4, where no more columns are wanted: the same sums in half the time. */
export function narrowTile(a: usize, b: usize, depth: i32, c: usize, stride: usize): void {
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  const end = a + ((<usize>(depth * HIGH)) << 2);
  while (a < end) {
    const b0 = v128.load(b);
    c0 = multiplyAdd(c0, v128.load_splat<f32>(a), b0);
    c1 = multiplyAdd(c1, v128.load_splat<f32>(a, 4), b0);
    c2 = multiplyAdd(c2, v128.load_splat<f32>(a, 8), b0);
    c3 = multiplyAdd(c3, v128.load_splat<f32>(a, 12), b0);
    a += 16;
    b += 32;
  }
  v128.store(c, c0);
  c += stride;
  v128.store(c, c1);
  c += stride;
  v128.store(c, c2);
  c += stride;
  v128.store(c, c3);
}

/** Element e of the four vectors, side by side, to `t` + e · step. */
@inline export function storeTransposed(t: usize, step: usize, v0: v128, v1: v128, v2: v128, v3: v128): void {
  const low01 = i8x16.shuffle(v0, v1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const high01 = i8x16.shuffle(v0, v1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const low23 = i8x16.shuffle(v2, v3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const high23 = i8x16.shuffle(v2, v3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  v128.store(t, i8x16.shuffle(low01, low23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(t + step, i8x16.shuffle(low01, low23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
  const third = t + (step << 1);
  v128.store(third, i8x16.shuffle(high01, high23, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(third + step, i8x16.shuffle(high01, high23, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
}

/** Rows (r) first … first + R of a matrix become a panel: target[p · R + r] = factor_r · source[r][start + p]; missing rows get `missing`. */
function packRowsPanel(
  source: usize, stride: usize, rows: i32, first: i32, start: i32, depth: i32, target: usize, high: i32, factors: usize, missing: f32,
): void {
  for (let r = 0; r < high; r += 4) {
    const row = first + r;
    if (row + 4 <= rows) {
      let s0 = source + <usize>row * stride + ((<usize>start) << 2);
      let s1 = s0 + stride;
      let s2 = s1 + stride;
      let s3 = s2 + stride;
      let t = target + ((<usize>r) << 2);
      const step = (<usize>high) << 2;
      let f0 = f32x4.splat(1);
      let f1 = f0;
      let f2 = f0;
      let f3 = f0;
      if (factors != 0) {
        const f = factors + ((<usize>row) << 2);
        f0 = v128.load_splat<f32>(f);
        f1 = v128.load_splat<f32>(f, 4);
        f2 = v128.load_splat<f32>(f, 8);
        f3 = v128.load_splat<f32>(f, 12);
      }
      let p = 0;
      for (; p + 4 <= depth; p += 4) {
        const v0 = f32x4.mul(f0, v128.load(s0));
        const v1 = f32x4.mul(f1, v128.load(s1));
        const v2 = f32x4.mul(f2, v128.load(s2));
        const v3 = f32x4.mul(f3, v128.load(s3));
        storeTransposed(t, step, v0, v1, v2, v3);
        t += step << 2;
        s0 += 16;
        s1 += 16;
        s2 += 16;
        s3 += 16;
      }
      for (; p < depth; p++) {
        store<f32>(t, f32x4.extract_lane(f0, 0) * load<f32>(s0));
        store<f32>(t, f32x4.extract_lane(f1, 0) * load<f32>(s1), 4);
        store<f32>(t, f32x4.extract_lane(f2, 0) * load<f32>(s2), 8);
        store<f32>(t, f32x4.extract_lane(f3, 0) * load<f32>(s3), 12);
        t += step;
        s0 += 4;
        s1 += 4;
        s2 += 4;
        s3 += 4;
      }
    } else {
      for (let lane = 0; lane < 4; lane++) {
        const present = row + lane < rows;
        const from = source + <usize>(row + lane) * stride + ((<usize>start) << 2);
        const factor: f32 = present && factors != 0 ? load<f32>(factors + ((<usize>(row + lane)) << 2)) : 1;
        for (let p = 0; p < depth; p++) {
          const value: f32 = present ? factor * load<f32>(from + ((<usize>p) << 2)) : missing;
          store<f32>(target + ((<usize>(p * high + r + lane)) << 2), value);
        }
      }
    }
  }
}

/** Columns first … first + R become a panel: target[p · R + r] = source[start + p][first + r]; missing columns get 0. */
function packColumnsPanel(source: usize, stride: usize, columns: i32, first: i32, start: i32, depth: i32, target: usize, high: i32): void {
  let from = source + <usize>start * stride + ((<usize>first) << 2);
  let t = target;
  const present = columns - first;
  for (let p = 0; p < depth; p++) {
    for (let r = 0; r < high; r += 4) {
      if (r + 4 <= present) {
        v128.store(t, v128.load(from + ((<usize>r) << 2)));
      } else {
        for (let lane = 0; lane < 4; lane++) {
          const at = (<usize>(r + lane)) << 2;
          store<f32>(t + ((<usize>lane) << 2), r + lane < present ? load<f32>(from + at) : <f32>0);
        }
      }
      t += 16;
    }
    from += stride;
  }
}

/** 32 columns become whole panels at once, so that each row of the source is read in lines, not in bits of a line. */
@inline function packColumns32(source: usize, stride: usize, first: i32, start: i32, depth: i32, target: usize, high: i32): void {
  const pair = (<usize>(8 * depth)) << 2;
  const second: usize = high == 8 ? 16 : (<usize>(4 * depth)) << 2;
  let from = source + <usize>start * stride + ((<usize>first) << 2);
  let t = target;
  for (let p = 0; p < depth; p++) {
    const v0 = v128.load(from);
    const v1 = v128.load(from, 16);
    const v2 = v128.load(from, 32);
    const v3 = v128.load(from, 48);
    const v4 = v128.load(from, 64);
    const v5 = v128.load(from, 80);
    const v6 = v128.load(from, 96);
    const v7 = v128.load(from, 112);
    const u = t + pair;
    const v = u + pair;
    const w = v + pair;
    v128.store(t, v0);
    v128.store(t + second, v1);
    v128.store(u, v2);
    v128.store(u + second, v3);
    v128.store(v, v4);
    v128.store(v + second, v5);
    v128.store(w, v6);
    v128.store(w + second, v7);
    from += stride;
    t += (<usize>high) << 2;
  }
}

function packColumns(
  source: usize, stride: usize, columns: i32, first: i32, count: i32, start: i32, depth: i32, target: usize, high: i32,
): void {
  const size = (<usize>(high * depth)) << 2;
  let r = 0;
  let t = target;
  for (; r + 32 <= count && first + r + 32 <= columns; r += 32) {
    if (high == 4) packColumns32(source, stride, first + r, start, depth, t, 4);
    else packColumns32(source, stride, first + r, start, depth, t, 8);
    t += size * <usize>(32 / high);
  }
  for (; r < count; r += high) {
    packColumnsPanel(source, stride, columns, first + r, start, depth, t, high);
    t += size;
  }
}

/**
 * Packs `count` rows (or columns) from `first` into panels, for terms start … start + depth.
 * @param limit rows (columns) that the source has
 * @param factors one factor a row, or 0 (rows only)
 */
export function pack(
  source: usize, stride: usize, byColumns: bool, limit: i32, first: i32, count: i32, start: i32, depth: i32, target: usize, high: i32,
  factors: usize, missing: f32,
): void {
  if (byColumns) {
    packColumns(source, stride, limit, first, count, start, depth, target, high);
    return;
  }
  let t = target;
  const size = (<usize>(high * depth)) << 2;
  for (let r = 0; r < count; r += high) {
    packRowsPanel(source, stride, limit, first + r, start, depth, t, high, factors, missing);
    t += size;
  }
}
