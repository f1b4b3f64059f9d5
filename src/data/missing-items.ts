/** Items that lack a modality: a list of item indices, ascending and distinct, in memory or as a one-dimensional npy file. */
import { DatasetError } from "../errors.ts";
import { openNpy, readNpyIntegers } from "./npy.ts";

/** @throws DatasetError for an item out of range, out of order or listed twice */
export function checkMissing(missing: Int32Array, items: number, label: string): void {
  let previous = -1;
  for (const [place, item] of missing.entries()) {
    if (item < 0 || item >= items) {
      throw new DatasetError(
        `${label}, entry ${place}: item ${item} is out of range, expected 0 to ${items - 1}; they are 0-based item indices`,
      );
    }
    if (item <= previous) {
      throw new DatasetError(
        `${label}, entry ${place}: item ${item} comes after ${previous}, expected ascending and distinct items; sort them and keep each once`,
      );
    }
    previous = item;
  }
}

/** The list of a file; whether it fits the items is checked by `checkMissing`. @throws DatasetError for a wrong type or shape */
export function readMissingFile(file: string, label: string): Int32Array {
  const npy = openNpy(file, label);
  if (npy.shape.length !== 1) {
    throw new DatasetError(
      `${label} has shape (${npy.shape.join(", ")}), expected one dimension: the indices of items without this modality`,
    );
  }
  return readNpyIntegers(npy);
}
