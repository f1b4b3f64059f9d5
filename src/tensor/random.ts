/**
 * Seeded random numbers from integer arithmetic alone, so that they repeat on every machine: xoshiro128** whose state
 * comes from a seed and a purpose ("sampler/12", "parameters/embedding"). One stream a purpose means that nothing has to be
 * saved to continue a training: the stream of an epoch is found again from its name.
 */

export interface Random {
  /** Uniform uint32. */
  bits(): number;
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform integer in [0, bound), without modulo bias; 1 ≤ bound ≤ 2³². */
  below(bound: number): number;
}

/** 32 bits that depend on every character of the purpose and on the seed. */
function mix(seed: number, purpose: string, lane: number): number {
  let h = (seed ^ Math.imul(lane + 1, 0x9e3779b9)) | 0;
  for (let c = 0; c < purpose.length; c++) {
    h = Math.imul(h ^ purpose.charCodeAt(c), 0x85ebca6b);
    h ^= h >>> 13;
  }
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}

const rotateLeft = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** @param seed an integer; its upper half counts too, up to 2⁵³ */
export function createRandom(seed: number, purpose: string): Random {
  const low = seed | 0;
  const name = `${Math.floor(seed / 0x100000000)}/${purpose}`;
  let a = mix(low, name, 0) | 0;
  let b = mix(low, name, 1) | 0;
  let c = mix(low, name, 2) | 0;
  let d = mix(low, name, 3) | 1;

  const bits = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
  const uniform = (): number => ((bits() >>> 5) * 0x4000000 + (bits() >>> 6)) / 0x20000000000000;
  /** The upper word of bits · bound, rejecting the few products that would favour some values (Lemire 2019); exact below 2⁵³. */
  const belowByProduct = (bound: number): number => {
    let product = bits() * bound;
    let lower = product >>> 0;
    if (lower < bound) {
      const unfair = (0x100000000 - bound) % bound;
      while (lower < unfair) {
        product = bits() * bound;
        lower = product >>> 0;
      }
    }
    return (product - lower) / 0x100000000;
  };
  const belowByRemainder = (bound: number): number => {
    const limit = 0x100000000 - (0x100000000 % bound);
    let value = bits();
    while (value >= limit) value = bits();
    return value % bound;
  };
  // A division costs more than all the rest, and sampling draws half a million numbers an epoch.
  const below = (bound: number): number => (bound <= 0x200000 ? belowByProduct(bound) : belowByRemainder(bound));
  for (let warmUp = 0; warmUp < 8; warmUp++) bits();
  return { bits, uniform, below };
}

/** A 32-bit key for `engine.dropout`. */
export function randomKey(seed: number, purpose: string): number {
  return createRandom(seed, purpose).bits();
}
