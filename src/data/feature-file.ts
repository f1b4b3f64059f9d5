/**
 * The features of one modality as a matrix that stays on the disk: rows are read when they are asked for and checked as
 * they pass, since one NaN in a feature would silently turn every embedding into NaN.
 */
import { DatasetError } from "../errors.ts";
import type { FeatureSource } from "./dataset.ts";
import { openNpy, readNpyFloats } from "./npy.ts";

/** A feature source that can also be looked at as it is, NaN and Inf included: what an inspection wants. */
export interface UncheckedFeatureSource extends FeatureSource {
  /** As `read`, without refusing NaN and Inf. */
  readUnchecked(from: number, to: number, out: Float32Array): void;
}

/** Whether the rows can be read without being refused. */
export function canReadUnchecked(source: FeatureSource): source is UncheckedFeatureSource {
  return "readUnchecked" in source;
}

/** Position of the first NaN or Inf among the first `count` values; -1 where there is none. */
export function firstNonFinite(values: ArrayLike<number>, count: number): number {
  // x · 0 is NaN exactly for NaN and Inf; four sums keep the adds from waiting for one another.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const fours = count - (count % 4);
  for (let v = 0; v < fours; v += 4) {
    a += values[v] * 0;
    b += values[v + 1] * 0;
    c += values[v + 2] * 0;
    d += values[v + 3] * 0;
  }
  for (let v = fours; v < count; v++) a += values[v] * 0;
  if (a + b + c + d === 0) return -1;
  for (let v = 0; v < count; v++) if (!Number.isFinite(values[v])) return v;
  return -1;
}

/** @throws DatasetError naming the first NaN or Inf among rows [from, to) */
export function refuseNonFinite(label: string, from: number, to: number, columns: number, values: Float32Array): void {
  const at = firstNonFinite(values, (to - from) * columns);
  if (at < 0) return;
  throw new DatasetError(
    `${label} row ${from + Math.floor(at / columns)}, column ${at % columns}: found ${values[at]}, expected a finite float32 number; replace it, or zero the row and list the item as missing`,
  );
}

/**
 * Opens `file` (items × columns, float16, float32 or float64).
 * @throws DatasetError for anything else; see `openNpy`
 */
export function openFeatureFile(file: string, label: string): UncheckedFeatureSource {
  const npy = openNpy(file, label);
  const [rows = 0, columns = 0] = npy.shape;
  if (npy.shape.length !== 2 || rows === 0 || columns === 0) {
    throw new DatasetError(
      `${label} has shape (${npy.shape.join(", ")}), expected two dimensions (items, columns), both above 0; reshape it before saving`,
    );
  }
  // Refuses integer files when opening rather than at the first row.
  readNpyFloats(npy, 0, 0, new Float32Array(0));
  const readUnchecked = (from: number, to: number, out: Float32Array): void => {
    if (from < 0 || to > rows || from > to) {
      throw new DatasetError(`${label} has rows 0 to ${rows - 1}; rows ${from} to ${to - 1} were asked for`);
    }
    readNpyFloats(npy, from * columns, (to - from) * columns, out);
  };
  const read = (from: number, to: number, out: Float32Array): void => {
    readUnchecked(from, to, out);
    refuseNonFinite(label, from, to, columns, out);
  };
  return { rows, columns, read, readUnchecked };
}
