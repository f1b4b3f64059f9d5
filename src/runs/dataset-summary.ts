/** The dataset in numbers, for `config.json` and the report: enough to tell which data a run belongs to. */
import type { Dataset, Modality } from "../data/dataset.ts";
import { contentOf } from "../data/modality-content.ts";
import type { DatasetSummary } from "./run-format.ts";

/** @param modalities those the training uses */
export function summariseDataset(dataset: Dataset, modalities: readonly Modality[]): DatasetSummary {
  const pairs = (split: keyof Dataset["interactions"]): number => dataset.interactions[split].columnIndices.length;
  const dislikes = dataset.dislikes?.columnIndices.length ?? 0;
  return {
    name: dataset.name,
    ...(dataset.folder === undefined ? {} : { folder: dataset.folder }),
    fingerprint: dataset.fingerprint,
    users: dataset.users,
    items: dataset.items,
    interactions: { train: pairs("train"), validation: pairs("validation"), test: pairs("test") },
    ...(dislikes > 0 ? { dislikes } : {}),
    ...(dataset.trainWeights === undefined ? {} : { weighted: true }),
    modalities: modalities.map((modality) => {
      const { name, features, neighbours, missing } = modality;
      return {
        name,
        ...(features === undefined ? {} : { columns: features.columns }),
        ...(neighbours === undefined ? {} : { neighbourWidth: neighbours.width }),
        ...(missing === undefined || missing.length === 0 ? {} : { missing: missing.length }),
        content: contentOf(modality),
      };
    }),
  };
}
