/**
 * Trainings on other machines: what a comparison puts into the queue and collects from there, and how a worker trains one. The worker shows the dataset
 * under the name and folder it has here, so that the run folder which comes back is the one that would have been trained here.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { Dataset } from "../data/dataset.ts";
import { RunError } from "../errors.ts";
import { backboneNames, modelNames } from "../models/configuration.ts";
import { packageVersion } from "../runs/environment.ts";
import { openRun } from "../runs/open-run.ts";
import { placeRun } from "../runs/place-run.ts";
import { runFiles } from "../runs/run-format.ts";
import { trainingOptionsSchema } from "../training/configuration.ts";
import { identityOf } from "../workers/dataset-identity.ts";
import type { FinishedJob, JobKind, JobPlace, JobWatch, UnfitJob } from "../workers/job-kind.ts";
import type { JobQueue } from "../workers/job-queue.ts";
import { epochMessageSchema, type TrainingTask, type TrainTask, trainOnce } from "./training-task.ts";

const kind = "training";

const jobSchema = z.strictObject({
  contender: z.string(),
  model: z.enum(modelNames),
  backbone: z.enum(backboneNames).optional(),
  options: trainingOptionsSchema,
  seed: z.int(),
  shownAs: z.strictObject({ name: z.string(), folder: z.string() }),
});
type TrainingJob = z.output<typeof jobSchema>;

const outcomeSchema = z.discriminatedUnion("status", [
  z.object({ status: z.literal("finished") }),
  z.object({ status: z.literal("failed"), message: z.string() }),
]);
type Outcome = z.output<typeof outcomeSchema>;

const titleOf = ({ contender, seed }: Pick<TrainingTask, "contender" | "seed">): string => `${contender} seed ${seed}`;

function finishedJob(job: TrainingJob, outcome: Outcome, folder: string): FinishedJob {
  if (outcome.status === "failed") {
    return { outcome, summary: `failed at ${titleOf(job)}: ${outcome.message}`, isFailure: true };
  }
  const best = openRun(folder).metrics.validation[job.options.validateBy];
  const figure = best === undefined ? "" : ` with ${best.toFixed(4)}`;
  return { outcome, summary: `ends ${titleOf(job)}${figure}`, files: Object.values(runFiles) };
}

/** In a process of its own, which is tried once more when it dies. */
async function train(
  job: TrainingJob,
  { dataset, threads, folder }: JobPlace,
  { signal, onProgress }: JobWatch,
): Promise<FinishedJob | UnfitJob | undefined> {
  const task = { ...job, backbone: job.backbone, dataset, threads, out: folder };
  for (let attempt = 1; ; attempt++) {
    const last = await trainOnce(task, { signal, onEpoch: onProgress });
    switch (last.kind) {
      case "finished":
        return finishedJob(job, { status: "finished" }, folder);
      case "interrupted":
        return undefined;
      case "refused":
        return finishedJob(job, { status: "failed", message: last.message }, folder);
      case "unfit":
        return { refused: `it has too little memory for ${titleOf(job)}`, details: last.message };
      case "failed":
        throw new Error(last.message);
      case "died": {
        if (signal.aborted) return undefined;
        if (attempt === 1) continue;
        const message = `its process ended twice with ${last.how}, perhaps for want of memory; let fewer trainings run at a time there`;
        return finishedJob(job, { status: "failed", message }, folder);
      }
    }
  }
}

/** What a worker does with a training: the whole run folder goes back. */
export const trainingJobs: JobKind = {
  kind,
  open: (value) => {
    const job = jobSchema.parse(value);
    return { title: titleOf(job), run: (place, watch) => train(job, place, watch) };
  },
};

/** Trains trainings of one comparison wherever workers are. */
export interface RemoteTrainings {
  /** The run folder arrives whole; an unfinished training in its place is replaced. */
  readonly train: TrainTask;
  /** These are finished here: what is left of them elsewhere may go. */
  forget(finished: Iterable<TrainingTask>): Promise<void>;
}

/**
 * Reads all features of the dataset: workers hold theirs against them.
 * @param comparison names it among all that the server knows
 * @throws DatasetError where they cannot be read
 */
export function remoteTrainings(queue: JobQueue, comparison: string, dataset: Dataset): RemoteTrainings {
  const identity = identityOf(dataset);
  /** All that decides its bytes: with other options it is another job. */
  const idOf = ({ contender, model, backbone, options, seed }: TrainingTask): string => {
    const decisive = JSON.stringify([packageVersion, identity, contender, model, backbone, options, seed]);
    return `${comparison}-${createHash("sha256").update(decisive).digest("hex").slice(0, 16)}`;
  };
  return {
    forget: (finished) => queue.forget([...finished].map(idOf)),
    train: async (task, { signal, onWorker, onEpoch }) => {
      const { contender, model, backbone, options, seed, out } = task;
      const shownAs = { name: dataset.name, folder: path.resolve(task.dataset) };
      const job: TrainingJob = {
        contender,
        model,
        ...(backbone === undefined ? {} : { backbone }),
        options,
        seed,
        shownAs,
      };
      const into = path.join(path.dirname(out), `.${path.basename(out)}.receiving`);
      try {
        const ended = await queue.run(
          { id: idOf(task), title: titleOf(task), kind, dataset: identity, task: job, into },
          { signal, onWorker, onProgress: (progress) => onEpoch?.(epochMessageSchema.parse(progress)) },
        );
        if (ended === undefined) return { kind: "interrupted" };
        const outcome = outcomeSchema.parse(ended.outcome);
        if (outcome.status === "finished") placeRun(into, out);
        await ended.collected();
        if (outcome.status === "failed") throw new RunError(`on ${ended.worker}: ${outcome.message}`);
        return { kind: "finished", worker: ended.worker };
      } finally {
        fs.rmSync(into, { recursive: true, force: true });
      }
    },
  };
}
