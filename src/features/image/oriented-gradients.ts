/**
 * Oriented gradients (after N. Dalal, B. Triggs: Histograms of Oriented Gradients for Human Detection, CVPR 2005): which edges run where. The
 * gradient of a pixel is g = ½ (p(x+1, y) − p(x−1, y), p(x, y+1) − p(x, y−1)) of that plane among L, 2a, 2b where it is longest. Its length goes to the 8
 * orientations (0° to 180°) it lies between and, linearly, to the 4 nearest of 6 × 6 cells: h. Each 2 × 2 block B of cells scales its cells by
 * 1/√(Σ_B h² + ε²) and cuts at 0.3; a cell's values are the mean over the blocks it is in. The 288 values v are scaled to v / √(|v|² + ε'²).
 */
import type { LabPlanes } from "./colour-space.ts";
import { type DirectionShare, splitByDirections } from "./directions.ts";
import { scaleSoftly } from "./scale-softly.ts";

const cells = 6;
const orientations = 8;
export const gradientColumns = cells * cells * orientations;

const cut = 0.3;
const blockEpsilon = 1;
const splitOrientation = splitByDirections(16);

/** The longest gradient of each pixel, by its two components. */
function gradients({ size, lightness, greenRed, blueYellow }: LabPlanes): {
  readonly dx: Float64Array;
  readonly dy: Float64Array;
} {
  const dx = new Float64Array(size * size);
  const dy = new Float64Array(size * size);
  for (const [plane, scale] of [[lightness, 0.5] as const, [greenRed, 1] as const, [blueYellow, 1] as const]) {
    for (let y = 0; y < size; y++) {
      const row = y * size;
      const above = Math.max(0, y - 1) * size;
      const below = Math.min(size - 1, y + 1) * size;
      for (let x = 0; x < size; x++) {
        const gx = scale * (plane[row + Math.min(size - 1, x + 1)] - plane[row + Math.max(0, x - 1)]);
        const gy = scale * (plane[below + x] - plane[above + x]);
        const at = row + x;
        if (gx * gx + gy * gy > dx[at] * dx[at] + dy[at] * dy[at]) {
          dx[at] = gx;
          dy[at] = gy;
        }
      }
    }
  }
  return { dx, dy };
}

/** Sums of gradient lengths by cell and orientation. */
function cellHistograms(planes: LabPlanes): Float64Array {
  const { size } = planes;
  const { dx, dy } = gradients(planes);
  const histograms = new Float64Array(gradientColumns);
  const share: DirectionShare = { first: 0, second: 0, alpha: 0, beta: 0 };
  const perCell = size / cells;
  const add = (row: number, column: number, weight: number): void => {
    if (weight === 0 || row < 0 || row >= cells || column < 0 || column >= cells) return;
    const cell = (row * cells + column) * orientations;
    histograms[cell + (share.first % orientations)] += weight * share.alpha;
    histograms[cell + (share.second % orientations)] += weight * share.beta;
  };
  for (let y = 0; y < size; y++) {
    const v = (y + 0.5) / perCell - 0.5;
    const row = Math.floor(v);
    const down = v - row;
    for (let x = 0; x < size; x++) {
      const at = y * size + x;
      if (dx[at] === 0 && dy[at] === 0) continue;
      // An edge has no front: gradients that point up are turned round, and found sooner.
      const sign = dy[at] < 0 ? -1 : 1;
      splitOrientation(sign * dx[at], sign * dy[at], share);
      const u = (x + 0.5) / perCell - 0.5;
      const column = Math.floor(u);
      const right = u - column;
      add(row, column, (1 - down) * (1 - right));
      add(row, column + 1, (1 - down) * right);
      add(row + 1, column, down * (1 - right));
      add(row + 1, column + 1, down * right);
    }
  }
  return histograms;
}

export function describeGradients(planes: LabPlanes): Float64Array {
  const histograms = cellHistograms(planes);
  const result = new Float64Array(gradientColumns);
  const blocksOf = new Float64Array(cells * cells);
  for (let top = 0; top + 1 < cells; top++) {
    for (let left = 0; left + 1 < cells; left++) {
      const block = [0, 1, cells, cells + 1].map((offset) => top * cells + left + offset);
      let squares = blockEpsilon * blockEpsilon;
      for (const cell of block) {
        for (let at = cell * orientations; at < (cell + 1) * orientations; at++)
          squares += histograms[at] * histograms[at];
      }
      const factor = 1 / Math.sqrt(squares);
      for (const cell of block) {
        blocksOf[cell]++;
        for (let at = cell * orientations; at < (cell + 1) * orientations; at++) {
          result[at] += Math.min(cut, histograms[at] * factor);
        }
      }
    }
  }
  for (let at = 0; at < result.length; at++) result[at] /= blocksOf[Math.floor(at / orientations)];
  return scaleSoftly(result, 0.2);
}
