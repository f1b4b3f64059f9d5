/**
 * What business adds to a model's scores before items are ranked:
 *   s_ui = ŷ_ui + σ_u (b_i − β ln(1 + n_i)),
 * b_i the boosts of item i and of its categories, n_i its training interactions, β ≥ 0 the correction for popularity, and σ_u the standard
 * deviation of the user's scores over the catalogue: a boost of 1 is one of them, in whatever units a model scores.
 */
import { ConfigError } from "../../errors.ts";
import { logarithm } from "../../tensor/elementary.ts";
import type { CategoryIndex } from "./categories.ts";

/** In standard deviations of a user's scores; below 0 pushes down. */
export interface Boosts {
  /** By item id. */
  readonly items?: Readonly<Record<string, number>> | undefined;
  /** By category: all of its items get it, on top of their own and of other categories'. */
  readonly categories?: Readonly<Record<string, number>> | undefined;
}

export interface AdjustmentOptions {
  readonly boosts?: Boosts | undefined;
  readonly popularityCorrection?: number | undefined;
}

interface AdjustmentParts {
  /** Items, known and added. */
  readonly size: number;
  /** Training interactions of the known ones. */
  readonly counts: () => Int32Array;
  readonly indexOf: (id: string) => number;
  readonly categories: () => CategoryIndex;
}

function checkBoost(of: string, boost: number): number {
  if (Number.isFinite(boost)) return boost;
  throw new ConfigError(`boosts: ${of} has ${boost}, expected a finite number of standard deviations`);
}

/** @returns b_i − β ln(1 + n_i) by item; undefined where nothing is to be added @throws ConfigError for what cannot be */
export function adjustmentOf(
  { boosts = {}, popularityCorrection: beta = 0 }: AdjustmentOptions,
  { size, counts, indexOf, categories }: AdjustmentParts,
): Float64Array | undefined {
  if (!Number.isFinite(beta) || beta < 0) {
    throw new ConfigError(`popularityCorrection: found ${beta}, expected a number from 0 up`);
  }
  const byItem = Object.entries(boosts.items ?? {});
  const byCategory = Object.entries(boosts.categories ?? {});
  if (beta === 0 && byItem.length + byCategory.length === 0) return undefined;
  const added = new Float64Array(size);
  if (beta > 0)
    counts().forEach((count, item) => {
      added[item] -= beta * logarithm(1 + count);
    });
  for (const [id, boost] of byItem) added[indexOf(id)] += checkBoost(`item ${JSON.stringify(id)}`, boost);
  for (const [category, boost] of byCategory) {
    const checked = checkBoost(`category ${JSON.stringify(category)}`, boost);
    for (const item of categories().items(category)) added[item] += checked;
  }
  return added;
}
