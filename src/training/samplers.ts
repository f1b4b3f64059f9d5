/**
 * Triples (user, positive, negative) of an epoch (specification, section 5). The stream of an epoch comes from (seed, epoch)
 * alone, so nothing has to be saved to continue a training.
 *
 * A negative is uniform over the candidates outside the user's training items, found by one draw: with n candidates of which
 * the user has p_0 < p_1 < … < p_{h−1} (positions among the candidates), draw r in [0, n − h); the negative stands at position
 * r + #{j : p_j − j ≤ r}, a binary search since p_j − j never falls. No draw is ever rejected, however much a user has.
 */
import type { Interactions } from "../data/dataset.ts";
import { DatasetError } from "../errors.ts";
import type { Batch } from "../models/model.ts";
import { createRandom, type Random } from "../tensor/random.ts";

export interface SamplerOptions {
  readonly sampler: "by-user" | "by-interaction";
  readonly negatives: "all" | "seen";
  readonly batchSize: number;
}

export interface Sampler {
  /** Steps of an epoch. */
  readonly steps: number;
  /** Users left out because they have every candidate item, so that no negative exists for them. */
  readonly usersWithoutNegatives: number;
  /** The batches of an epoch, `steps` of them, each with arrays of its own. */
  batches(epoch: number): Generator<Batch, void, undefined>;
}

interface NegativeSource {
  /** Candidates outside the user's training items. */
  available(user: number): number;
  draw(user: number, random: Random): number;
}

function createNegativeSource(train: Interactions, negatives: SamplerOptions["negatives"]): NegativeSource {
  const { rowPointers, columnIndices } = train;
  let candidates: Int32Array | undefined;
  let positions: ArrayLike<number> = columnIndices;
  if (negatives === "seen") {
    const positionOf = new Int32Array(train.columns).fill(-1);
    for (const item of columnIndices) positionOf[item] = 0;
    let seen = 0;
    for (let item = 0; item < train.columns; item++) if (positionOf[item] === 0) positionOf[item] = seen++;
    const seenItems = new Int32Array(seen);
    for (let item = 0; item < train.columns; item++) {
      const position = positionOf[item];
      if (position >= 0) seenItems[position] = item;
    }
    candidates = seenItems;
    positions = columnIndices.map((item) => positionOf[item]);
  }
  const total = candidates?.length ?? train.columns;

  const available = (user: number): number => total - (rowPointers[user + 1] - rowPointers[user]);
  const draw = (user: number, random: Random): number => {
    const start = rowPointers[user];
    const r = random.below(available(user));
    let low = 0;
    let high = rowPointers[user + 1] - start;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (positions[start + middle] - middle <= r) low = middle + 1;
      else high = middle;
    }
    return candidates === undefined ? r + low : candidates[r + low];
  };
  return { available, draw };
}

/** Brings a uniform choice of the entries [at, length) to `at`. */
function bringToFront(entries: Int32Array, at: number, random: Random): number {
  const other = at + random.below(entries.length - at);
  const chosen = entries[other];
  entries[other] = entries[at];
  entries[at] = chosen;
  return chosen;
}

interface PairList {
  /** Entries of the training interactions that may be drawn. */
  readonly pairs: Int32Array;
  /** The user of every entry. */
  readonly userOf: Int32Array;
}

function pairsOf({ rowPointers, columnIndices }: Interactions, users: Int32Array, count: number): PairList {
  const pairs = new Int32Array(count);
  const userOf = new Int32Array(columnIndices.length);
  let length = 0;
  for (const user of users) {
    for (let p = rowPointers[user]; p < rowPointers[user + 1]; p++) {
      userOf[p] = user;
      pairs[length++] = p;
    }
  }
  return { pairs, userOf };
}

const emptyBatch = (size: number): Batch => ({
  users: new Int32Array(size),
  positives: new Int32Array(size),
  negatives: new Int32Array(size),
});

/**
 * @throws DatasetError when no training interaction can be used: there are none, or every user that has some has every candidate
 */
export function createSampler(train: Interactions, options: SamplerOptions, seed: number): Sampler {
  const { rowPointers, columnIndices } = train;
  const source = createNegativeSource(train, options.negatives);
  const users: number[] = [];
  let usersWithoutNegatives = 0;
  let pairs = 0;
  for (let user = 0; user < train.rows; user++) {
    const own = rowPointers[user + 1] - rowPointers[user];
    if (own === 0) continue;
    if (source.available(user) === 0) {
      usersWithoutNegatives += 1;
      continue;
    }
    users.push(user);
    pairs += own;
  }
  if (pairs === 0) {
    throw new DatasetError(
      columnIndices.length === 0
        ? "training set: no interactions; label at least one as training"
        : `training set: all ${usersWithoutNegatives} users have every candidate item, so there is nothing to rank below; use negatives=all or add items`,
    );
  }

  const { batchSize } = options;
  const usable = Int32Array.from(users);

  function* byUser(epoch: number, steps: number): Generator<Batch, void, undefined> {
    const random = createRandom(seed, `sampler/${epoch}`);
    const order = usable.slice();
    for (let step = 0; step < steps; step++) {
      const batch = emptyBatch(batchSize);
      for (let t = 0; t < batchSize; t++) {
        const user = order.length >= batchSize ? bringToFront(order, t, random) : order[random.below(order.length)];
        const from = rowPointers[user];
        const own = rowPointers[user + 1] - from;
        batch.users[t] = user;
        batch.positives[t] = columnIndices[from + random.below(own)];
        batch.negatives[t] = source.draw(user, random);
      }
      yield batch;
    }
  }

  function* byInteraction(epoch: number, steps: number, list: PairList): Generator<Batch, void, undefined> {
    const random = createRandom(seed, `sampler/${epoch}`);
    const order = list.pairs.slice();
    for (let step = 0; step < steps; step++) {
      const from = step * batchSize;
      const batch = emptyBatch(Math.min(batchSize, pairs - from));
      for (let t = 0; t < batch.users.length; t++) {
        const pair = bringToFront(order, from + t, random);
        const user = list.userOf[pair];
        batch.users[t] = user;
        batch.positives[t] = columnIndices[pair];
        batch.negatives[t] = source.draw(user, random);
      }
      yield batch;
    }
  }

  switch (options.sampler) {
    case "by-user": {
      const steps = Math.floor(columnIndices.length / batchSize) + 1;
      return { steps, usersWithoutNegatives, batches: (epoch) => byUser(epoch, steps) };
    }
    case "by-interaction": {
      const steps = Math.ceil(pairs / batchSize);
      const list = pairsOf(train, usable, pairs);
      return { steps, usersWithoutNegatives, batches: (epoch) => byInteraction(epoch, steps, list) };
    }
  }
}
