/**
 * What is wrong with the features of one modality, counted in one pass over the rows and without refusing anything: this is
 * for looking, before a training refuses.
 */
import type { FeatureSource } from "./dataset.ts";
import { canReadUnchecked } from "./feature-file.ts";

export interface ModalityHealth {
  readonly rows: number;
  readonly columns: number;
  /** Items that are listed as missing, have no row, or a row of NaN alone. */
  readonly missingRows: number;
  readonly zeroRows: number;
  /** Rows equal in every value to an earlier one; zero and missing rows are not counted again. */
  readonly duplicateRows: number;
  /** Values that are NaN or infinite. */
  readonly nonFiniteValues: number;
  /** Of rows that are neither missing nor zero; NaN values count as 0. All 0 where there is no such row. */
  readonly norms: { readonly smallest: number; readonly mean: number; readonly largest: number };
}

const valuesAtOnce = 1 << 18;

/** 53 bits of the row's bytes, as one exact number: enough that equal hashes mean equal rows in any real catalogue. */
function hashRow(bits: Int32Array, from: number, to: number): number {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let at = from; at < to; at++) {
    a = Math.imul(a ^ bits[at], 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b ^ bits[at], 0x85ebca6b);
    b ^= b >>> 13;
  }
  return (a >>> 0) * 0x200000 + (b & 0x1fffff);
}

/**
 * @param items how many rows there should be
 * @param missing items whose rows mean nothing, ascending: counted and otherwise passed over
 * @returns the counts and, by item, 1 where the row has a direction (not missing, not zero, all finite): such items can have
 * neighbours
 */
export function examineFeatures(
  features: FeatureSource,
  items: number,
  missing: Int32Array = new Int32Array(),
): { readonly health: ModalityHealth; readonly usable: Uint8Array } {
  const { rows, columns } = features;
  const step = Math.min(rows, Math.max(1, Math.floor(valuesAtOnce / columns)));
  const block = new Float32Array(step * columns);
  const bits = new Int32Array(block.buffer);
  const usable = new Uint8Array(items);
  const seen = new Set<number>();
  // Listed items beyond the rows are without a row too, and counted once.
  let missingRows = missing.filter((item) => item < rows).length + Math.max(0, items - rows);
  let passed = 0;
  let zeroRows = 0;
  let duplicateRows = 0;
  let nonFiniteValues = 0;
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  let sum = 0;
  let withNorm = 0;
  for (let from = 0; from < rows; from += step) {
    const to = Math.min(from + step, rows);
    if (canReadUnchecked(features)) features.readUnchecked(from, to, block);
    else features.read(from, to, block);
    for (let row = from; row < to; row++) {
      if (missing[passed] === row) {
        passed++;
        continue;
      }
      const start = (row - from) * columns;
      let squares = 0;
      let nans = 0;
      let nonFinite = 0;
      for (let at = start; at < start + columns; at++) {
        const value = block[at];
        if (Number.isFinite(value)) squares += value * value;
        else {
          nonFinite++;
          if (Number.isNaN(value)) nans++;
        }
      }
      nonFiniteValues += nonFinite;
      if (nans === columns) {
        missingRows++;
        continue;
      }
      if (squares === 0 && nonFinite === 0) {
        zeroRows++;
        continue;
      }
      const hash = hashRow(bits, start, start + columns);
      if (seen.has(hash)) duplicateRows++;
      seen.add(hash);
      const norm = Math.sqrt(squares);
      smallest = Math.min(smallest, norm);
      largest = Math.max(largest, norm);
      sum += norm;
      withNorm++;
      if (nonFinite === 0 && row < items) usable[row] = 1;
    }
  }
  const norms = withNorm > 0 ? { smallest, mean: sum / withNorm, largest } : { smallest: 0, mean: 0, largest: 0 };
  return { health: { rows, columns, missingRows, zeroRows, duplicateRows, nonFiniteValues, norms }, usable };
}
