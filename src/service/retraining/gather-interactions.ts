/**
 * The interactions of the next dataset: all that the dataset before has, and what came into the store since. What somebody did last with an item
 * decides whether they want it; it counts with its largest weight. The latest new pairs are held out to validate with (the others of the same
 * user stay for training), since the model that is served was not trained with them; where they are too few, those that it was
 * validated with are held out beside them.
 */
import type { Dataset, Interactions } from "../../data/dataset.ts";
import type { Breather } from "../../training/breather.ts";
import type { Store } from "../store/store.ts";

export interface GatherInteractionsRequest {
  readonly store: Store;
  readonly before: Dataset;
  /** Of the next dataset; interactions with other items are left out. */
  readonly itemIds: readonly string[];
  /** When the run over `before` began, in milliseconds since 1970. */
  readonly trainedAt: number;
  /** Asked at each user of `before` and each block of interactions. */
  readonly breather: Breather;
}

export interface Pairs {
  readonly users: Int32Array;
  readonly items: Int32Array;
}

export interface GatheredInteractions {
  readonly userIds: readonly string[];
  readonly train: Pairs;
  readonly trainWeights: Float32Array | undefined;
  readonly validation: Pairs;
  readonly dislikes: Pairs;
  /** Pairs that the dataset before did not have. */
  readonly added: number;
}

/** Of the new pairs are held out. */
const validationShare = 0.2;
/** With fewer of them, those of the dataset before are held out too. */
const fewestValidationPairs = 50;
const usersAtOnce = 1000;

/** What is known of a user and an item. */
interface Pair {
  readonly user: number;
  readonly item: number;
  /** Of the latest interaction in the store; below every time for one that only the dataset before has. */
  at: number;
  isWanted: boolean;
  /** The largest one; 0 without any. */
  weight: number;
  readonly before: "train" | "validation" | "test" | undefined;
}

const noTime = Number.NEGATIVE_INFINITY;

function* entriesOf(user: number, { rowPointers, columnIndices }: Interactions) {
  for (let p = rowPointers[user]; p < rowPointers[user + 1]; p++) yield { item: columnIndices[p], place: p };
}

/** Users of the dataset before who were not erased since. */
async function usersToKeep(request: GatherInteractionsRequest): Promise<ReadonlySet<string>> {
  const { store, before, trainedAt, breather } = request;
  const kept = new Set(before.userIds);
  for (let from = 0; from < before.userIds.length; from += usersAtOnce) {
    if (breather.isDue()) await breather.turn();
    const erased = await store.erasedAmong(before.userIds.slice(from, from + usersAtOnce));
    for (const [user, at] of erased) if (at >= trainedAt) kept.delete(user);
  }
  return kept;
}

const pairsOf = (pairs: readonly Pair[]): Pairs => ({
  users: Int32Array.from(pairs, ({ user }) => user),
  items: Int32Array.from(pairs, ({ item }) => item),
});

/** Takes pairs out of training for validation, while each user keeps one. */
function holdOut(candidates: readonly Pair[], most: number, perUser: Map<number, number>): Set<Pair> {
  const held = new Set<Pair>();
  for (const pair of candidates) {
    if (held.size >= most) break;
    const left = perUser.get(pair.user) ?? 0;
    if (left < 2) continue;
    perUser.set(pair.user, left - 1);
    held.add(pair);
  }
  return held;
}

export async function gatherInteractions(request: GatherInteractionsRequest): Promise<GatheredInteractions> {
  const { store, before, itemIds, breather } = request;
  const items = new Map(itemIds.map((id, index) => [id, index]));
  const kept = await usersToKeep(request);
  const userIds = before.userIds.filter((id) => kept.has(id));
  const users = new Map(userIds.map((id, index) => [id, index]));
  const pairs = new Map<number, Pair>();
  const keyOf = (user: number, item: number): number => user * itemIds.length + item;
  const addBefore = async (
    pattern: Interactions,
    split: Pair["before"],
    isWanted: boolean,
    weightAt: (place: number) => number,
  ): Promise<void> => {
    for (const [userBefore, id] of before.userIds.entries()) {
      if (breather.isDue()) await breather.turn();
      const user = users.get(id);
      if (user === undefined) continue;
      for (const { item: itemBefore, place } of entriesOf(userBefore, pattern)) {
        const item = items.get(before.itemIds[itemBefore]);
        if (item === undefined) continue;
        const weight = isWanted ? weightAt(place) : 0;
        pairs.set(keyOf(user, item), { user, item, at: noTime, isWanted, weight, before: split });
      }
    }
  };
  if (before.dislikes !== undefined) await addBefore(before.dislikes, undefined, false, () => 0);
  for (const split of ["test", "validation", "train"] as const) {
    const weights = split === "train" ? before.trainWeights : undefined;
    await addBefore(before.interactions[split], split, true, (place) => weights?.[place] ?? 1);
  }
  for await (const block of store.interactions()) {
    if (breather.isDue()) await breather.turn();
    for (const { user: userId, item: itemId, weight, at } of block) {
      const item = items.get(itemId);
      if (item === undefined) continue;
      let user = users.get(userId);
      if (user === undefined) {
        user = userIds.push(userId) - 1;
        users.set(userId, user);
      }
      const key = keyOf(user, item);
      const pair = pairs.get(key) ?? { user, item, at: noTime, isWanted: true, weight: 0, before: undefined };
      pairs.set(key, pair);
      if (at >= pair.at) {
        pair.at = at;
        pair.isWanted = weight > 0;
      }
      pair.weight = Math.max(pair.weight, weight);
    }
  }

  const wanted = [...pairs.values()].filter(({ isWanted }) => isWanted);
  const perUser = new Map<number, number>();
  for (const { user } of wanted) perUser.set(user, (perUser.get(user) ?? 0) + 1);
  const added = wanted.filter((pair) => pair.before === undefined);
  const latestFirst = added.toSorted((a, b) => b.at - a.at);
  const held = holdOut(latestFirst, Math.ceil(validationShare * added.length), perUser);
  if (held.size < fewestValidationPairs) {
    const earlier = wanted.filter((pair) => pair.before === "validation");
    for (const pair of holdOut(earlier, earlier.length, perUser)) held.add(pair);
  }
  const train = wanted.filter((pair) => !held.has(pair));
  return {
    userIds,
    train: pairsOf(train),
    trainWeights: train.some(({ weight }) => weight !== 1)
      ? Float32Array.from(train, ({ weight }) => weight)
      : undefined,
    validation: pairsOf([...held]),
    dislikes: pairsOf([...pairs.values()].filter(({ isWanted }) => !isWanted)),
    added: added.length,
  };
}
