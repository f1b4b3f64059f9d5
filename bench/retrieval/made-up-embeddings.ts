/**
 * Embeddings as trained ones are, made up: items lie around the tastes of a shop, columns matter less and less, popular items are longer,
 * users lie between a few tastes.
 *   x_i = ℓ_i s ⊙ (c_t(i) + 0.6 ε),  s_j = (j + 1)^−½
 */
import type { Matrix } from "../../src/engine/engine.ts";
import { createRandom, type Random } from "../../src/tensor/random.ts";

const tastes = 2000;

/** About normal: the sum of four uniform numbers. */
const normal = (random: Random): number =>
  (random.uniform() + random.uniform() + random.uniform() + random.uniform() - 2) * Math.sqrt(3);

export interface MadeUpEmbeddings {
  readonly items: Matrix;
  /** users × columns */
  readonly users: Matrix;
}

export function madeUpEmbeddings(items: number, users: number, columns: number): MadeUpEmbeddings {
  const random = createRandom(1, "embeddings of the retrieval benchmark");
  const scale = Float32Array.from({ length: columns }, (_, column) => 1 / Math.sqrt(column + 1));
  const centres = Float32Array.from({ length: tastes * columns }, () => normal(random));
  const itemData = new Float32Array(items * columns);
  for (let item = 0; item < items; item++) {
    const taste = random.below(tastes);
    const length = 0.3 + 2 * random.uniform() ** 4;
    for (let c = 0; c < columns; c++) {
      itemData[item * columns + c] = length * scale[c] * (centres[taste * columns + c] + 0.6 * normal(random));
    }
  }
  const userData = new Float32Array(users * columns);
  for (let user = 0; user < users; user++) {
    for (let liked = 0; liked < 3; liked++) {
      const taste = random.below(tastes);
      for (let c = 0; c < columns; c++) userData[user * columns + c] += scale[c] * centres[taste * columns + c];
    }
    for (let c = 0; c < columns; c++) userData[user * columns + c] += 0.3 * scale[c] * normal(random);
  }
  return {
    items: { rows: items, columns, data: itemData },
    users: { rows: users, columns, data: userData },
  };
}
