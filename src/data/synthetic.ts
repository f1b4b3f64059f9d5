/**
 * Made-up datasets of any size, for measuring how time and memory grow. Items fall into clusters; users prefer two of
 * them; popularity has a long tail. Feature rows are computed when they are read, from the seed and the row alone: a value is
 * its cluster's plus noise, so that a gigabyte of features takes no memory and the neighbour search finds something.
 */
import { DatasetError } from "../errors.ts";
import { createRandom, randomKey } from "../tensor/random.ts";
import { assembleDataset } from "./assemble.ts";
import type { Dataset, FeatureSource } from "./dataset.ts";
import { labelAt, shuffle } from "./holdout.ts";
import { collectInteractions, type InteractionList } from "./interactions.ts";
import { writeDataset } from "./write-dataset.ts";

export interface SyntheticSize {
  readonly users: number;
  readonly items: number;
  /** Over all three splits. */
  readonly interactions: number;
  readonly modalities: readonly { readonly name: string; readonly columns: number }[];
  readonly seed: number;
}

/** Chance that a user takes an item of a preferred cluster rather than any. */
const loyalty = 0.7;

function clusterCount(items: number): number {
  return Math.max(1, Math.min(256, Math.floor(items / 20)));
}

/** Place of an item in the order of popularity, which decides its cluster too; a permutation, so that indices say nothing. */
function popularityOrder(items: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: items }, (_, index) => index);
  shuffle(order, items, createRandom(seed, "synthetic/popularity"));
  return order;
}

/** How many interactions each user has: a common base, the rest skewed, adding up exactly. */
function makeDegrees({ users, items, interactions, seed }: SyntheticSize): Int32Array {
  const random = createRandom(seed, "synthetic/degrees");
  const base = Math.min(5, Math.floor(interactions / users));
  const degrees = new Int32Array(users).fill(base);
  const most = Math.max(base, Math.floor(items / 2));
  let left = interactions - base * users;
  while (left > 0) {
    const uniform = random.uniform();
    const user = Math.floor(users * uniform * uniform);
    if (degrees[user] >= most) continue;
    degrees[user]++;
    left--;
  }
  shuffle(degrees, users, random);
  return degrees;
}

function makeInteractions(size: SyntheticSize): InteractionList {
  const { users, items, interactions, seed } = size;
  const order = popularityOrder(items, seed);
  const clusters = clusterCount(items);
  const degrees = makeDegrees(size);
  const collector = collectInteractions(interactions);
  const random = createRandom(seed, "synthetic/interactions");
  const takenBy = new Int32Array(items).fill(-1);
  const taken = new Int32Array(items);
  for (let user = 0; user < users; user++) {
    const preferred = [random.below(clusters), random.below(clusters)];
    const degree = degrees[user];
    let count = 0;
    for (let attempt = 0; count < degree; attempt++) {
      const uniform = random.uniform();
      // A heavy user may exhaust the preferred clusters; uniform draws always come to an end.
      const skewed = attempt < 8 * degree ? uniform * uniform : uniform;
      let place = Math.floor(items * skewed);
      if (attempt < 4 * degree && random.uniform() < loyalty) {
        const cluster = preferred[random.below(2)];
        place = cluster + clusters * Math.floor(Math.floor((items - 1 - cluster) / clusters + 1) * skewed);
      }
      const item = order[place];
      if (takenBy[item] === user) continue;
      takenBy[item] = user;
      taken[count++] = item;
    }
    shuffle(taken, count, random);
    for (let position = 0; position < count; position++) collector.add(user, taken[position], labelAt(position, count));
  }
  return collector.list();
}

function makeFeatures(name: string, columns: number, { items, seed }: SyntheticSize): FeatureSource {
  const clusters = clusterCount(items);
  const clusterOf = new Int32Array(items);
  for (const [place, item] of popularityOrder(items, seed).entries()) clusterOf[item] = place % clusters;
  const random = createRandom(seed, `synthetic/centres/${name}`);
  const centres = Float32Array.from({ length: clusters * columns }, () => random.uniform() - 0.5);
  const key = randomKey(seed, `synthetic/noise/${name}`);
  const unit = 1 / 0x10000;
  const read = (from: number, to: number, out: Float32Array): void => {
    let at = 0;
    for (let row = from; row < to; row++) {
      let state = Math.imul(row ^ key, 0x9e3779b9);
      state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) | 1;
      let centre = clusterOf[row] * columns;
      // One xorshift gives the noise of two columns, 16 bits each.
      for (let column = 0; column < columns; column += 2) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        out[at++] = centres[centre++] + (state & 0xffff) * unit - 0.5;
        if (column + 1 < columns) out[at++] = centres[centre++] + (state >>> 16) * unit - 0.5;
      }
    }
  };
  return { rows: items, columns, read };
}

/**
 * A dataset of exactly this many users, items and interactions; the same size and seed, the same bytes.
 * @throws DatasetError when there cannot be that many distinct pairs, or not one for each user
 */
export function syntheticDataset(size: SyntheticSize): Dataset {
  const { users, items, interactions, modalities } = size;
  if (interactions > (users * items) / 4 || interactions < users) {
    throw new DatasetError(
      `${interactions} made-up interactions for ${users} users and ${items} items, expected between one a user and a quarter of all pairs`,
    );
  }
  return assembleDataset({
    name: "synthetic",
    userIds: Array.from({ length: users }, (_, index) => String(index)),
    itemIds: Array.from({ length: items }, (_, index) => String(index)),
    list: makeInteractions(size),
    modalities: modalities.map(({ name, columns }) => ({ name, features: makeFeatures(name, columns, size) })),
    scanFeatures: false,
  });
}

/** Writes a made-up dataset as a folder, features streaming. @throws DatasetError as `syntheticDataset`; LatticeworkError when it cannot be saved */
export function writeSyntheticDataset(folder: string, size: SyntheticSize): void {
  writeDataset(folder, syntheticDataset(size));
}
