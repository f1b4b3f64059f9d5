/**
 * A trial: one training of a sweep. It goes as a task to a process, of this machine or another, and comes back as a record, a line of
 * `trials.jsonl`. Where a search trains in several rungs (successive halving), each rung of a trial is a task and a record of its own.
 */
import { z } from "zod";
import { backboneNames, modelNames } from "../models/configuration.ts";
import { trainingOptionsSchema } from "../training/configuration.ts";

const count = z.int().min(0);

const thresholdSchema = z.strictObject({ epoch: count, value: z.number() });
/** From this epoch on, a trial whose best so far is below the value is stopped. */
export type Threshold = z.output<typeof thresholdSchema>;

export const trialTaskSchema = z.strictObject({
  trial: count,
  rung: count,
  model: z.enum(modelNames),
  backbone: z.enum(backboneNames).optional(),
  options: trainingOptionsSchema,
  seed: count,
  /** Epochs after which the trial is put aside, its checkpoint kept; at most those of the options. */
  epochs: z.int().min(1),
  /** By epoch, ascending. */
  thresholds: z.array(thresholdSchema),
});
/** All that decides a trial's figures, but for the dataset. */
export type TrialTask = z.output<typeof trialTaskSchema>;

const measuredShape = {
  /** Epoch and value of the figure that selects, at each validation. */
  curve: z.array(z.tuple([count, z.number()])),
  /** The best of the curve. */
  best: z.number(),
  bestEpoch: count,
  /** Epochs that count: trained and not cut off. */
  epochs: count,
  /** All figures at the best epoch. */
  validation: z.record(z.string(), z.number()),
  seconds: z.number(),
  peakMemoryBytes: count,
};

export const trialOutcomeSchema = z.discriminatedUnion("status", [
  /** Trained to its last epoch, to the end of its patience, or to the end of its rung. */
  z.object({ status: z.literal("finished"), ...measuredShape }),
  /** Ended early: worse than half of the trials before it. */
  z.object({ status: z.literal("stopped"), ...measuredShape }),
  z.object({ status: z.literal("failed"), message: z.string() }),
]);
/** How a trial went. */
export type TrialOutcome = z.output<typeof trialOutcomeSchema>;
/** Not an outcome: the machine has too little memory for it, and another may have enough. */
export interface Unfit {
  readonly status: "unfit";
  readonly message: string;
}
export type MeasuredOutcome = Exclude<TrialOutcome, { readonly status: "failed" }>;

export const trialRecordSchema = z.object({
  trial: count,
  rung: count,
  /** The values of the space, by key. */
  setting: z.record(z.string(), z.json()),
  /** Where it was trained: absent for this machine. */
  worker: z.string().optional(),
  /** The version that trained it; absent in lines that an older one wrote. */
  latticework: z.string().optional(),
  outcome: trialOutcomeSchema,
});
/** A line of `trials.jsonl`. */
export type TrialRecord = z.output<typeof trialRecordSchema>;

/** Identifies a trial's rung within its sweep. */
export const trialKey = ({ trial, rung }: { readonly trial: number; readonly rung: number }): string =>
  `${trial}-${rung}`;

/** Finished, stopped and failed trials by key. */
export type Records = ReadonlyMap<string, TrialRecord>;

/** The value to search by; a failed trial is worse than all others. */
export const scoreOf = ({ outcome }: TrialRecord): number =>
  outcome.status === "failed" ? Number.NEGATIVE_INFINITY : outcome.best;
