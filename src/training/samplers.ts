/**
 * Triples (user, positive, negative) of an epoch (specification, section 5). The stream of an epoch comes from (seed, epoch)
 * alone, so nothing has to be saved to continue a training. Where training interactions carry weights, positives are drawn in
 * proportion to them: among a user's own by user, among all of them, with replacement, by interaction.
 */
import type { Interactions } from "../data/dataset.ts";
import { DatasetError } from "../errors.ts";
import type { Batch } from "../models/model.ts";
import { createRandom } from "../tensor/random.ts";
import { createNegativeSource } from "./negatives.ts";
import { bringToFront, type PairSource, pairsOfUsers, positivesOfUsers, type UserPositives } from "./positives.ts";

export interface SamplerOptions {
  readonly sampler: "by-user" | "by-interaction";
  readonly negatives: "all" | "seen";
  readonly batchSize: number;
}

/** What is known of interactions beyond that they happened. */
export interface Preferences {
  /** How much each training interaction counts, above 0, in their order. Absent: equally. */
  readonly trainWeights?: Float32Array | undefined;
  /** What users do not want; apart from their training items. */
  readonly dislikes?: Interactions | undefined;
}

export interface Sampler {
  /** Steps of an epoch. */
  readonly steps: number;
  /** Users left out because they have every candidate item, so that no negative exists for them. */
  readonly usersWithoutNegatives: number;
  /** The batches of an epoch, `steps` of them, each with arrays of its own. */
  batches(epoch: number): Generator<Batch, void, undefined>;
}

const emptyBatch = (size: number): Batch => ({
  users: new Int32Array(size),
  positives: new Int32Array(size),
  negatives: new Int32Array(size),
});

/**
 * @throws DatasetError when no training interaction can be used: there are none, or every user that has some has every candidate
 */
export function createSampler(
  train: Interactions,
  options: SamplerOptions,
  seed: number,
  { trainWeights, dislikes }: Preferences = {},
): Sampler {
  const { rowPointers, columnIndices } = train;
  const negatives = createNegativeSource(train, options.negatives, dislikes);
  const users: number[] = [];
  let usersWithoutNegatives = 0;
  let pairs = 0;
  for (let user = 0; user < train.rows; user++) {
    const own = rowPointers[user + 1] - rowPointers[user];
    if (own === 0) continue;
    if (!negatives.has(user)) {
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

  function* byUser(epoch: number, steps: number, positiveOf: UserPositives): Generator<Batch, void, undefined> {
    const random = createRandom(seed, `sampler/${epoch}`);
    const order = usable.slice();
    for (let step = 0; step < steps; step++) {
      const batch = emptyBatch(batchSize);
      for (let t = 0; t < batchSize; t++) {
        const user = order.length >= batchSize ? bringToFront(order, t, random) : order[random.below(order.length)];
        batch.users[t] = user;
        batch.positives[t] = columnIndices[positiveOf(user, random)];
        batch.negatives[t] = negatives.draw(user, random);
      }
      yield batch;
    }
  }

  function* byInteraction(epoch: number, steps: number, pairSource: PairSource): Generator<Batch, void, undefined> {
    const random = createRandom(seed, `sampler/${epoch}`);
    const pairAt = pairSource.epoch();
    for (let step = 0; step < steps; step++) {
      const from = step * batchSize;
      const batch = emptyBatch(Math.min(batchSize, pairs - from));
      for (let t = 0; t < batch.users.length; t++) {
        const pair = pairAt(from + t, random);
        const user = pairSource.userOf[pair];
        batch.users[t] = user;
        batch.positives[t] = columnIndices[pair];
        batch.negatives[t] = negatives.draw(user, random);
      }
      yield batch;
    }
  }

  switch (options.sampler) {
    case "by-user": {
      const steps = Math.floor(columnIndices.length / batchSize) + 1;
      const positiveOf = positivesOfUsers(train, trainWeights);
      return { steps, usersWithoutNegatives, batches: (epoch) => byUser(epoch, steps, positiveOf) };
    }
    case "by-interaction": {
      const steps = Math.ceil(pairs / batchSize);
      const pairSource = pairsOfUsers(train, usable, pairs, trainWeights);
      return { steps, usersWithoutNegatives, batches: (epoch) => byInteraction(epoch, steps, pairSource) };
    }
  }
}
