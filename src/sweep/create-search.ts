/** The search by name. Two settings that train the same — a backbone under a model without one — are tried once. */

import { ConfigError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { gridSize, suggestFromGrid } from "./grid-search.ts";
import { firstNew, randomSetting, suggestAtRandom } from "./random-search.ts";
import { createSequence, type Search } from "./search.ts";
import { type CommonSettings, configurationKey, configurationOf, type Setting } from "./setting.ts";
import type { Space } from "./space.ts";
import { createHalving } from "./successive-halving.ts";
import type { SweepPlan } from "./sweep-format.ts";
import { suggestByTreeParzen } from "./tree-parzen.ts";

/** Whether a setting trains something that none of the earlier ones does. */
function noveltyOf(common: CommonSettings): (setting: Setting, earlier: readonly Setting[]) => boolean {
  const keys = new WeakMap<Setting, string>();
  const keyOf = (setting: Setting): string => {
    const key = keys.get(setting) ?? configurationKey(configurationOf(setting, common));
    keys.set(setting, key);
    return key;
  };
  return (setting, earlier) => !earlier.some((one) => keyOf(one) === keyOf(setting));
}

function distinctAtRandom(space: Space, seed: number, trials: number, isNew: ReturnType<typeof noveltyOf>): Setting[] {
  const settings: Setting[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const random = createRandom(seed, `sweep/${trial}`);
    const setting = firstNew(
      () => randomSetting(space, random),
      (one) => isNew(one, settings),
    );
    if (setting === undefined) break;
    settings.push(setting);
  }
  return settings;
}

/** Trials where none are asked for: all of a grid, else a number that costs an evening. */
export const defaultTrials = (method: SweepPlan["method"], space: Space): number =>
  method === "grid" ? gridSize(space) : method === "halving" ? 27 : 30;

export function createSearch(space: Space, plan: SweepPlan): Search {
  const isNew = noveltyOf(plan);
  const { trials, seed, lag, stopping } = plan;
  switch (plan.method) {
    case "grid":
      return createSequence(trials, stopping ? lag : undefined, suggestFromGrid(space, isNew));
    case "random":
      return createSequence(trials, stopping ? lag : undefined, suggestAtRandom(space, seed, isNew));
    case "tpe":
      return createSequence(trials, lag, suggestByTreeParzen(space, seed, isNew));
    case "halving":
      if (space.dimensions.some(({ key }) => key === "epochs")) {
        throw new ConfigError(
          "space, epochs: successive halving shares out the epochs itself; leave it out, or use another method",
        );
      }
      return createHalving(distinctAtRandom(space, seed, trials, isNew), plan.reduction);
  }
}
