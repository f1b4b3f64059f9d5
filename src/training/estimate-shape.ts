/** The shapes that decide how much memory a training needs. */
import type { Dataset, Modality } from "../data/dataset.ts";
import { type BackboneName, isFloor, type ModelName, usesModalities } from "../models/configuration.ts";
import { contentColumns } from "../models/content-knn.ts";
import { residency, selectModalities } from "../models/index.ts";
import type { TrainingOptions } from "./configuration.ts";
import { isValidated } from "./validate.ts";

export const bytesOfFloat = 4;
export const bytesOfInt = 4;

export interface TrainingShape {
  readonly users: number;
  readonly items: number;
  /** Training interactions. */
  readonly interactions: number;
  /** Pairs of users and items they do not want. */
  readonly dislikes: number;
  /** True when training interactions carry weights. */
  readonly weighted: boolean;
  /** True when items lack modalities that the model uses. */
  readonly lacking: boolean;
  /** True when the best epoch's parameters are kept beside the current ones. */
  readonly validated: boolean;
  readonly isLattice: boolean;
  readonly backbone: BackboneName;
  /** True for a model without parameters. */
  readonly isFloor: boolean;
  /** Columns of the final embeddings. */
  readonly finalColumns: number;
  readonly options: TrainingOptions;
  /** Those the model uses; empty for a backbone alone. */
  readonly modalities: readonly Modality[];
  /** Those whose features the learned graph uses. */
  readonly learned: readonly Modality[];
  /** Names of those whose features stay in the engine. */
  readonly resident: ReadonlySet<string>;
}

/** @throws ConfigError for an unknown modality */
export function shapeOf(
  dataset: Dataset,
  model: ModelName,
  options: TrainingOptions,
  backbone: BackboneName = "lightgcn",
): TrainingShape {
  const isLattice = model === "lattice";
  const modalities = usesModalities(model) ? selectModalities(dataset, options.modalities) : [];
  const contentSize = modalities.reduce((sum, modality) => sum + contentColumns(modality), 0);
  return {
    users: dataset.users,
    items: dataset.items,
    interactions: dataset.interactions.train.columnIndices.length,
    dislikes: dataset.dislikes?.columnIndices.length ?? 0,
    weighted: dataset.trainWeights !== undefined,
    lacking: modalities.some(({ missing }) => missing !== undefined && missing.length > 0),
    validated: isValidated(dataset, options),
    isLattice,
    backbone: isLattice ? backbone : isFloor(model) ? "mf" : model,
    isFloor: isFloor(model),
    finalColumns: model === "popularity" ? 1 : model === "content-knn" ? contentSize : options.embeddingSize,
    options,
    modalities,
    learned: isLattice && options.skip < 1 ? modalities.filter(({ features }) => features !== undefined) : [],
    resident: residency({ precision: "float32" }, modalities, !options.freezeFeatures),
  };
}

/** Values in a modality's raw features. */
export const featureCount = ({ features }: Modality): number =>
  features === undefined ? 0 : features.rows * features.columns;

/** Values of all parameters except raw features. */
export function parameterCount({ users, items, learned, backbone, options }: TrainingShape): number {
  const { embeddingSize: d, featureEmbeddingSize, layers } = options;
  const projections = learned.reduce(
    (sum, { features }) => sum + ((features?.columns ?? 0) + 1) * featureEmbeddingSize,
    0,
  );
  return (users + items) * d + (backbone === "ngcf" ? layers * 2 * (d * d + d) : 0) + projections;
}

/** Most entries of the initial graphs together. */
export function initialEntries({ items, modalities, options }: TrainingShape): number {
  return items * modalities.reduce((sum, { neighbours }) => sum + (neighbours?.width ?? options.neighbours), 0);
}

/** Most entries of the learned graphs together. */
export const learnedEntries = ({ items, learned, options }: TrainingShape): number =>
  items * learned.length * options.neighbours;
