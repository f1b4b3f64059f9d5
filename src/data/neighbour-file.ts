/**
 * A neighbour list that was computed elsewhere: `<modality>_neighbours_index.npy` (items × width, -1 pads a short row) with
 * the cosines beside it. It is taken exactly as given; only what cannot be meant is refused.
 */
import { DatasetError } from "../errors.ts";
import type { NeighbourFile } from "./dataset.ts";
import { firstNonFinite } from "./feature-file.ts";
import { openNpy, readNpyFloats, readNpyIntegers } from "./npy.ts";

/**
 * Checks indices and cosines (rows × width each, row-major) for use as a neighbour list of `rows` items.
 * @throws DatasetError for an index outside the items, an item listed twice in a row, or a cosine that is no number
 */
export function checkNeighbours(
  list: NeighbourFile,
  items: number,
  labels: { readonly indices: string; readonly cosines: string },
): void {
  const { rows, width, indices, cosines } = list;
  const lastRow = new Int32Array(items).fill(-1);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      const index = indices[at];
      if (index === -1) continue;
      if (index < -1 || index >= items) {
        throw new DatasetError(
          `${labels.indices} row ${row}, column ${column}: neighbour ${index} is out of range, expected an item 0 to ${items - 1}, or -1 for none`,
        );
      }
      if (lastRow[index] === row) {
        throw new DatasetError(
          `${labels.indices} row ${row}, column ${column}: neighbour ${index} is listed twice, expected each at most once; keep the first`,
        );
      }
      lastRow[index] = row;
    }
  }
  const bad = firstNonFinite(cosines, cosines.length);
  if (bad >= 0) {
    throw new DatasetError(
      `${labels.cosines} row ${Math.floor(bad / width)}, column ${bad % width}: found ${cosines[bad]}, expected a finite cosine; use index -1 for a missing neighbour`,
    );
  }
}

/**
 * Reads both files; whether the indices fit the items is checked by `checkNeighbours` once their number is known.
 * @throws DatasetError for a wrong type or shape, or files that do not fit one another
 */
export function readNeighbourFile(
  indexFile: string,
  cosineFile: string,
  labels: { readonly indices: string; readonly cosines: string },
): NeighbourFile {
  const index = openNpy(indexFile, labels.indices);
  const cosine = openNpy(cosineFile, labels.cosines);
  const [rows = 0, width = 0] = index.shape;
  if (index.shape.length !== 2 || rows === 0 || width === 0) {
    throw new DatasetError(
      `${labels.indices} has shape (${index.shape.join(", ")}), expected two dimensions (items, neighbours), both above 0`,
    );
  }
  if (index.shape.length !== cosine.shape.length || index.shape.some((extent, at) => extent !== cosine.shape[at])) {
    throw new DatasetError(
      `${labels.cosines} has shape (${cosine.shape.join(", ")}), expected (${rows}, ${width}) as ${labels.indices}; save both from the same search`,
    );
  }
  const indices = readNpyIntegers(index);
  const cosines = new Float32Array(rows * width);
  readNpyFloats(cosine, 0, cosines.length, cosines);
  return { rows, width, indices, cosines };
}
