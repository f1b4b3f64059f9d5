/**
 * What a run folder consists of: the names of its files and the shape of its small ones, as schemas. A folder is a
 * finished run when `manifest.json`, written last, lists every file with its size and SHA-256; before that it is an
 * unfinished training, which leaves `config.json` and `checkpoint/` alone.
 */
import { z } from "zod";
import { backboneNames, modelNames } from "../models/configuration.ts";
import { trainingOptionsSchema } from "../training/configuration.ts";

/** Raised when a reader of the version before could not read a new folder. */
export const runFormatVersion = 1;

export const runFiles = {
  config: "config.json",
  weights: "weights.safetensors",
  ids: "ids.json",
  history: "history.jsonl",
  metrics: "metrics.json",
  report: "report.html",
  manifest: "manifest.json",
} as const;

export const checkpointFolderName = "checkpoint";

const count = z.int().min(0);

const environmentSchema = z.object({
  latticework: z.string(),
  node: z.string(),
  platform: z.string(),
  engine: z.string(),
  precision: z.string(),
  threads: z.int().min(1),
});
/** Where a training ran: versions, operating system and processor family, engine. */
export type RunEnvironment = z.output<typeof environmentSchema>;

const datasetSummarySchema = z.object({
  name: z.string(),
  /** Absolute; absent for a dataset made in memory. */
  folder: z.string().optional(),
  fingerprint: z.string(),
  users: count,
  items: count,
  interactions: z.object({ train: count, validation: count, test: count }),
  /** Pairs of a user and an item that the user does not want; absent where there is none. */
  dislikes: count.optional(),
  /** True where training interactions carry weights. */
  weighted: z.boolean().optional(),
  modalities: z.array(
    z.object({
      name: z.string(),
      /** Feature columns; absent where the modality is a neighbour list alone. */
      columns: count.optional(),
      /** Width of the precomputed neighbour list, where it has one. */
      neighbourWidth: count.optional(),
      /** Items that lack it; absent where none does. */
      missing: count.optional(),
      /** SHA-256 of features and neighbours; absent in runs that were written before it was kept. */
      content: z.string().optional(),
    }),
  ),
});
/** The dataset in numbers, as kept in `config.json`. */
export type DatasetSummary = z.output<typeof datasetSummarySchema>;

export const runConfigSchema = z.object({
  formatVersion: z.literal(runFormatVersion),
  status: z.enum(["unfinished", "finished"]),
  model: z.enum(modelNames),
  /** Absent for models that are a backbone alone. */
  backbone: z.enum(backboneNames).optional(),
  seed: z.int(),
  options: trainingOptionsSchema,
  dataset: datasetSummarySchema,
  /** The run whose weights this one began with, and their SHA-256. */
  warmStart: z.object({ run: z.string(), weights: z.string() }).optional(),
  environment: environmentSchema,
  /** ISO 8601. */
  startedAt: z.string(),
  finishedAt: z.string().optional(),
});
export type RunConfig = z.output<typeof runConfigSchema>;

const metricTableSchema = z.record(z.string(), z.number());

export const runMetricsSchema = z.object({
  model: z.enum(modelNames),
  backbone: z.enum(backboneNames).optional(),
  dataset: z.string(),
  seed: z.int(),
  /** Epochs that ran. */
  epochs: count,
  bestEpoch: z.int(),
  /** Figures of the best epoch; empty where nothing is held out for validation. */
  validation: metricTableSchema,
  /** Figures of the best epoch; empty where nothing is held out for testing. */
  test: metricTableSchema,
  seconds: z.object({ total: z.number(), perEpoch: z.number(), graph: z.number() }),
  peakMemoryBytes: count,
});
export type RunMetrics = z.output<typeof runMetricsSchema>;

export const epochRecordSchema = z.object({
  epoch: count,
  loss: z.number(),
  rankingLoss: z.number(),
  regularisationLoss: z.number(),
  learningRate: z.number(),
  seconds: z.number(),
  validation: metricTableSchema.optional(),
  modalityWeights: z.record(z.string(), z.number()).optional(),
});

export const runIdsSchema = z.object({
  users: z.array(z.string()),
  items: z.array(z.string()),
  titles: z.array(z.string()).optional(),
});
/** Outside ids by index, and titles of items where the dataset has them. */
export type RunIds = z.output<typeof runIdsSchema>;

export const manifestSchema = z.object({
  formatVersion: z.literal(runFormatVersion),
  files: z.record(z.string(), z.object({ bytes: count, sha256: z.string().length(64) })),
});
export type Manifest = z.output<typeof manifestSchema>;
