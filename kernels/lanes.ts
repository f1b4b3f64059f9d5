/**
 * Small loops over one row, four lanes at a time, that several kernels share. Order of summation depends on the
 * length alone.
 */

/** into (+)= weight · from over `columns` elements. */
@inline export function add4(from: usize, into: usize, columns: i32, weight: f32, accumulate: bool): void {
  let x: usize = from;
  let out: usize = into;
  const weights = f32x4.splat(weight);
  const end = x + ((<usize>columns) << 2);
  if (accumulate) {
    while (x + 16 <= end) {
      v128.store(out, f32x4.add(v128.load(out), f32x4.mul(weights, v128.load(x))));
      x += 16;
      out += 16;
    }
    while (x < end) {
      store<f32>(out, load<f32>(out) + weight * load<f32>(x));
      x += 4;
      out += 4;
    }
  } else {
    while (x + 16 <= end) {
      v128.store(out, f32x4.mul(weights, v128.load(x)));
      x += 16;
      out += 16;
    }
    while (x < end) {
      store<f32>(out, weight * load<f32>(x));
      x += 4;
      out += 4;
    }
  }
}

/** The sum of four lanes: (0 + 2) + (1 + 3). */
@inline export function horizontalSum(v: v128): f32 {
  const halves = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
}

/** Σ left[j] · right[j] over `columns` elements. */
@inline export function dotRows(left: usize, right: usize, columns: i32): f32 {
  let a: usize = left;
  let b: usize = right;
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const end = a + ((<usize>columns) << 2);
  while (a + 64 <= end) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)));
    a += 64;
    b += 64;
  }
  while (a + 16 <= end) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  let sum = horizontalSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  while (a < end) {
    sum += load<f32>(a) * load<f32>(b);
    a += 4;
    b += 4;
  }
  return sum;
}
