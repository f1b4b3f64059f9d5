/**
 * What this machine lets WebAssembly do at best: multiply-adds that never leave registers, a long copy, and a gather
 * of random rows. The other kernels are judged by these.
 */
import { address, integer, real } from "./control";

/** 0 turns, 1 out (16 bytes a chunk), 2 factor, 3 summand: turns × 12 vectors × 4 lanes × 2 operations. */
export function registerMultiplyAdd(chunk: i32): void {
  const x = f32x4.splat(real(2));
  const y = f32x4.splat(real(3));
  let s0 = y;
  let s1 = f32x4.splat(2);
  let s2 = f32x4.splat(3);
  let s3 = f32x4.splat(4);
  let s4 = f32x4.splat(5);
  let s5 = f32x4.splat(6);
  let s6 = f32x4.splat(7);
  let s7 = f32x4.splat(8);
  let s8 = f32x4.splat(9);
  let s9 = f32x4.splat(10);
  let s10 = f32x4.splat(11);
  let s11 = f32x4.splat(12);
  for (let n = integer(0); n > 0; n--) {
    s0 = f32x4.add(f32x4.mul(s0, x), y);
    s1 = f32x4.add(f32x4.mul(s1, x), y);
    s2 = f32x4.add(f32x4.mul(s2, x), y);
    s3 = f32x4.add(f32x4.mul(s3, x), y);
    s4 = f32x4.add(f32x4.mul(s4, x), y);
    s5 = f32x4.add(f32x4.mul(s5, x), y);
    s6 = f32x4.add(f32x4.mul(s6, x), y);
    s7 = f32x4.add(f32x4.mul(s7, x), y);
    s8 = f32x4.add(f32x4.mul(s8, x), y);
    s9 = f32x4.add(f32x4.mul(s9, x), y);
    s10 = f32x4.add(f32x4.mul(s10, x), y);
    s11 = f32x4.add(f32x4.mul(s11, x), y);
  }
  const low = f32x4.add(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), f32x4.add(s4, s5));
  const high = f32x4.add(f32x4.add(f32x4.add(s6, s7), f32x4.add(s8, s9)), f32x4.add(s10, s11));
  v128.store(address(1) + ((<usize>chunk) << 4), f32x4.add(low, high));
}

/** 0 from, 1 to, 2 bytes a chunk, a multiple of 64. */
export function copy(chunk: i32): void {
  const bytes = <usize>integer(2);
  let from = address(0) + <usize>chunk * bytes;
  let to = address(1) + <usize>chunk * bytes;
  const end = from + bytes;
  while (from < end) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
    from += 64;
    to += 64;
  }
}

/** 0 rows of 256 bytes, 1 row numbers, 2 how many a chunk, 3 out (16 bytes a chunk): reads each row once. */
export function gatherRandomRows(chunk: i32): void {
  const rows = address(0);
  const count = integer(2);
  const numbers = address(1) + ((<usize>(chunk * count)) << 2);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let n = 0; n < count; n++) {
    const row = rows + ((<usize>load<i32>(numbers + ((<usize>n) << 2))) << 8);
    s0 = f32x4.add(s0, v128.load(row));
    s1 = f32x4.add(s1, v128.load(row, 16));
    s2 = f32x4.add(s2, v128.load(row, 32));
    s3 = f32x4.add(s3, v128.load(row, 48));
    s0 = f32x4.add(s0, v128.load(row, 64));
    s1 = f32x4.add(s1, v128.load(row, 80));
    s2 = f32x4.add(s2, v128.load(row, 96));
    s3 = f32x4.add(s3, v128.load(row, 112));
    s0 = f32x4.add(s0, v128.load(row, 128));
    s1 = f32x4.add(s1, v128.load(row, 144));
    s2 = f32x4.add(s2, v128.load(row, 160));
    s3 = f32x4.add(s3, v128.load(row, 176));
    s0 = f32x4.add(s0, v128.load(row, 192));
    s1 = f32x4.add(s1, v128.load(row, 208));
    s2 = f32x4.add(s2, v128.load(row, 224));
    s3 = f32x4.add(s3, v128.load(row, 240));
  }
  v128.store(address(3) + ((<usize>chunk) << 4), f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}
