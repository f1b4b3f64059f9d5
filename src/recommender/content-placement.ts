/** New items of a content-knn run: their normalised features side by side, divided by how many modalities they have, as the model's own. */
import type { Modality } from "../data/dataset.ts";
import { contentColumns, normaliseSlice } from "../models/content-knn.ts";
import { featuresOfKnown } from "./known-features.ts";
import type { Placement } from "./placed-item.ts";

/** @param modalities those the run uses, in its order */
export function contentPlacement(modalities: readonly Modality[]): Placement {
  const length = modalities.reduce((sum, modality) => sum + contentColumns(modality), 0);
  return {
    modalities: new Map(
      modalities.flatMap(({ name, features }) => (features === undefined ? [] : [[name, features.columns] as const])),
    ),
    place: (items, standsFor = []) =>
      items.map((features, n) => {
        const embedding = new Float32Array(length);
        let offset = 0;
        for (const modality of modalities) {
          const columns = contentColumns(modality);
          const own = features.get(modality.name);
          if (own !== undefined) {
            embedding.set(own, offset);
            normaliseSlice(embedding, offset, offset + columns);
          }
          offset += columns;
        }
        return {
          standsFor: standsFor[n],
          embedding: embedding.map((value) => value / features.size),
          neighbours: new Map(),
        };
      }),
    featuresOf: featuresOfKnown(modalities),
    dispose: () => undefined,
  };
}
