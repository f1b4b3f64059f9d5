/**
 * The worker's side: takes jobs from the queue, does each in a folder of its own and leaves the result there. A job it cannot do — of another
 * version, or on a dataset it does not have — it refuses by name and hands back. While it works it renews its hold on the job; when it
 * dies the hold ends after the lease, and another worker gets the job. A result that could not be delivered is kept and delivered when
 * the job comes again.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Job as BullJob, DelayedError, Worker } from "bullmq";
import { Redis } from "ioredis";
import { RunError } from "../errors.ts";
import { packageVersion } from "../runs/environment.ts";
import { type DatasetShelf, openDatasetShelf } from "./dataset-shelf.ts";
import {
  anyJobSchema,
  type JobProgress,
  type JobResult,
  jobResultSchema,
  jobSchema,
  keptSeconds,
  queueName,
} from "./job.ts";
import type { FinishedJob, JobKind, OpenedJob } from "./job-kind.ts";
import { createKeptResults } from "./kept-results.ts";
import { keepParcel, sendParcel } from "./parcel.ts";
import { parseRedisAddress, tryRedis } from "./redis-address.ts";

export interface WorkerRequest {
  /** `redis://…` */
  readonly address: string;
  /** Folder of dataset folders. */
  readonly datasets: string;
  /** What it can do. */
  readonly kinds: readonly JobKind[];
  /** What it is called in logs; default: machine and process. */
  readonly name?: string | undefined;
  /** Jobs at a time; default 1. */
  readonly parallel?: number | undefined;
  /** Threads of a job; default: the processors, shared. */
  readonly threads?: number | undefined;
  /** Seconds after its last sign of life until its jobs are another's; default 30. */
  readonly leaseSeconds?: number | undefined;
  /** Where jobs keep their files until they are sent; default: the system's folder for temporary files. */
  readonly scratch?: string | undefined;
  /** The version it is; default: this one. Jobs of others are refused. */
  readonly version?: string | undefined;
  /** When aborted, it hands its jobs back and ends. */
  readonly signal: AbortSignal;
  readonly onNotice: (message: string) => void;
}

/** A refused job waits this long, and its refuser longer, so that another gets it. */
const refusedMilliseconds = 300;
const refuserMilliseconds = 800;
/** Deaths of its workers until a job is given up: it might be what kills them. */
const mostDeaths = 20;
/** Its keys: `latticework-files:JOB:DELIVERY`. */
const parcelPrefix = "latticework-files";

interface Refusal {
  readonly kind: string;
  readonly refused: string;
}

interface Accepted {
  readonly job: OpenedJob;
  readonly dataset: string;
  readonly datasetName: string;
}

/** What speaks against doing a job here, or how it is done. */
async function examine(
  data: unknown,
  shelf: DatasetShelf,
  kinds: readonly JobKind[],
  version: string,
): Promise<Refusal | Accepted> {
  const asked = anyJobSchema.parse(data);
  if (asked.version !== version) {
    return { kind: asked.kind, refused: `it is latticework ${version}, the ${asked.kind} is of ${asked.version}` };
  }
  const { kind, fingerprint, datasetName, task } = jobSchema.parse(data);
  const own = kinds.find((one) => one.kind === kind);
  if (own === undefined) return { kind, refused: `it takes ${kinds.map((one) => `${one.kind}s`).join(" and ")} only` };
  const dataset = await shelf.find(fingerprint);
  if (dataset !== undefined) return { job: own.open(task), dataset, datasetName };
  return { kind, refused: `it has no dataset ${datasetName} with fingerprint ${fingerprint.slice(0, 16)}` };
}

function makeScratch(parent: string): string {
  try {
    return fs.mkdtempSync(path.join(parent, "latticework-worker-"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunError(`${parent} cannot hold the files of jobs (${reason}); choose another folder (--scratch)`, {
      cause: error,
    });
  }
}

/** Works until the signal ends it. @throws ConfigError or RunError before it begins */
export async function runWorker(request: WorkerRequest): Promise<void> {
  const { kinds, parallel = 1, leaseSeconds = 30, version = packageVersion, signal, onNotice } = request;
  const name = request.name ?? `${os.hostname()}-${process.pid}`;
  const threads = request.threads ?? Math.max(1, Math.floor(os.availableParallelism() / parallel));
  const server = parseRedisAddress(request.address);
  const shelf = await openDatasetShelf(request.datasets);
  await tryRedis(server);
  const scratch = makeScratch(request.scratch ?? os.tmpdir());
  const removeScratch = (): void => fs.rmSync(scratch, { recursive: true, force: true });
  process.on("exit", removeScratch);
  const redis = new Redis(server.options);
  // The worker's own connection tells it.
  redis.on("error", () => undefined);
  const results = createKeptResults();

  const tell = (job: BullJob, progress: JobProgress): Promise<void> => job.updateProgress(progress);

  const refuse = async (job: BullJob, token: string | undefined, { kind, refused }: Refusal): Promise<never> => {
    onNotice(`refuses a ${kind}: ${refused}`);
    await tell(job, { worker: name, refused });
    await job.moveToDelayed(Date.now() + refusedMilliseconds, token);
    await setTimeout(refuserMilliseconds);
    throw new DelayedError();
  };

  const deliver = async (id: string, { outcome, files }: FinishedJob, folder: string): Promise<JobResult> => {
    if (files === undefined) return { worker: name, outcome };
    const key = `${parcelPrefix}:${id}:${randomUUID()}`;
    return { worker: name, outcome, files: await sendParcel(redis, key, folder, files) };
  };

  const work = async (bullJob: BullJob, token: string | undefined): Promise<JobResult> => {
    const id = bullJob.id ?? "";
    const before = results.get(id);
    if (before !== undefined) return deliver(id, before.finished, before.folder);
    const examined = await examine(bullJob.data, shelf, kinds, version);
    if ("refused" in examined) return refuse(bullJob, token, examined);
    const { job, dataset, datasetName } = examined;
    const folder = fs.mkdtempSync(path.join(scratch, "job-"));
    onNotice(`begins ${job.title} on ${datasetName}`);
    // Progress is a courtesy: where the server is away, the job goes on.
    const tellProgress = (progress?: unknown): void =>
      void tell(bullJob, { worker: name, progress }).catch(() => undefined);
    tellProgress();
    const finished = await job.run({ dataset, threads, folder }, { signal, onProgress: tellProgress });
    if (finished === undefined) {
      fs.rmSync(folder, { recursive: true, force: true });
      await bullJob.moveToDelayed(Date.now(), token);
      throw new DelayedError();
    }
    results.keep(id, { finished, folder });
    onNotice(finished.summary);
    return deliver(id, finished, folder);
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
  worker.on("completed", (_, result) => {
    const { files } = jobResultSchema.parse(result);
    if (files !== undefined) void keepParcel(redis, files, keptSeconds).catch(() => undefined);
  });
  const names = [...shelf.folders.keys()];
  onNotice(`${name} works for ${server.shown} with ${names.length === 0 ? "no dataset yet" : names.join(", ")}`);
  await new Promise<void>((settle) => {
    if (signal.aborted) settle();
    else signal.addEventListener("abort", () => settle(), { once: true });
  });
  await worker.close();
  redis.disconnect();
  removeScratch();
  process.off("exit", removeScratch);
}
