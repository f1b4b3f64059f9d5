/**
 * What can be asked of a preparation: which rows count, how much, and which split they go to. Checked here once; everything after
 * trusts it.
 */
import type { PreparationProgress, Source } from "./source.ts";

export const splitMethods = ["paper", "ratio", "global-time", "leave-last-out", "cold-start", "all-train"] as const;

/** `paper`, by time per user, at one moment for all, the last two of each user, items kept apart, or nothing held out. */
export type SplitMethod = (typeof splitMethods)[number];

/** How much an event counts; "dislike": its items are never recommended to that user. */
export type EventWeight = number | "dislike";

export interface FilterOptions {
  /** Interactions with a lower rating are left out; those without a rating stay. */
  readonly minimumRating?: number | undefined;
  /** Interactions with this rating or a lower one are dislikes. */
  readonly dislikeRating?: number | undefined;
  /** By event name; events that are not listed are left out. Absent: every event counts 1. */
  readonly events?: Readonly<Record<string, EventWeight>> | undefined;
  /** Milliseconds since 1970, inclusive. */
  readonly since?: number | undefined;
  /** Milliseconds since 1970, exclusive. */
  readonly until?: number | undefined;
  /** Milliseconds after which an interaction counts half, from the newest one on. */
  readonly halfLife?: number | undefined;
  /** What a pair that occurs several times weighs: the sum of them, or the largest. Default: "sum" with events or a half-life, otherwise "once". */
  readonly repeats?: "sum" | "once" | undefined;
  /** Users with fewer distinct items are left out; with minimumItemInteractions to a fixed point. Default 1. */
  readonly minimumUserInteractions?: number | undefined;
  /** Items with fewer distinct users are left out. Default 1. */
  readonly minimumItemInteractions?: number | undefined;
  /** Keep items of the catalogue that have no interaction (left). Default: for `all-train`, and when a dataset is split anew. */
  readonly keepUntouchedItems?: boolean | undefined;
}

export interface SplitOptions {
  /** Default: what is usual for the source, "ratio" where times are known, otherwise "paper". */
  readonly method?: SplitMethod | undefined;
  /** Shares of train, validation and test for `ratio` and `global-time`; they add up to 1. Default 0.8, 0.1, 0.1. */
  readonly ratio?: readonly [number, number, number] | undefined;
  /** Share of items held out by `cold-start`. Default 0.2. */
  readonly coldShare?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
}

export interface PrepareOptions extends FilterOptions, SplitOptions {
  readonly source: Source;
  /** Dataset folder to write. */
  readonly out: string;
  /** Replace an earlier dataset there. */
  readonly overwrite?: boolean | undefined;
  /** Name of the dataset. Default: the source's. */
  readonly name?: string | undefined;
  /** Below which folder picture paths lie; default: what the source says. */
  readonly imageFolder?: string | undefined;
  /** Bound on the database's memory, bytes. Default 1 GiB. */
  readonly memoryBytes?: number | undefined;
  readonly threads?: number | undefined;
  /** Where what does not fit in memory goes; default: the system's temporary folder. */
  readonly temporaryFolder?: string | undefined;
  readonly onProgress?: ((progress: PreparationProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}
