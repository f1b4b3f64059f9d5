/**
 * Pixels in Oklab (B. Ottosson, 2020), where equal distances look about equally large: c = s/12.92 or ((s + 0.055)/1.055)^2.4 for each
 * sRGB value s, (l, m, s) = M₁ (r, g, b), (L, a, b) = M₂ (∛l, ∛m, ∛s). L is 0 for black and 1 for white; a (green to red) and b (blue to
 * yellow) are 0 for greys and at most about 0.32 away from it.
 *
 * Bits repeat on every machine: the powers are a table of our own exponential, the cube root is found by Halley's iteration from integer arithmetic.
 */
import { power } from "../../tensor/elementary.ts";

/** Three planes of the same size, row after row. */
export interface LabPlanes {
  readonly size: number;
  readonly lightness: Float64Array;
  readonly greenRed: Float64Array;
  readonly blueYellow: Float64Array;
}

const linear = Float64Array.from({ length: 256 }, (_, value) => {
  const s = value / 255;
  return s <= 0.04045 ? s / 12.92 : power((s + 0.055) / 1.055, 2.4);
});

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** ∛x for 0 ≤ x ≤ 2: a third of the exponent as the start, then y ← y (y³ + 2x) / (2y³ + x), which trebles the right digits:
 * 1 of them, 4, 13. */
export function cubeRoot(x: number): number {
  if (x < 1e-30) return 0;
  single[0] = x;
  bits[0] = Math.floor(bits[0] / 3) + 709921077;
  let y = single[0];
  for (let step = 0; step < 2; step++) {
    const cube = y * y * y;
    y *= (cube + 2 * x) / (2 * cube + x);
  }
  return y;
}

/** @param pixels 3·size² sRGB values */
export function toLab(pixels: Uint8Array, size: number): LabPlanes {
  const count = size * size;
  const planes = {
    size,
    lightness: new Float64Array(count),
    greenRed: new Float64Array(count),
    blueYellow: new Float64Array(count),
  };
  for (let at = 0; at < count; at++) {
    const before = at - 1;
    const repeats =
      at > 0 &&
      pixels[3 * at] === pixels[3 * before] &&
      pixels[3 * at + 1] === pixels[3 * before + 1] &&
      pixels[3 * at + 2] === pixels[3 * before + 2];
    if (repeats) {
      planes.lightness[at] = planes.lightness[before];
      planes.greenRed[at] = planes.greenRed[before];
      planes.blueYellow[at] = planes.blueYellow[before];
      continue;
    }
    const red = linear[pixels[3 * at]];
    const green = linear[pixels[3 * at + 1]];
    const blue = linear[pixels[3 * at + 2]];
    const l = cubeRoot(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
    const m = cubeRoot(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
    const s = cubeRoot(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
    planes.lightness[at] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
    planes.greenRed[at] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
    planes.blueYellow[at] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  }
  return planes;
}
