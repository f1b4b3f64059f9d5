/** What a training comes to for a model without parameters: no epoch, one look at the validation set. */
import type { Dataset } from "../data/dataset.ts";
import type { Model } from "../models/model.ts";
import { createBreather } from "./breather.ts";
import type { TrainingOptions } from "./configuration.ts";
import type { TrainingResult } from "./events.ts";
import { isValidated, validate } from "./validate.ts";

export async function withoutTraining(
  model: Model,
  dataset: Dataset,
  options: TrainingOptions,
): Promise<TrainingResult> {
  const started = performance.now();
  const validation = isValidated(dataset, options) ? await validate(model, dataset, options, createBreather()) : {};
  return {
    history: [],
    epochs: 0,
    bestEpoch: 0,
    validation,
    seconds: { total: (performance.now() - started) / 1000, perEpoch: 0, graph: model.graphSeconds },
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    interrupted: false,
  };
}
