/**
 * Which elements dropout keeps: a counter-based integer hash of (key, element), so that the mask needs no storage, is
 * the same in every engine and for every number of threads, and is found again for the gradient.
 */

/** 32 well-mixed bits of (key, element), both taken as uint32. Integer arithmetic only. */
export function mixedBits(key: number, element: number): number {
  let h = Math.imul(element ^ key, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) ^ Math.imul(key, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 13), 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 16), 0x165667b1);
  return (h ^ (h >>> 15)) >>> 0;
}

/** True when element `element` survives dropout at `rate`: its 24 upper bits reach rate · 2²⁴ (rounded down). */
export function dropoutKeeps(key: number, element: number, rate: number): boolean {
  return mixedBits(key, element) >>> 8 >= Math.floor(rate * 0x1000000);
}
