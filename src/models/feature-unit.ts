/**
 * The unit in which models that read features in every step have them: a power of two, so that nothing is rounded and cosines keep their
 * bits, in which the rows' root mean square length lies in [√½, √2). Adam moves a weight as far for large features as for small ones, so
 * that values of 0 to 255 would otherwise drown everything that ids say.
 */
import type { Modality } from "../data/dataset.ts";

/** Floats read at a time. */
const blockFloats = 1 << 20;

/** What features are to be multiplied by; 1 where there are none. Items that lack the modality do not count. */
export function featureUnit({ features, missing = new Int32Array(0) }: Modality): number {
  if (features === undefined) return 1;
  const { rows, columns } = features;
  const lacking = new Set(missing);
  const step = Math.min(rows, Math.max(1, Math.floor(blockFloats / columns)));
  const block = new Float32Array(step * columns);
  let squares = 0;
  for (let from = 0; from < rows; from += step) {
    const to = Math.min(rows, from + step);
    features.read(from, to, block);
    for (let row = from; row < to; row++) {
      if (lacking.has(row)) continue;
      for (let e = (row - from) * columns; e < (row - from + 1) * columns; e++) squares += block[e] * block[e];
    }
  }
  let square = squares / Math.max(1, rows - lacking.size);
  if (square === 0) return 1;
  let unit = 1;
  for (; square >= 2; square /= 4) unit /= 2;
  for (; square < 0.5; square *= 4) unit *= 2;
  return unit;
}
