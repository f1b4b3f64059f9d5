/** Settings drawn at random (Bergstra and Bengio 2012): every value of a list equally likely, ranges on their scale. */
import { createRandom, type Random } from "../tensor/random.ts";
import { type Dimension, type SettingValue, valueAt } from "./dimension.ts";
import type { Suggest } from "./search.ts";
import type { Setting } from "./setting.ts";
import type { Space } from "./space.ts";

/** Draws of a setting that none before it equals before the space counts as used up. */
const drawsOfNew = 200;

function draw(dimension: Dimension, random: Random): SettingValue {
  if (dimension.kind === "range") return valueAt(dimension, random.uniform());
  return dimension.values[random.below(dimension.values.length)] ?? null;
}

export function randomSetting({ dimensions }: Space, random: Random): Setting {
  return Object.fromEntries(dimensions.map((dimension) => [dimension.key, draw(dimension, random)]));
}

/** The first new setting of several draws. */
export function firstNew(
  drawSetting: (attempt: number) => Setting,
  isNew: (setting: Setting) => boolean,
): Setting | undefined {
  for (let attempt = 0; attempt < drawsOfNew; attempt++) {
    const setting = drawSetting(attempt);
    if (isNew(setting)) return setting;
  }
  return undefined;
}

/** @param isNew whether a setting trains something that none before it does */
export function suggestAtRandom(
  space: Space,
  seed: number,
  isNew: (setting: Setting, earlier: readonly Setting[]) => boolean,
): Suggest {
  return (trial, _, earlier) => {
    const random = createRandom(seed, `sweep/${trial}`);
    return firstNew(
      () => randomSetting(space, random),
      (setting) => isNew(setting, earlier),
    );
  };
}
