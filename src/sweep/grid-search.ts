/** Every combination of the grid's values, the last key varying fastest. */
import { gridValues } from "./dimension.ts";
import type { Suggest } from "./search.ts";
import type { Setting } from "./setting.ts";
import type { Space } from "./space.ts";

export function gridSize({ dimensions }: Space): number {
  return dimensions.reduce((size, dimension) => size * gridValues(dimension).length, 1);
}

export function gridSetting({ dimensions }: Space, index: number): Setting {
  const setting: Record<string, Setting[string]> = {};
  let rest = index;
  for (const dimension of dimensions.toReversed()) {
    const values = gridValues(dimension);
    setting[dimension.key] = values[rest % values.length] ?? null;
    rest = Math.floor(rest / values.length);
  }
  return Object.fromEntries(dimensions.map(({ key }) => [key, setting[key] ?? null]));
}

/** @param isNew whether a setting trains something that none before it does */
export function suggestFromGrid(
  space: Space,
  isNew: (setting: Setting, earlier: readonly Setting[]) => boolean,
): Suggest {
  const size = gridSize(space);
  let next = 0;
  return (_, __, earlier) => {
    while (next < size) {
      const setting = gridSetting(space, next++);
      if (isNew(setting, earlier)) return setting;
    }
    return undefined;
  };
}
