/**
 * A user and items together: with x̂_b the vector that the items alone would have as a history (`fold-in.ts`), weight w and σ the spread of
 * scores (`spread.ts`),
 *   x̂ = (1 − w) x̂_u + w (σ_u / σ_b) x̂_b,
 * so that w = ½ gives both the same say. Item scores (item-knn) are mixed likewise. Where the items say nothing (σ_b = 0) the user stands alone.
 */
import { ConfigError } from "../../errors.ts";
import type { HistoryEntry } from "../fold-in.ts";

export interface Because {
  readonly entries: readonly HistoryEntry[];
  /** w */
  readonly weight: number;
}

export function checkBecauseWeight(weight = 0.5): number {
  if (weight >= 0 && weight <= 1) return weight;
  throw new ConfigError(
    `becauseWeight: found ${weight}, expected a number from 0 (the user alone) to 1 (the items alone)`,
  );
}

/** Factors of x̂_u and of x̂_b. */
export function mixture(weight: number, ofUser: number, ofItems: number): readonly [user: number, items: number] {
  if (ofItems === 0) return [1, 0];
  return [1 - weight, weight * (ofUser === 0 ? 1 : ofUser / ofItems)];
}
