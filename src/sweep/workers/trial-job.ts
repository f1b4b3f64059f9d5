/** A trial as a job for any machine: what a coordinator puts into the queue, what a worker tells meanwhile, and what it leaves when it is done. */
import { z } from "zod";
import { type TrialTask, trialKey, trialOutcomeSchema, trialTaskSchema } from "../trial.ts";

/** One queue for all sweeps of a server; a job says which it belongs to. */
export const queueName = "latticework-trials";

export const jobVersionSchema = z.looseObject({ version: z.string() });

export const trialJobSchema = z.strictObject({
  /** Of latticework, the same on both sides: figures of two versions do not compare. */
  version: z.string(),
  sweep: z.string(),
  /** Of the dataset with all its modalities, whatever its folder is called there. */
  fingerprint: z.string(),
  datasetName: z.string(),
  task: trialTaskSchema,
});
export type TrialJob = z.output<typeof trialJobSchema>;

export const jobProgressSchema = z.union([
  z.strictObject({ worker: z.string(), epoch: z.number(), best: z.number().optional() }),
  z.strictObject({ worker: z.string(), refused: z.string() }),
]);
export type JobProgress = z.output<typeof jobProgressSchema>;

export const jobResultSchema = z.object({ worker: z.string(), outcome: trialOutcomeSchema });
export type JobResult = z.output<typeof jobResultSchema>;

/** The same for the same trial of a sweep, so that it stands in the queue once, whoever asks for it again. */
export const jobIdOf = (sweep: string, trial: Pick<TrialTask, "trial" | "rung">): string =>
  `${sweep}-${trialKey(trial)}`;
