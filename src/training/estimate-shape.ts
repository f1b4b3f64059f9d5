/** The shapes that decide how much memory a training needs. */
import type { Dataset, Modality } from "../data/dataset.ts";
import {
  type BackboneName,
  isFeatureModel,
  isFloor,
  learnsItemGraph,
  type ModelName,
  usesModalities,
} from "../models/configuration.ts";
import { contentColumns } from "../models/content-knn.ts";
import { residency, selectModalities } from "../models/modality-selection.ts";
import type { TrainingOptions } from "./configuration.ts";
import type { FeatureNetwork } from "./estimate-feature-networks.ts";
import type { ViewModel } from "./estimate-views.ts";
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
  /** Those whose features every step reads. */
  readonly read: readonly Modality[];
  /** Present for those that `estimate-feature-networks.ts` counts. */
  readonly featureNetwork: FeatureNetwork | undefined;
  /** Columns that the features of `read` are projected to. */
  readonly projected: number;
  /** Present for those that `estimate-views.ts` counts. */
  readonly views: ViewModel | undefined;
  /** Values of the linear layers over embeddings. */
  readonly layerValues: number;
  /** Entries that item-knn's scores have at most; 0 for other models. */
  readonly scoreEntries: number;
  /** Entries a modality of a frozen item graph has at most, all together; 0 without one. */
  readonly frozenEntries: number;
  /** Names of those whose features stay in the engine. */
  readonly resident: ReadonlySet<string>;
}

const featureNetworkOf = (model: ModelName): FeatureNetwork | undefined =>
  model === "mmgcn" || model === "grcn" ? model : undefined;

/** The backbone whose parameters and layers a model other than LATTICE has. */
function backboneOf(model: Exclude<ModelName, "lattice" | "micro">, options: TrainingOptions): BackboneName {
  switch (model) {
    case "lightgcn":
    case "freedom":
    case "bm3":
    case "mgcn":
    case "mmgcn":
    case "grcn":
      return "lightgcn";
    case "ngcf":
      return "ngcf";
    case "vbpr":
      return options.featureBackbone;
    case "mf":
    case "popularity":
    case "item-knn":
    case "content-knn":
      return "mf";
  }
}

function finalColumns(model: ModelName, options: TrainingOptions, contentSize: number, featured: number): number {
  switch (model) {
    case "popularity":
      return 1;
    case "item-knn":
      return 0;
    case "content-knn":
      return contentSize;
    case "grcn":
      return options.embeddingSize + featured * options.featureEmbeddingSize;
    case "vbpr":
      return options.embeddingSize + options.featureEmbeddingSize + 2;
    case "lattice":
    case "micro":
    case "lightgcn":
    case "ngcf":
    case "mf":
    case "freedom":
    case "bm3":
    case "mgcn":
    case "mmgcn":
      return options.embeddingSize;
  }
}

/** Columns that raw features are projected to. */
function projectedColumns(model: ModelName, { embeddingSize, featureEmbeddingSize }: TrainingOptions): number {
  if (model === "vbpr") return featureEmbeddingSize + 1;
  return featureNetworkOf(model) === undefined ? embeddingSize : featureEmbeddingSize;
}

/** Weights and biases of the linear layers over embeddings that a model's own file describes. */
function layerValues(model: ModelName, { embeddingSize: d }: TrainingOptions, modalities: number): number {
  const square = d * d + d;
  if (model === "mgcn") return (2 * modalities + 1) * square + d;
  if (model === "micro") return square + d;
  return model === "bm3" ? square : 0;
}

const graphEntries = (items: number, modalities: readonly Modality[], options: TrainingOptions): number =>
  items * modalities.reduce((sum, { neighbours }) => sum + (neighbours?.width ?? options.neighbours), 0);

/** @throws ConfigError for an unknown modality */
export function shapeOf(
  dataset: Dataset,
  model: ModelName,
  options: TrainingOptions,
  backbone: BackboneName = "lightgcn",
): TrainingShape {
  const isLattice = learnsItemGraph(model);
  const modalities = usesModalities(model) ? selectModalities(dataset, options.modalities) : [];
  const featured = modalities.filter(({ features }) => features !== undefined);
  const read = isFeatureModel(model) ? featured : [];
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
    backbone: learnsItemGraph(model) ? backbone : backboneOf(model, options),
    isFloor: isFloor(model),
    finalColumns: finalColumns(model, options, contentSize, featured.length),
    options,
    modalities,
    learned: isLattice && options.skip < 1 ? featured : [],
    read,
    featureNetwork: featureNetworkOf(model),
    projected: projectedColumns(model, options),
    views: model === "mgcn" || model === "micro" ? model : undefined,
    layerValues: layerValues(model, options, featured.length),
    scoreEntries: model === "item-knn" ? dataset.items * Math.min(options.neighbours, dataset.items) : 0,
    frozenEntries: model === "freedom" || model === "mgcn" ? graphEntries(dataset.items, modalities, options) : 0,
    resident: residency({ precision: "float32" }, modalities, !options.freezeFeatures),
  };
}

/** Values in a modality's raw features. */
export const featureCount = ({ features }: Modality): number =>
  features === undefined ? 0 : features.rows * features.columns;

/** Values of all parameters except raw features. */
export function parameterCount(shape: TrainingShape): number {
  const { users, items, learned, read, projected, layerValues, backbone, finalColumns, options } = shape;
  const { embeddingSize: d, featureEmbeddingSize, layers } = options;
  const projections = learned.reduce(
    (sum, { features }) => sum + ((features?.columns ?? 0) + 1) * featureEmbeddingSize,
    0,
  );
  const readProjections = read.reduce((sum, { features }) => sum + ((features?.columns ?? 0) + 1) * projected, 0);
  const beside = shape.featureNetwork === undefined ? (users + items) * Math.max(0, finalColumns - d) : 0;
  return (
    (users + items) * d +
    beside +
    (backbone === "ngcf" ? layers * 2 * (d * d + d) : 0) +
    projections +
    readProjections +
    layerValues
  );
}

/** Most entries of the initial graphs together. */
export function initialEntries({ isLattice, items, modalities, frozenEntries, options }: TrainingShape): number {
  return isLattice ? graphEntries(items, modalities, options) : frozenEntries;
}

/** Most entries of the learned graphs together. */
export const learnedEntries = ({ items, learned, options }: TrainingShape): number =>
  items * learned.length * options.neighbours;
