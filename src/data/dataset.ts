/**
 * What every later step works on: users and items as indices 0…n−1, interactions by split, and modalities whose
 * features are read on demand, so that a gigabyte of pictures is never held twice. Outside ids live here and in the
 * recommender only.
 */
import type { Floats, Pattern } from "../engine/engine.ts";

export type Split = "train" | "validation" | "test";

/** users × items, the items of a user ascending and distinct: a `Pattern` over ordinary (not engine) arrays. */
export type Interactions = Pattern;

/** Item features of one modality, read by rows so that they need not fit in memory twice. */
export interface FeatureSource {
  readonly rows: number;
  readonly columns: number;
  /** Copies rows [from, to), row-major, into `out` (length ≥ (to − from) · columns). @throws DatasetError on NaN or Inf or a file that changed or cannot be read. */
  read(from: number, to: number, out: Floats): void;
}

/** A neighbour list that was computed elsewhere, taken exactly as given (specification, section 2). */
export interface NeighbourFile {
  readonly rows: number;
  readonly width: number;
  /** rows × width; -1 pads a short row. */
  readonly indices: Int32Array;
  readonly cosines: Float32Array;
}

/** At least one of features and neighbours is there. */
export interface Modality {
  readonly name: string;
  readonly features?: FeatureSource | undefined;
  readonly neighbours?: NeighbourFile | undefined;
  /** Items that lack this modality, ascending and distinct; their feature rows hold zeros that mean nothing. Absent: none. */
  readonly missing?: Int32Array | undefined;
}

/** Something usable but worth knowing, with how often it occurred. */
export interface DatasetWarning {
  readonly kind:
    | "duplicate-pairs"
    | "dropped-dislikes"
    | "users-without-training"
    | "items-without-interactions"
    | "missing"
    | "zero-rows"
    | "other";
  readonly count: number;
  readonly message: string;
}

export interface Dataset {
  readonly name: string;
  /** Absolute folder it was read from; absent for one made in memory. */
  readonly folder?: string | undefined;
  readonly users: number;
  readonly items: number;
  /** Outside ids by index. */
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  /** Names for people (titles), by index, where the dataset has them. */
  readonly itemTitles?: readonly string[] | undefined;
  readonly interactions: Readonly<Record<Split, Interactions>>;
  /** What users said they do not want: never a positive, never recommended. Absent: nobody said anything. */
  readonly dislikes?: Interactions | undefined;
  /** How much each training interaction counts, above 0, in the order of `interactions.train.columnIndices`. Absent: equally. */
  readonly trainWeights?: Float32Array | undefined;
  readonly modalities: readonly Modality[];
  readonly warnings: readonly DatasetWarning[];
  /** SHA-256 over ids, interactions, dislikes, weights, missing items and feature shapes: tells whether a run belongs to this dataset. */
  readonly fingerprint: string;
}
