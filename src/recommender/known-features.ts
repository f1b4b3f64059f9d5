/** Raw features of single items of the run, as its dataset has them: what a changed item is held against. */
import type { Modality } from "../data/dataset.ts";
import type { NewFeatures } from "./placed-item.ts";

type KnownFeatures = Pick<Modality, "name" | "features" | "missing">;

/** A modality that the item lacks is left out. */
export function featuresOfKnown(modalities: readonly KnownFeatures[]): (item: number) => NewFeatures {
  const missing = new Map(modalities.map((modality) => [modality.name, new Set(modality.missing)]));
  return (item) => {
    const own = new Map<string, Float32Array>();
    for (const { name, features } of modalities) {
      if (features === undefined || missing.get(name)?.has(item) === true) continue;
      const row = new Float32Array(features.columns);
      features.read(item, item + 1, row);
      own.set(name, row);
    }
    return own;
  };
}

/** Below 1 by rounding alone: encoders whose last bits depend on the machine say the same thing. */
const sameCosine = 0.99999;

/** Whether both have the same modalities and point the same way in each. */
export function sameFeatures(a: NewFeatures, b: NewFeatures): boolean {
  if (a.size !== b.size) return false;
  for (const [name, x] of a) {
    const y = b.get(name);
    if (y === undefined || x.length !== y.length) return false;
    let product = 0;
    let squares = 0;
    let others = 0;
    for (let c = 0; c < x.length; c++) {
      product += x[c] * y[c];
      squares += x[c] * x[c];
      others += y[c] * y[c];
    }
    if (!(product >= sameCosine * Math.sqrt(squares * others))) return false;
  }
  return true;
}
