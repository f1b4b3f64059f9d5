/** A history as a program writes it: item ids, with weights where some count more than others. */
import { ConfigError } from "../errors.ts";
import type { HistoryEntry } from "./fold-in.ts";

/** An item's id, or with a weight above 0; without one it counts 1. */
export type HistoryItem = string | { readonly id: string; readonly weight?: number | undefined };

/**
 * @returns each item once, weights of repeated ones added up
 * @throws ConfigError naming an unknown id, or a weight that is no positive number
 */
export function checkHistory(
  history: readonly HistoryItem[],
  indexOf: (id: string) => number,
): readonly HistoryEntry[] {
  const weights = new Map<number, number>();
  for (const entry of history) {
    const { id, weight = 1 } = typeof entry === "string" ? { id: entry } : entry;
    if (!Number.isFinite(weight) || weight <= 0) {
      throw new ConfigError(`history, item ${JSON.stringify(id)}: found weight ${weight}, expected a number above 0`);
    }
    const item = indexOf(id);
    weights.set(item, (weights.get(item) ?? 0) + weight);
  }
  return Array.from(weights, ([item, weight]) => ({ item, weight }));
}
