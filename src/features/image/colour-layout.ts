/**
 * Colour layout: which colours lie where. The picture is cut into a 4 × 4 grid; each cell gives the mean and the spread (standard deviation) of
 * L − 1, a and b, a and b enlarged threefold to L's scale. L − 1 is the distance from white, so that a white background adds nothing. The 96
 * values v are scaled to v / √(|v|² + ε²).
 */
import type { LabPlanes } from "./colour-space.ts";
import { scaleSoftly } from "./scale-softly.ts";

const grid = 4;
export const layoutColumns = grid * grid * 6;

export function describeLayout({ size, lightness, greenRed, blueYellow }: LabPlanes): Float64Array {
  const side = size / grid;
  const pixels = side * side;
  const result = new Float64Array(layoutColumns);
  let at = 0;
  for (let cell = 0; cell < grid * grid; cell++) {
    const top = Math.floor(cell / grid) * side;
    const left = (cell % grid) * side;
    for (const [plane, offset, scale] of [
      [lightness, -1, 1] as const,
      [greenRed, 0, 3] as const,
      [blueYellow, 0, 3] as const,
    ]) {
      let sum = 0;
      let squares = 0;
      for (let y = top; y < top + side; y++) {
        for (let x = left; x < left + side; x++) {
          const value = scale * (plane[y * size + x] + offset);
          sum += value;
          squares += value * value;
        }
      }
      const mean = sum / pixels;
      result[at++] = mean;
      result[at++] = Math.sqrt(Math.max(0, squares / pixels - mean * mean));
    }
  }
  return scaleSoftly(result, 0.05);
}
