/** How parameters start: Xavier-uniform embeddings and the usual linear layers, each from its own random stream. */
import type { Matrix } from "../engine/engine.ts";
import type { Random } from "../tensor/random.ts";

/** The random stream of a purpose; all streams of a model come from one seed. */
export type RandomStreams = (purpose: string) => Random;

export function fillUniform(matrix: Matrix, bound: number, random: Random): void {
  for (let e = 0; e < matrix.data.length; e++) matrix.data[e] = bound * (2 * random.uniform() - 1);
}

/** Uniform(±√(6 / (rows + columns))): Glorot and Bengio, 2010. */
export function fillXavier(matrix: Matrix, random: Random): void {
  fillUniform(matrix, Math.sqrt(6 / (matrix.rows + matrix.columns)), random);
}
