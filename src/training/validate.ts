/** The figures of the current parameters on the validation set, computed in blocks of users so that the event loop turns in between. */
import type { Dataset } from "../data/dataset.ts";
import { coldItems } from "../evaluation/cold-start.ts";
import { evaluateInBlocks } from "../evaluation/evaluate.ts";
import { cutoffOf, type MetricTable } from "../evaluation/metric-table.ts";
import type { Model } from "../models/model.ts";
import type { Breather } from "./breather.ts";
import type { TrainingOptions } from "./configuration.ts";

/** True when epochs are validated: something is held out for it, and `validateEvery` does not say never. */
export const isValidated = (
  { interactions }: Pick<Dataset, "interactions">,
  { validateEvery }: Pick<TrainingOptions, "validateEvery">,
): boolean => validateEvery > 0 && interactions.validation.columnIndices.length > 0;

/** Cutoffs of validation figures, besides the one that selects. */
const validationCutoffs = [10, 20];

/** @throws DatasetError when the dataset holds nothing out for validation, or no item that is to be ranked */
export async function validate(
  model: Model,
  { interactions, dislikes }: Dataset,
  options: TrainingOptions,
  breather: Breather,
): Promise<MetricTable> {
  const { engine } = model;
  const embeddings = model.finalEmbeddings();
  try {
    const blocks = evaluateInBlocks({
      engine,
      embeddings,
      interactions,
      dislikes,
      split: "validation",
      cutoffs: [...validationCutoffs, cutoffOf(options.validateBy)],
      ndcg: options.ndcg,
      candidates: options.validateCandidates === "cold" ? coldItems(interactions.train) : undefined,
    });
    let next = blocks.next();
    while (next.done !== true) {
      if (breather.isDue()) await breather.turn();
      next = blocks.next();
    }
    return next.value;
  } finally {
    engine.release(embeddings.users.data);
    engine.release(embeddings.items.data);
  }
}
