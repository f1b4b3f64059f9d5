/** A small shop with words: what an item is shows in its title and description, and users like a few kinds of things. */

import type { Dataset } from "../../data/dataset.ts";
import { createDataset } from "../../data/index.ts";
import { createRandom } from "../../tensor/random.ts";

const kinds = ["linen shirt", "wool scarf", "leather bag", "garden chair", "copper kettle", "wooden puzzle"];
const praise = ["lovely", "sturdy", "light", "classic", "modern", "handmade", "washable", "small", "large", "bright"];

export interface TextCatalogue {
  readonly texts: readonly string[];
  readonly kinds: readonly number[];
  /** The shop's purchases with these features (items × columns). */
  dataset(features: Float32Array, columns: number): Dataset;
}

export function textCatalogue(items: number, seed: number): TextCatalogue {
  const random = createRandom(seed, "text-catalogue");
  const kindOf = Array.from({ length: items }, () => random.below(kinds.length));
  const word = (): string => praise[random.below(praise.length)] ?? "";
  const texts = kindOf.map((kind) => `A ${word()} ${kinds[kind]}, ${word()} and ${word()}`);
  const users: number[] = [];
  const bought: number[] = [];
  const userCount = items * 2;
  for (let user = 0; user < userCount; user++) {
    const liked = random.below(kinds.length);
    for (let purchase = 0; purchase < 4; ) {
      const item = random.below(items);
      if (kindOf[item] !== liked && random.below(8) > 0) continue;
      users.push(user);
      bought.push(item);
      purchase++;
    }
  }
  return {
    texts,
    kinds: kindOf,
    dataset: (features, columns) =>
      createDataset({
        name: "words",
        users: userCount,
        items,
        interactions: { train: { users, items: bought } },
        modalities: [{ name: "text", features, columns }],
      }),
  };
}
