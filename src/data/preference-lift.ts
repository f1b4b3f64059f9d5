/**
 * Does a modality carry preference? The shared-user lift says: how much more often an item and one of its nearest neighbours have a
 * training user in common than an item and any other, lift = P(shared user | neighbours) / P(shared user | random pair).
 */
import type { Engine } from "../engine/engine.ts";
import { createRandom } from "../tensor/random.ts";
import type { Interactions, Modality, NeighbourFile } from "./dataset.ts";
import { nearestItems } from "./feature-neighbours.ts";
import { shuffle } from "./holdout.ts";

export interface InspectOptions {
  /** Neighbours looked at for each item; default 10. */
  readonly neighbours?: number | undefined;
  /** At most so many items, chosen at random, are asked for their neighbours; default 2000, fewer in very large catalogues. */
  readonly sample?: number | undefined;
  /** Of the sample and the random pairs; default 1. */
  readonly seed?: number | undefined;
}

export interface SharedUsers {
  /** Pairs looked at. */
  readonly pairs: number;
  /** Share of them with at least one training user in common. */
  readonly share: number;
  /** Training users in common, on average. */
  readonly mean: number;
}

export type Verdict = "strong" | "clear" | "weak" | "none" | "too-few-pairs";

export interface PreferenceLift {
  /** Where the neighbours came from. */
  readonly source: "features" | "neighbour file";
  readonly neighbours: SharedUsers;
  readonly random: SharedUsers;
  /** neighbours.share / random.share; undefined when no random pair shares a user. */
  readonly lift: number | undefined;
  readonly verdict: Verdict;
}

const randomPairsPerItem = 50;
/** Of the search for neighbours, unless a sample is asked for: a few seconds. */
const mostMultiplications = 1e11;
/** With fewer pairs that share a user than this, a lift is noise. */
const fewestSharing = 10;

/** Size of the intersection of two ascending rows. */
function inCommon({ rowPointers, columnIndices }: Interactions, a: number, b: number): number {
  let p = rowPointers[a];
  let q = rowPointers[b];
  let common = 0;
  while (p < rowPointers[a + 1] && q < rowPointers[b + 1]) {
    const difference = columnIndices[p] - columnIndices[q];
    if (difference === 0) common++;
    if (difference <= 0) p++;
    if (difference >= 0) q++;
  }
  return common;
}

function countShared(
  usersOf: Interactions,
  pairs: Iterable<readonly [number, number]>,
): SharedUsers & { sharing: number } {
  let count = 0;
  let sharing = 0;
  let total = 0;
  for (const [a, b] of pairs) {
    const common = inCommon(usersOf, a, b);
    count++;
    total += common;
    if (common > 0) sharing++;
  }
  return { pairs: count, share: sharing / Math.max(1, count), mean: total / Math.max(1, count), sharing };
}

/** `count` of the items that pass, at random, ascending. */
function sampleItems(items: number, passes: (item: number) => boolean, count: number, seed: number): Int32Array {
  const passing = Int32Array.from({ length: items }, (_, item) => item).filter(passes);
  shuffle(passing, passing.length, createRandom(seed, "inspect/sample"));
  return passing.slice(0, count).sort();
}

function* fileNeighbours(
  { width, indices }: NeighbourFile,
  missing: ReadonlySet<number>,
  queries: Int32Array,
  k: number,
): Generator<readonly [number, number]> {
  for (const item of queries) {
    let found = 0;
    for (let at = item * width; at < Math.min((item + 1) * width, indices.length) && found < k; at++) {
      if (indices[at] < 0 || indices[at] === item || missing.has(indices[at])) continue;
      found++;
      yield [item, indices[at]];
    }
  }
}

function* listedNeighbours(nearest: Int32Array, queries: Int32Array, k: number): Generator<readonly [number, number]> {
  for (const [at, neighbour] of nearest.entries()) {
    if (neighbour >= 0) yield [queries[Math.floor(at / k)], neighbour];
  }
}

/** Pairs of an item and any other of `present` (ascending; the items are among them). */
function* randomPairs(present: Int32Array, queries: Int32Array, seed: number): Generator<readonly [number, number]> {
  if (present.length < 2) return;
  const random = createRandom(seed, "inspect/pairs");
  for (const item of queries) {
    for (let pair = 0; pair < randomPairsPerItem; pair++) {
      const place = random.below(present.length - 1);
      yield [item, present[place] < item ? present[place] : present[place + 1]];
    }
  }
}

function judge(sharing: number, lift: number | undefined): Verdict {
  if (sharing < fewestSharing || lift === undefined) return "too-few-pairs";
  if (lift >= 3) return "strong";
  if (lift >= 1.5) return "clear";
  return lift >= 1.1 ? "weak" : "none";
}

/**
 * The lift of one modality over a sample of the items that have training users. Items that lack the modality are left out, on
 * both sides of a pair.
 * @param usable by item, 1 where its feature row has a direction; needed where the neighbours come from the features
 * @param usersOf training users by item
 */
export function measurePreference(
  { features, neighbours, missing: missingItems }: Modality,
  usable: Uint8Array | undefined,
  usersOf: Interactions,
  engine: Engine,
  options: InspectOptions,
): PreferenceLift {
  const { neighbours: k = 10, seed = 1 } = options;
  const items = usersOf.rows;
  const missing = new Set(missingItems);
  const present = Int32Array.from({ length: items }, (_, item) => item).filter((item) => !missing.has(item));
  const affordable =
    neighbours !== undefined || features === undefined
      ? 2000
      : Math.floor(mostMultiplications / (items * features.columns));
  const sample = options.sample ?? Math.min(2000, Math.max(200, affordable));
  const bought = (item: number): boolean => usersOf.rowPointers[item + 1] > usersOf.rowPointers[item];
  let queries: Int32Array;
  let near: Iterable<readonly [number, number]>;
  if (neighbours !== undefined) {
    queries = sampleItems(items, (item) => bought(item) && !missing.has(item), sample, seed);
    near = fileNeighbours(neighbours, missing, queries, k);
  } else if (features !== undefined && usable !== undefined) {
    queries = sampleItems(items, (item) => usable[item] === 1 && bought(item), sample, seed);
    near = listedNeighbours(nearestItems(engine, features, usable, queries, k), queries, k);
  } else {
    queries = new Int32Array(0);
    near = [];
  }
  const { sharing, ...found } = countShared(usersOf, near);
  const { sharing: sharingByChance, ...random } = countShared(usersOf, randomPairs(present, queries, seed));
  const lift = random.share > 0 ? found.share / random.share : undefined;
  const source = neighbours !== undefined ? "neighbour file" : "features";
  return { source, neighbours: found, random, lift, verdict: judge(Math.max(sharing, sharingByChance), lift) };
}
