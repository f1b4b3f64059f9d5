/**
 * The options that shape a model, with the specification's defaults. Training and evaluation options stand in
 * `training/configuration.ts`; users see one flat list of keys.
 */
import { z } from "zod";

/** Models that have nothing to learn: what the others have to beat. */
export const floorNames = ["popularity", "item-knn", "content-knn"] as const;
export type FloorName = (typeof floorNames)[number];
/** Models with an objective of their own that read item features in every step. */
export const featureModelNames = ["vbpr", "mmgcn", "grcn", "freedom", "bm3", "mgcn"] as const;
export type FeatureModelName = (typeof featureModelNames)[number];
export const modelNames = ["lattice", "micro", "lightgcn", "ngcf", "mf", ...featureModelNames, ...floorNames] as const;
export type ModelName = (typeof modelNames)[number];

export const isFloor = (model: ModelName): model is FloorName => floorNames.some((name) => name === model);
export const isFeatureModel = (model: ModelName): model is FeatureModelName =>
  featureModelNames.some((name) => name === model);
/** Whether a model mines item graphs from features, with gradient. */
export const learnsItemGraph = (model: ModelName): model is "lattice" | "micro" =>
  model === "lattice" || model === "micro";
/** Whether a model looks at item features or neighbour lists. */
export const usesModalities = (model: ModelName): boolean =>
  learnsItemGraph(model) || model === "content-knn" || isFeatureModel(model);

export const backboneNames = ["lightgcn", "ngcf", "mf"] as const;
export type BackboneName = (typeof backboneNames)[number];

export const modelOptionsSchema = z.strictObject({
  /** Size of user and item embeddings, d. */
  embeddingSize: z.int().min(1).max(4096).default(64),
  /** Size of the projected features the learned graph is mined from, d_f. */
  featureEmbeddingSize: z.int().min(1).max(4096).default(64),
  /** Neighbours kept an item and modality, k. */
  neighbours: z.int().min(1).max(1000).default(10),
  /** Share of the initial graph in the item graph, λ. */
  skip: z.number().min(0).max(1).default(0.9),
  /** Layers over the item graph, L. */
  itemLayers: z.int().min(0).max(16).default(1),
  /** Collaborative layers, C. */
  layers: z.int().min(0).max(16).default(2),
  /** Normalise the learned graphs once after their weighted sum, or each modality before it. */
  normalisation: z.enum(["fused", "per-modality"]).default("fused"),
  /** User–item graph: D^-1 (A + 1), or D^-½ A D^-½ without self loops. */
  adjacency: z.enum(["row", "symmetric"]).default("row"),
  /** Keep the raw features as they are instead of training them. */
  freezeFeatures: z.boolean().default(false),
  /** Modalities to use, by name; absent: all of the dataset. */
  modalities: z.array(z.string().min(1)).min(1).optional(),
  /** Dropout of NGCF's layers, and of BM3's targets. */
  dropout: z.number().min(0).lt(1).default(0.1),
  /** What VBPR adds features to: mf, which is VBPR itself, or another backbone. */
  featureBackbone: z.enum(backboneNames).default("mf"),
  /** Added to the divisor of item-knn's cosines. */
  shrinkage: z.number().min(0).default(0),
  /** How often GRCN routes a user's prototype among their items. */
  routingIterations: z.int().min(0).max(16).default(3),
  /** Share of the user–item pairs that FREEDOM leaves out of an epoch's graph. */
  edgeDropout: z.number().min(0).lt(1).default(0.8),
  /** Weight of FREEDOM's losses on projected features. */
  featureWeight: z.number().min(0).default(1e-3),
  /** Share of the modality called image in FREEDOM's item graph where there are others; these share the rest equally. */
  imageShare: z.number().min(0).max(1).default(0.1),
  /** Weight of the losses that align views: BM3's modalities, MGCN's behaviour and side views, MICRO's modalities and their fusion. */
  contrastWeight: z.number().min(0).default(2),
  /** Temperature of InfoNCE, τ. */
  temperature: z.number().positive().default(0.2),
});

export type ModelOptions = z.output<typeof modelOptionsSchema>;
