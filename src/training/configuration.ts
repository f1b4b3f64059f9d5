/**
 * Every option of a training, one flat list of keys for `--set`, configuration files and the API: the model's
 * (`models/configuration.ts`) and those of sampling, optimising, validating and measuring.
 */
import { z } from "zod";
import { modelOptionsSchema } from "../models/configuration.ts";

export const trainingOptionsSchema = z.strictObject({
  ...modelOptionsSchema.shape,
  learningRate: z.number().positive().default(5e-4),
  /** The rate is multiplied by factor^(epoch / epochs). */
  learningRateDecay: z
    .strictObject({ factor: z.number().positive().max(1), epochs: z.number().positive() })
    .default({ factor: 0.96, epochs: 50 }),
  regularisation: z.number().min(0).default(1e-5),
  batchSize: z.int().min(1).default(1024),
  sampler: z.enum(["by-user", "by-interaction"]).default("by-user"),
  negatives: z.enum(["all", "seen"]).default("all"),
  epochs: z.int().min(1).default(200),
  /** Validate at epochs 0, n, 2n, …; 0: never, so that all epochs are trained and the last is kept. */
  validateEvery: z.int().min(0).default(5),
  /** Stop at validation number patience + 1 in a row without a new best. */
  patience: z.int().min(0).default(10),
  /** The figure of the validation set that selects, e.g. recall@20. */
  validateBy: z
    .string()
    .regex(/^(recall|precision|ndcg|ndcgRetrieved|hitRate|map|mrr)@[1-9]\d*$/)
    .default("recall@20"),
  /** The items that validation ranks: all, or only those without a training interaction. */
  validateCandidates: z.enum(["all", "cold"]).default("all"),
  ndcg: z.enum(["standard", "retrieved"]).default("standard"),
  maskValidation: z.boolean().default(false),
});

export type TrainingOptions = z.output<typeof trainingOptionsSchema>;
/** What a user may write: any subset of the keys. */
export type TrainingOptionsInput = z.input<typeof trainingOptionsSchema>;
