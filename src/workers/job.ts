/** A job for any machine: what a coordinator puts into the queue, what a worker tells meanwhile, and what it leaves when it is done. */
import { z } from "zod";
import { datasetIdentitySchema } from "./dataset-identity.ts";
import { parcelSchema } from "./parcel.ts";

/** One queue for all work of a server; a job says whose it is. */
export const queueName = "latticework-jobs";

/** A result nobody collects is forgotten. */
export const keptSeconds = 30 * 24 * 3600;

/** What can be read of a job of any version. */
export const anyJobSchema = z.looseObject({ version: z.string().catch("unknown"), kind: z.string().catch("job") });

export const jobSchema = z.strictObject({
  /** Of latticework, the same on both sides: figures of two versions do not compare. */
  version: z.string(),
  /** Names the `JobKind` that can do it. */
  kind: z.string(),
  dataset: datasetIdentitySchema,
  /** For the kind to read. */
  task: z.unknown(),
});
export type Job = z.output<typeof jobSchema>;

export const jobProgressSchema = z.union([
  /** The reason in the same words each time; what may change from one time to the next is in the details. */
  z.strictObject({ worker: z.string(), refused: z.string(), details: z.string().optional() }),
  /** Without progress: it has begun. */
  z.strictObject({ worker: z.string(), progress: z.unknown().optional() }),
]);
export type JobProgress = z.output<typeof jobProgressSchema>;

export const jobResultSchema = z.object({
  worker: z.string(),
  outcome: z.unknown(),
  files: parcelSchema.optional(),
});
export type JobResult = z.output<typeof jobResultSchema>;
