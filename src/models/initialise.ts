/** How parameters start: Xavier-uniform embeddings and the usual linear layers, each from its own random stream. */
import type { Matrix } from "../engine/engine.ts";
import type { Parameter } from "../tensor/parameter.ts";
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

/**
 * How a linear layer y = x Wᵀ + b starts: "linear", both Uniform(±1 / √inputs), as PyTorch's own; "xavier", W as above and b as PyTorch
 * leaves it; "xavier, no bias", b = 0.
 */
export type LinearStart = "linear" | "xavier" | "xavier, no bias";

/** @param weight outputs × inputs @param bias 1 × outputs */
export function fillLinear(
  weight: Parameter,
  bias: Parameter | undefined,
  start: LinearStart,
  random: RandomStreams,
): void {
  const bound = 1 / Math.sqrt(weight.value.columns);
  const stream = ({ name }: Parameter): Random => random(`parameters/${name}`);
  if (start === "linear") fillUniform(weight.value, bound, stream(weight));
  else fillXavier(weight.value, stream(weight));
  if (bias !== undefined && start !== "xavier, no bias") fillUniform(bias.value, bound, stream(bias));
}
