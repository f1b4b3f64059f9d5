/**
 * Options held against the dataset they are to train on, before anything is built or written: what cannot work is refused
 * with what to change, what works in a way worth knowing is told as a notice.
 */
import type { Dataset } from "../data/dataset.ts";
import { ConfigError, DatasetError } from "../errors.ts";
import { coldItems, restrictToItems } from "../evaluation/cold-start.ts";
import { cutoffOf } from "../evaluation/metric-table.ts";
import { type ModelName, usesModalities } from "../models/configuration.ts";
import { selectModalities } from "../models/modality-selection.ts";
import type { TrainingOptions, TrainingOptionsInput } from "../training/configuration.ts";

function checkModalities(dataset: Dataset, model: ModelName, options: TrainingOptions): void {
  const modalities = selectModalities(dataset, options.modalities);
  if (modalities.length === 0 && usesModalities(model)) {
    throw new ConfigError(
      `model ${model} needs at least one modality and dataset ${dataset.name} has none; add <modality>_feat.npy, or train the model lightgcn, ngcf or mf`,
    );
  }
  if (model !== "lattice") return;
  if (modalities.some(({ features }) => features !== undefined) && options.neighbours >= dataset.items) {
    throw new ConfigError(
      `option neighbours: found ${options.neighbours}, expected fewer than the ${dataset.items} items of dataset ${dataset.name}`,
    );
  }
}

/**
 * @param given the options as they were written, to tell a wish from a default
 * @returns what the user should know before the training starts
 * @throws ConfigError for options that cannot work on this dataset; DatasetError where it lacks what they ask for
 */
export function checkOptions(
  dataset: Dataset,
  model: ModelName,
  options: TrainingOptions,
  given: TrainingOptionsInput,
): readonly string[] {
  const notices = dataset.warnings.map(({ message }) => message);
  if (dataset.interactions.train.columnIndices.length === 0) {
    throw new DatasetError(`dataset ${dataset.name} has no training interactions; mark some rows with x_label 0`);
  }
  checkModalities(dataset, model, options);
  const heldOut = (split: "validation" | "test"): number => dataset.interactions[split].columnIndices.length;
  if (options.validateEvery > 0 && heldOut("validation") === 0) {
    const asked = (["validateBy", "validateEvery", "patience"] as const).find((key) => given[key] !== undefined);
    if (asked !== undefined) {
      throw new DatasetError(
        `dataset ${dataset.name} holds nothing out for validation, which option ${asked} asks for; hold some interactions out (x_label 1), or set validateEvery=0 to train all epochs and keep the last`,
      );
    }
  } else if (options.validateEvery > 0 && cutoffOf(options.validateBy) >= dataset.items) {
    throw new ConfigError(
      `option validateBy: found ${options.validateBy}, expected a cutoff below the ${dataset.items} items of dataset ${dataset.name}`,
    );
  }
  if (options.validateCandidates === "cold" && heldOut("validation") > 0) {
    const { train, validation } = dataset.interactions;
    if (restrictToItems(validation, coldItems(train)).columnIndices.length === 0) {
      throw new DatasetError(
        `option validateCandidates: found "cold", and every item that dataset ${dataset.name} holds out for validation has training interactions; use a cold-start split or validateCandidates=all`,
      );
    }
  }
  if (heldOut("test") === 0) notices.push("nothing is held out for testing: the run will have no test figures");
  return notices;
}
