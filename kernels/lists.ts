/**
 * Lists of the k best candidates: larger value first, equal values by smaller index. Every thread fills its own; the order is
 * total, so merging them gives the same whoever met which candidate.
 */
import { address, integer } from "./control";

/** A list's lanes are padded to a multiple of four; an empty lane holds -∞ and EMPTY, behind every candidate. */
const EMPTY: i32 = 0x7fffffff;

/** Lanes of a list of k. */
@inline export function padded(k: i32): i32 {
  return (k + 3) & ~3;
}

/** True in the lanes that come before the candidate (value, index). */
@inline function precede(values: v128, indices: v128, value: v128, index: v128): v128 {
  return v128.or(f32x4.gt(values, value), v128.and(f32x4.eq(values, value), i32x4.lt_s(indices, index)));
}

/**
 * Puts a candidate into its place of a padded list, without a branch: lanes before it stay, the lane it takes is the first one that
 * does not, the lanes after it hold what was one to the left. The lane before a list is read, never used.
 */
@inline export function insert(values: usize, indices: usize, k: i32, value: f32, index: i32): f32 {
  const newValue = f32x4.splat(value);
  const newIndex = i32x4.splat(index);
  for (let at: usize = (<usize>(padded(k) - 4)) << 2; ; at -= 16) {
    const v = v128.load(values + at);
    const i = v128.load(indices + at);
    const leftV = v128.load(values + at - 4);
    const leftI = v128.load(indices + at - 4);
    const stays = precede(v, i, newValue, newIndex);
    let leftStays = precede(leftV, leftI, newValue, newIndex);
    if (at == 0) leftStays = v128.or(leftStays, i32x4(-1, 0, 0, 0));
    v128.store(values + at, v128.bitselect(v, v128.bitselect(newValue, leftV, leftStays), stays));
    v128.store(indices + at, v128.bitselect(i, v128.bitselect(newIndex, leftI, leftStays), stays));
    if (at == 0) break;
  }
  return load<f32>(values + ((<usize>(k - 1)) << 2));
}

/** Empty lanes in `count` padded lists. */
export function clearLists(values: usize, indices: usize, lanes: usize): void {
  const nothing = f32x4.splat(-Infinity);
  const empty = i32x4.splat(EMPTY);
  for (let at: usize = 0; at < lanes << 2; at += 16) {
    v128.store(values + at, nothing);
    v128.store(indices + at, empty);
  }
}

/** A padded list as the caller wants it: -1 and 0 where it is empty. */
@inline export function publish(values: usize, indices: usize, k: i32, outValues: usize, outIndices: usize): void {
  for (let at: usize = 0; at < (<usize>k) << 2; at += 4) {
    const index = load<i32>(indices + at);
    store<i32>(outIndices + at, index == EMPTY ? -1 : index);
    store<f32>(outValues + at, index == EMPTY ? 0 : load<f32>(values + at));
  }
}

/**
 * 0 list values, 1 list indices, 2 rows, 3 k, 4 values and 5 indices of the threads' padded lists, 6 thresholds of all threads, 7 threshold bytes
 * a thread, 8 threads, 9 rows a chunk. The first thread goes on from the lists, the others from nothing; all from its thresholds.
 */
export function prepareLists(chunk: i32): void {
  const rows = integer(2);
  const k = integer(3);
  const threads = integer(8);
  const grain = integer(9);
  const lanes = <usize>padded(k);
  const first = chunk * grain;
  const end = min(rows, first + grain);
  for (let t = 0; t < threads; t++) {
    const skip = (<usize>t * <usize>rows + <usize>first) * lanes << 2;
    clearLists(address(4) + skip, address(5) + skip, <usize>(end - first) * lanes);
  }
  for (let i = first; i < end; i++) {
    const from = (<usize>i * <usize>k) << 2;
    const to = (<usize>i * lanes) << 2;
    let threshold: f32 = -Infinity;
    for (let n: usize = 0; n < (<usize>k) << 2; n += 4) {
      const index = load<i32>(address(1) + from + n);
      threshold = -Infinity;
      if (index < 0) break;
      threshold = load<f32>(address(0) + from + n);
      store<i32>(address(5) + to + n, index);
      store<f32>(address(4) + to + n, threshold);
    }
    for (let t = 0; t < threads; t++) store<f32>(address(6) + <usize>t * <usize>integer(7) + ((<usize>i) << 2), threshold);
  }
}

/** As `prepareLists`: what all threads found becomes the lists. */
export function mergeLists(chunk: i32): void {
  const rows = integer(2);
  const k = integer(3);
  const threads = integer(8);
  const grain = integer(9);
  const lanes = <usize>padded(k);
  const end = min(rows, (chunk + 1) * grain);
  for (let i = chunk * grain; i < end; i++) {
    const own = (<usize>i * lanes) << 2;
    for (let t = 1; t < threads; t++) {
      const skip = (<usize>t * <usize>rows + <usize>i) * lanes << 2;
      for (let n: usize = 0; n < (<usize>k) << 2; n += 4) {
        const index = load<i32>(address(5) + skip + n);
        if (index == EMPTY) break;
        insert(address(4) + own, address(5) + own, k, load<f32>(address(4) + skip + n), index);
      }
    }
    const to = (<usize>i * <usize>k) << 2;
    publish(address(4) + own, address(5) + own, k, address(0) + to, address(1) + to);
  }
}
