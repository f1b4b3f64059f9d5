/**
 * The worker's side: takes trials from the queue, trains each in a process of its own and leaves the result there. A trial it cannot train — of another
 * version, or on a dataset it does not have — it refuses by name and hands back. While it trains it renews its hold on the job; when it
 * dies the hold ends after the lease, and another worker gets the trial. A result that could not be delivered is kept and delivered when
 * the job comes again.
 */
import os from "node:os";
import { setTimeout } from "node:timers/promises";
import { DelayedError, type Job, Worker } from "bullmq";
import { packageVersion } from "../../runs/environment.ts";
import { runTrialApart } from "../run-trial.ts";
import { type DatasetShelf, openDatasetShelf } from "./dataset-shelf.ts";
import { parseRedisAddress, tryRedis } from "./redis-address.ts";
import {
  type JobProgress,
  type JobResult,
  jobVersionSchema,
  queueName,
  type TrialJob,
  trialJobSchema,
} from "./trial-job.ts";

export interface WorkerRequest {
  /** `redis://…` */
  readonly address: string;
  /** Folder of dataset folders. */
  readonly datasets: string;
  /** What it is called in logs; default: machine and process. */
  readonly name?: string | undefined;
  /** Trials at a time; default 1. */
  readonly parallel?: number | undefined;
  /** Threads of a trial; default: the processors, shared. */
  readonly threads?: number | undefined;
  /** Seconds after its last sign of life until its trials are another's; default 30. */
  readonly leaseSeconds?: number | undefined;
  /** The version it is; default: this one. Trials of others are refused. */
  readonly version?: string | undefined;
  /** When aborted, it hands its trials back and ends. */
  readonly signal: AbortSignal;
  readonly onNotice: (message: string) => void;
}

/** A refused job waits this long, and its refuser longer, so that another gets it. */
const refusedMilliseconds = 300;
const refuserMilliseconds = 800;
/** Deaths of its workers until a trial is given up: it might be what kills them. */
const mostDeaths = 20;
const keptResults = 100;

/** What speaks against training a job here, or where its dataset is. */
async function examine(
  data: unknown,
  shelf: DatasetShelf,
  version: string,
): Promise<{ readonly refused: string } | { readonly job: TrialJob; readonly folder: string }> {
  const asked = jobVersionSchema.safeParse(data).data?.version ?? "unknown";
  if (asked !== version) return { refused: `it is latticework ${version}, the trial is of ${asked}` };
  const job = trialJobSchema.parse(data);
  const folder = await shelf.find(job.fingerprint);
  if (folder !== undefined) return { job, folder };
  return { refused: `it has no dataset ${job.datasetName} with fingerprint ${job.fingerprint.slice(0, 16)}` };
}

/** Works until the signal ends it. @throws ConfigError or RunError before it begins */
export async function runWorker(request: WorkerRequest): Promise<void> {
  const { parallel = 1, leaseSeconds = 30, version = packageVersion, signal, onNotice } = request;
  const name = request.name ?? `${os.hostname()}-${process.pid}`;
  const threads = request.threads ?? Math.max(1, Math.floor(os.availableParallelism() / parallel));
  const server = parseRedisAddress(request.address);
  const shelf = await openDatasetShelf(request.datasets);
  await tryRedis(server);
  const results = new Map<string, JobResult>();

  const keep = (id: string, result: JobResult): void => {
    results.set(id, result);
    const [oldest] = results.keys();
    if (results.size > keptResults && oldest !== undefined) results.delete(oldest);
  };
  const handBack = async (job: Job, token: string | undefined, milliseconds: number): Promise<never> => {
    await job.moveToDelayed(Date.now() + milliseconds, token);
    throw new DelayedError();
  };
  const tell = (job: Job, progress: JobProgress): Promise<void> => job.updateProgress(progress);

  const work = async (job: Job, token: string | undefined): Promise<JobResult> => {
    const id = job.id ?? "";
    const before = results.get(id);
    if (before !== undefined) return before;
    const examined = await examine(job.data, shelf, version);
    if ("refused" in examined) {
      const { refused } = examined;
      onNotice(`refuses a trial: ${refused}`);
      await tell(job, { worker: name, refused });
      await job.moveToDelayed(Date.now() + refusedMilliseconds, token);
      await setTimeout(refuserMilliseconds);
      throw new DelayedError();
    }
    const { task } = examined.job;
    onNotice(`begins trial ${task.trial} on ${examined.job.datasetName}`);
    let epoch = -1;
    const outcome = await runTrialApart(
      task,
      { dataset: examined.folder, threads },
      {
        signal,
        onProgress: (progress) => {
          if (progress.epoch === epoch) return;
          epoch = progress.epoch;
          // Progress is a courtesy: where the server is away, the trial goes on.
          void tell(job, { worker: name, ...progress }).catch(() => undefined);
        },
      },
    );
    if (outcome === undefined) return handBack(job, token, 0);
    const result = { worker: name, outcome };
    keep(id, result);
    onNotice(
      `${outcome.status === "failed" ? `failed at trial ${task.trial}: ${outcome.message}` : `ends trial ${task.trial} with ${outcome.best.toFixed(4)}`}`,
    );
    return result;
  };

  const worker = new Worker(queueName, work, {
    connection: server.options,
    concurrency: parallel,
    name,
    lockDuration: 1000 * leaseSeconds,
    stalledInterval: 1000 * leaseSeconds,
    maxStalledCount: mostDeaths,
  });
  let away = false;
  worker.on("error", (error: NodeJS.ErrnoException) => {
    const isConnection = error.code !== undefined;
    if (isConnection && away) return;
    away = isConnection;
    onNotice(isConnection ? `Redis at ${server.shown} is away (${error.code}): waiting for it` : error.message);
  });
  worker.on("active", () => {
    away = false;
  });
  const names = [...shelf.folders.keys()];
  onNotice(`${name} works for ${server.shown} with ${names.length === 0 ? "no dataset yet" : names.join(", ")}`);
  await new Promise<void>((settle) => {
    if (signal.aborted) settle();
    else signal.addEventListener("abort", () => settle(), { once: true });
  });
  await worker.close();
}
