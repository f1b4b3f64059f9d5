/** The learning rate of an epoch: rate · factor^(epoch / epochs), from arithmetic whose bits repeat on every machine. */
import { power } from "../tensor/elementary.ts";
import type { TrainingOptions } from "./configuration.ts";

/** @param epoch 0-based */
export function learningRateAt(
  options: Pick<TrainingOptions, "learningRate" | "learningRateDecay">,
  epoch: number,
): number {
  return options.learningRate * power(options.learningRateDecay.factor, epoch / options.learningRateDecay.epochs);
}
