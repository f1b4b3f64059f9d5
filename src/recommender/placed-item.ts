/** What placing a new item gives: everything that a recommender has of an item it was trained with. */
import type { Floats } from "../engine/engine.ts";
import type { LinkedRow } from "./explanation/item-links.ts";
import type { ScoredItem } from "./similar-items.ts";

/** Raw features by modality, of the lengths that the run knows, finite and not all zero. */
export type NewFeatures = ReadonlyMap<string, Float32Array>;

export interface PlacedItem {
  /** The item of the run in whose place it came, by index: what users took of the one they took of the other. */
  readonly standsFor?: number | undefined;
  /** As long as the run's final item embeddings. */
  readonly embedding: Floats;
  /** Its row of the item graph among the known items, best first; absent for models without an item graph. */
  readonly graph?: readonly ScoredItem[] | undefined;
  /** That row taken apart; what the item has for itself stands in `self`. */
  readonly links?: LinkedRow | undefined;
  /** G_nn */
  readonly self?: number | undefined;
  /** Nearest known items by raw features, by modality. */
  readonly neighbours: ReadonlyMap<string, readonly ScoredItem[]>;
}

/** Places new items among the known ones, each for itself. */
export interface Placement {
  /** Modalities that a new item can have, with their feature columns. */
  readonly modalities: ReadonlyMap<string, number>;
  /** @param standsFor by item: the one of the run that has changed its features, undefined for one that is new */
  place(items: readonly NewFeatures[], standsFor?: readonly (number | undefined)[]): PlacedItem[];
  /** Raw features of an item of the run, as its dataset has them. */
  featuresOf(item: number): NewFeatures;
  /** Gives its memory back. */
  dispose(): void;
}
