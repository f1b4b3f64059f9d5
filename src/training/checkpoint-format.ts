/**
 * What a checkpoint folder holds: `checkpoint.json` names one `state-N.safetensors` (values and Adam's moments of all parameters) and,
 * once an epoch was selected, one `best-N.safetensors` (that epoch's values), with size and SHA-256 of each. The JSON file carries a
 * checksum of itself and is replaced last, by a rename: the folder goes from one whole checkpoint to the next in that instant.
 */
import { z } from "zod";

export const checkpointFormatVersion = 1;
export const checkpointFile = "checkpoint.json";

const figures = z.record(z.string(), z.number());

const epochRecordSchema = z.strictObject({
  epoch: z.int(),
  loss: z.number(),
  rankingLoss: z.number(),
  regularisationLoss: z.number(),
  learningRate: z.number(),
  seconds: z.number(),
  validation: figures.optional(),
  modalityWeights: figures.optional(),
});

const fileSchema = z.strictObject({
  name: z.string().regex(/^(state|best)-\d+\.safetensors$/),
  bytes: z.int(),
  sha256: z.string(),
});
export type CheckpointPart = z.output<typeof fileSchema>;

/** Which training a checkpoint belongs to: it continues no other. */
export const identitySchema = z.strictObject({
  model: z.string(),
  /** SHA-256 of the dataset, `Dataset.fingerprint`. */
  dataset: z.string(),
  seed: z.number(),
  /** Engine and precision: bytes repeat within one engine only. */
  engine: z.string(),
  options: z.record(z.string(), z.unknown()),
});
export type CheckpointIdentity = z.output<typeof identitySchema>;

export const contentSchema = z.strictObject({
  identity: identitySchema,
  /** Seconds of training so far. */
  seconds: z.number(),
  history: z.array(epochRecordSchema),
  /** Absent before the first validation. */
  selection: z.strictObject({ bestEpoch: z.int(), bestValue: z.number(), withoutBest: z.int() }).optional(),
  /** Adam's updates so far, by parameter name. */
  steps: z.record(z.string(), z.int()),
  state: fileSchema,
  best: fileSchema.optional(),
});
export type CheckpointContent = z.output<typeof contentSchema>;

export const envelopeSchema = z.strictObject({
  formatVersion: z.literal(checkpointFormatVersion),
  /** Of the content as written. */
  sha256: z.string(),
  content: z.unknown(),
});

/** Tensor names within a state file. */
export const tensorNames = {
  value: (parameter: string) => `value/${parameter}`,
  firstMoment: (parameter: string) => `first-moment/${parameter}`,
  secondMoment: (parameter: string) => `second-moment/${parameter}`,
};
