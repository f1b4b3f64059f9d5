/**
 * Items that lack modalities. With M_i the modalities that item i has, row i of the item graph weighs them by
 *   α_im = α_m / Σ_{m' ∈ M_i} α_m'  for m ∈ M_i,  0 otherwise,
 * that is, rows of the weighted sums are scaled by r_i = 1 / Σ_{m ∈ M_i} α_m. In a modality that an item lacks it has no neighbours and is
 * nobody's neighbour. An item that lacks all of them has an empty row: the backbone alone places it.
 */
import type { NeighbourFile } from "../data/dataset.ts";
import type { RowSets } from "../tensor/graph-operations.ts";

/**
 * Which modalities each item has.
 *
 * @param missing by modality, the items without it
 * @returns undefined where no item lacks anything
 */
export function modalitySets(items: number, missing: readonly (Int32Array | undefined)[]): RowSets | undefined {
  if (!missing.some((list) => list !== undefined && list.length > 0)) return undefined;
  const sets: number[][] = [[...missing.keys()]];
  const setOf = new Int32Array(items);
  missing.forEach((list, modality) => {
    const smaller = new Map<number, number>();
    for (const item of list ?? []) {
      const before = setOf[item];
      let after = smaller.get(before);
      if (after === undefined) {
        after = sets.push(sets[before].filter((m) => m !== modality)) - 1;
        smaller.set(before, after);
      }
      setOf[item] = after;
    }
  });
  return { sets, setOf };
}

/** A neighbour list without the rows of missing items and without them in the rows of others; what is left moves up, -1 pads. */
export function withoutMissing(neighbours: NeighbourFile, missing: Int32Array | undefined): NeighbourFile {
  if (missing === undefined || missing.length === 0) return neighbours;
  const { rows, width } = neighbours;
  const isMissing = new Uint8Array(rows);
  for (const item of missing) isMissing[item] = 1;
  const indices = new Int32Array(rows * width).fill(-1);
  const cosines = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++) {
    if (isMissing[i] === 1) continue;
    let end = i * width;
    for (let p = i * width; p < (i + 1) * width; p++) {
      const j = neighbours.indices[p];
      if (j < 0 || isMissing[j] === 1) continue;
      indices[end] = j;
      cosines[end++] = neighbours.cosines[p];
    }
  }
  return { rows, width, indices, cosines };
}
