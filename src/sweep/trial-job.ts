/** Trials on other machines: what a sweep puts into the queue and collects from there, and how a worker trains one. */
import { z } from "zod";
import type { Dataset } from "../data/dataset.ts";
import { identityOf } from "../workers/dataset-identity.ts";
import type { JobKind } from "../workers/job-kind.ts";
import type { JobQueue } from "../workers/job-queue.ts";
import { runTrialApart, type TrialWatch } from "./run-trial.ts";
import type { EndedTrial } from "./schedule.ts";
import type { Sweep } from "./sweep-format.ts";
import {
  type TrialOutcome,
  type TrialRecord,
  type TrialTask,
  trialKey,
  trialOutcomeSchema,
  trialTaskSchema,
} from "./trial.ts";

const kind = "trial";
const progressSchema = z.object({ epoch: z.number(), best: z.number().optional() });
const titleOf = ({ trial }: Pick<TrialTask, "trial">): string => `trial ${trial}`;

function summaryOf(task: TrialTask, outcome: TrialOutcome): string {
  return outcome.status === "failed"
    ? `failed at ${titleOf(task)}: ${outcome.message}`
    : `ends ${titleOf(task)} with ${outcome.best.toFixed(4)}`;
}

/** What a worker does with a trial: no file is left, only its outcome. */
export const trialJobs: JobKind = {
  kind,
  open: (value) => {
    const task = trialTaskSchema.parse(value);
    return {
      title: titleOf(task),
      run: async ({ dataset, threads }, watch) => {
        const outcome = await runTrialApart(task, { dataset, threads }, watch);
        if (outcome === undefined) return undefined;
        if (outcome.status !== "unfit") {
          return { outcome, summary: summaryOf(task, outcome), isFailure: outcome.status === "failed" };
        }
        return { refused: `it has too little memory for ${titleOf(task)}`, details: outcome.message };
      },
    };
  },
};

/** Trains trials of one sweep wherever workers are. */
export interface RemoteTrials {
  /** @returns undefined when the signal ended it */
  run(task: TrialTask, watch: TrialWatch): Promise<EndedTrial | undefined>;
  /** These are logged: what is left of them elsewhere may go. */
  forget(logged: Iterable<Pick<TrialRecord, "trial" | "rung">>): Promise<void>;
}

/** Reads all features of the dataset: workers hold theirs against them. @throws DatasetError where they cannot be read */
export function remoteTrials(queue: JobQueue, { id: sweep }: Pick<Sweep, "id">, dataset: Dataset): RemoteTrials {
  const idOf = (trial: Pick<TrialTask, "trial" | "rung">): string => `${sweep}-${trialKey(trial)}`;
  const identity = identityOf(dataset);
  return {
    run: async (task, { signal, onProgress }) => {
      const ended = await queue.run(
        { id: idOf(task), title: titleOf(task), kind, dataset: identity, task },
        { signal, onProgress: (progress) => onProgress(progressSchema.parse(progress)) },
      );
      return ended && { ...ended, outcome: trialOutcomeSchema.parse(ended.outcome) };
    },
    forget: (logged) => queue.forget([...logged].map(idOf)),
  };
}
