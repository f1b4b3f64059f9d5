/** A dataset in memory that trains in a blink: 40 users who like even or odd items, with features that tell which are which. */
import type { Dataset } from "../data/dataset.ts";
import { createDataset } from "../data/index.ts";
import { createRandom } from "../tensor/random.ts";
import type { TrainingOptionsInput } from "../training/configuration.ts";

const users = 40;
const items = 26;

/** @param heldOut false for a dataset with training interactions alone */
export function smallDataset(heldOut = true): Dataset {
  const random = createRandom(3, "small dataset");
  const train: [number, number][] = [];
  const validation: [number, number][] = [];
  const test: [number, number][] = [];
  for (let user = 0; user < users; user++) {
    for (let item = user % 2; item < items; item += 2) {
      const draw = random.uniform();
      if (draw < 0.4) train.push([user, item]);
      else if (heldOut && draw < 0.55) validation.push([user, item]);
      else if (heldOut && draw < 0.7) test.push([user, item]);
    }
  }
  const features = (columns: number): number[][] =>
    Array.from({ length: items }, (_, item) =>
      Array.from({ length: columns }, (_, column) => random.uniform() + (column % 2 === item % 2 ? 1 : 0)),
    );
  return createDataset({
    name: "parity",
    users,
    items,
    itemTitles: Array.from({ length: items }, (_, item) => `Item number ${item}`),
    interactions: { train, validation, test },
    modalities: [
      { name: "image", features: features(6) },
      { name: "text", features: features(5) },
    ],
  });
}

export const smallOptions: TrainingOptionsInput = {
  embeddingSize: 8,
  featureEmbeddingSize: 4,
  neighbours: 3,
  batchSize: 16,
  epochs: 4,
  validateEvery: 2,
  validateBy: "recall@5",
};
