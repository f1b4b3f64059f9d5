/**
 * The worker's side: takes jobs from the queue, does each in a folder of its own and leaves the result there. A job it cannot do — of another
 * version, on a dataset it does not have, or beyond its memory — it refuses by name and hands back. While it works it renews its hold on the job; when it
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
import type { JobKind, OpenedJob } from "./job-kind.ts";
import { createKeptResults, type KeptResult } from "./kept-results.ts";
import { keepParcel, sendParcel } from "./parcel.ts";
import { parseRedisAddress, tryRedis } from "./redis-address.ts";
import { makeScratch } from "./scratch.ts";

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
/** A job that did not fit is refused at once for so long, without being held against the dataset again. */
const unfitMilliseconds = 30_000;
/** Deaths of its workers until a job is given up: it might be what kills them. */
const mostDeaths = 20;
/** Its keys: `latticework-files:JOB:DELIVERY`. */
const parcelPrefix = "latticework-files";

interface Refusal {
  readonly kind: string;
  readonly refused: string;
  readonly details?: string | undefined;
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
  const { kind, dataset, task } = jobSchema.parse(data);
  const own = kinds.find((one) => one.kind === kind);
  if (own === undefined) return { kind, refused: `it takes ${kinds.map((one) => `${one.kind}s`).join(" and ")} only` };
  const found = await shelf.find(dataset);
  const { name, fingerprint } = dataset;
  if (found === undefined) {
    return { kind, refused: `it has no dataset ${name} with fingerprint ${fingerprint.slice(0, 16)}` };
  }
  if ("differs" in found) return { kind, refused: `its dataset ${found.differs} has other features than ${name}` };
  return { job: own.open(task), dataset: found.folder, datasetName: name };
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
  const redis = new Redis(server.options);
  // The worker's own connection tells it.
  redis.on("error", () => undefined);
  const results = createKeptResults();

  const tell = (job: BullJob, progress: JobProgress): Promise<void> => job.updateProgress(progress);

  const refuse = async (job: BullJob, token: string | undefined, refusal: Refusal): Promise<never> => {
    const { kind, refused, details } = refusal;
    onNotice(`refuses a ${kind}: ${refused}${details === undefined ? "" : ` (${details})`}`);
    await tell(job, { worker: name, refused, ...(details === undefined ? {} : { details }) });
    await job.moveToDelayed(Date.now() + refusedMilliseconds, token);
    await setTimeout(refuserMilliseconds);
    throw new DelayedError();
  };

  const deliver = async (id: string, { finished, folder }: KeptResult): Promise<JobResult> => {
    const { outcome, files } = finished;
    if (files === undefined) return { worker: name, outcome };
    const key = `${parcelPrefix}:${id}:${randomUUID()}`;
    return { worker: name, outcome, files: await sendParcel(redis, key, folder, files) };
  };

  /** What did not fit, by job, and until when that is believed. */
  const unfit = new Map<string, { readonly refusal: Refusal; readonly until: number }>();
  const refusalOf = (id: string): Refusal | undefined => {
    for (const [other, { until }] of unfit) if (until < performance.now()) unfit.delete(other);
    return unfit.get(id)?.refusal;
  };

  /** @returns undefined when the signal ended it */
  const finish = async (bullJob: BullJob, accepted: Accepted): Promise<KeptResult | Refusal | undefined> => {
    const { job, dataset, datasetName } = accepted;
    const folder = fs.mkdtempSync(path.join(scratch.folder, "job-"));
    onNotice(`begins ${job.title} on ${datasetName}`);
    // Progress is a courtesy: where the server is away, the job goes on.
    const tellProgress = (progress?: unknown): void =>
      void tell(bullJob, { worker: name, progress }).catch(() => undefined);
    tellProgress();
    const finished = await job.run({ dataset, threads, folder }, { signal, onProgress: tellProgress });
    if (finished === undefined || "refused" in finished) {
      fs.rmSync(folder, { recursive: true, force: true });
      return finished && { kind: bullJob.name, ...finished };
    }
    onNotice(finished.summary);
    return { finished, folder };
  };

  const work = async (bullJob: BullJob, token: string | undefined): Promise<JobResult> => {
    const id = bullJob.id ?? "";
    let result: KeptResult | Refusal | undefined = results.take(id);
    if (result === undefined) {
      const examined = refusalOf(id) ?? (await examine(bullJob.data, shelf, kinds, version));
      if ("refused" in examined) return refuse(bullJob, token, examined);
      result = await finish(bullJob, examined);
    }
    if (result !== undefined && "refused" in result) {
      unfit.set(id, { refusal: result, until: performance.now() + unfitMilliseconds });
      return refuse(bullJob, token, result);
    }
    if (result === undefined) {
      await bullJob.moveToDelayed(Date.now(), token);
      throw new DelayedError();
    }
    try {
      return await deliver(id, result);
    } finally {
      results.keep(id, result);
    }
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
  const names = shelf.folders();
  onNotice(`${name} works for ${server.shown} with ${names.length === 0 ? "no dataset yet" : names.join(", ")}`);
  await new Promise<void>((settle) => {
    if (signal.aborted) settle();
    else signal.addEventListener("abort", () => settle(), { once: true });
  });
  await worker.close();
  redis.disconnect();
  scratch.remove();
}
