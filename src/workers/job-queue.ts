/**
 * The coordinator's side: jobs are put into the queue and their results collected from there. It asks for the state of each job again and again
 * rather than listening for events, so that nothing is missed while the server is away; a job that a restarted server has forgotten is put
 * there again. A job and its files go away only after whoever asked for it has taken the result.
 */
import fs from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { RunError } from "../errors.ts";
import { packageVersion } from "../runs/environment.ts";
import type { DatasetIdentity } from "./dataset-identity.ts";
import { type Job, jobProgressSchema, jobResultSchema, keptSeconds, queueName } from "./job.ts";
import { dropParcel, fetchParcel, type Parcel } from "./parcel.ts";
import { parseRedisAddress, tryRedis } from "./redis-address.ts";

export interface JobRequest {
  /** Names it among all jobs of the server: the same for the same job, so that it stands there once, whoever asks for it again. */
  readonly id: string;
  /** For people: `trial 3`. */
  readonly title: string;
  readonly kind: string;
  readonly dataset: DatasetIdentity;
  readonly task: unknown;
  /** Where files that come with the result are put; what is there is replaced. */
  readonly into?: string | undefined;
}

export interface JobListener {
  readonly signal: AbortSignal;
  /** A worker has taken it; once more where that one died and another did. */
  readonly onWorker?: ((worker: string) => void) | undefined;
  /** What its kind tells, as JSON. */
  readonly onProgress: (progress: unknown) => void;
}

export interface EndedJob {
  readonly worker: string;
  /** As its kind left it, as JSON. */
  readonly outcome: unknown;
  /** To be called when the result is safe: nobody else has to keep it. */
  collected(): Promise<void>;
}

export interface JobQueue {
  /**
   * @returns undefined when the signal ended it; what a worker has begun stays with the server
   * @throws RunError when the worker could not end it
   */
  run(request: JobRequest, listener: JobListener): Promise<EndedJob | undefined>;
  /** Results of these are safe: what is left of them may go. */
  forget(ids: Iterable<string>): Promise<void>;
  close(): Promise<void>;
}

export interface JobQueueRequest {
  /** `redis://…` */
  readonly address: string;
  readonly onNotice: (message: string) => void;
}

const pollMilliseconds = 300;
const closeMilliseconds = 2000;
const stopped = Symbol("stopped");
/** Files that arrive incomplete so often are not a server that came back empty. */
const mostDeliveries = 5;

/** @throws ConfigError for an impossible address; RunError when nobody answers there */
export async function openJobQueue({ address, onNotice }: JobQueueRequest): Promise<JobQueue> {
  const server = parseRedisAddress(address);
  await tryRedis(server);
  const queue = new Queue(queueName, { connection: server.options });
  const redis = new Redis(server.options);
  let away = false;
  queue.on("error", (error: NodeJS.ErrnoException) => {
    if (!away) onNotice(`Redis at ${server.shown} is away (${error.code ?? error.message}): waiting for it`);
    away = true;
  });
  // The queue's own connection has told it already.
  redis.on("error", () => undefined);
  const answered = (): void => {
    if (away) onNotice(`Redis at ${server.shown} is back`);
    away = false;
  };
  const told = new Set<string>();
  /** @param details not looked at when it is told whether it was said before */
  const tellOnce = (message: string, details?: string): void => {
    if (told.has(message)) return;
    told.add(message);
    onNotice(details === undefined ? message : `${message} (${details})`);
  };

  const put = ({ id, kind, dataset, task }: JobRequest) => {
    const job: Job = { version: packageVersion, kind, dataset, task };
    const kept = { age: keptSeconds };
    return queue.add(kind, job, { jobId: id, removeOnComplete: kept, removeOnFail: kept });
  };
  const remove = async (id: string, files?: Parcel): Promise<void> => {
    if (files !== undefined) await dropParcel(redis, files);
    await queue.remove(id);
  };
  /** A server that is away must not keep anybody waiting, and a job that a worker is at cannot be removed. */
  const tryTo = async (step: () => Promise<void>): Promise<void> => {
    await Promise.race([step().catch(() => undefined), setTimeout(closeMilliseconds)]);
  };
  const withdraw = (id: string): Promise<void> =>
    tryTo(async () => {
      // What is done already is collected when the same work goes on.
      if ((await queue.getJobState(id)) !== "completed") await queue.remove(id);
    });

  const run: JobQueue["run"] = async (request, { signal, onWorker, onProgress }) => {
    const { id, title, into } = request;
    const unlessStopped = <T>(step: Promise<T>): Promise<T | typeof stopped> => unlessAborted(step, signal);
    let worker: string | undefined;
    let deliveries = 0;
    await unlessStopped(put(request));
    for (;;) {
      if (signal.aborted) {
        await withdraw(id);
        return undefined;
      }
      // The state first: what is read of a job after it ended has its result.
      const state = await unlessStopped(queue.getJobState(id));
      const job = await unlessStopped(queue.getJob(id));
      if (state === stopped || job === stopped) continue;
      answered();
      if (job === undefined) {
        await unlessStopped(put(request));
      } else if (state === "completed") {
        const { files, ...result } = jobResultSchema.parse(job.returnvalue);
        const whole = await unlessStopped(receive(redis, files, into));
        if (whole === stopped) continue;
        if (whole) return { ...result, collected: () => tryTo(() => remove(id, files)) };
        if (++deliveries === mostDeliveries)
          throw new RunError(`${title}: its files did not arrive whole from ${result.worker}`);
        await unlessStopped(remove(id, files));
      } else if (state === "failed") {
        await tryTo(() => remove(id));
        throw new RunError(`${title} on another machine: ${job.failedReason}`);
      } else {
        const progress = jobProgressSchema.safeParse(job.progress).data;
        if (progress !== undefined && "refused" in progress)
          tellOnce(`${progress.worker} refuses ${request.kind}s: ${progress.refused}`, progress.details);
        else if (progress !== undefined) {
          if (progress.worker !== worker) onWorker?.(progress.worker);
          worker = progress.worker;
          if (progress.progress !== undefined) onProgress(progress.progress);
        }
      }
      await setTimeout(pollMilliseconds, undefined, { signal }).catch(() => undefined);
    }
  };

  return {
    run,
    forget: async (ids) => {
      for (const id of ids) {
        await tryTo(async () => {
          const job = await queue.getJob(id);
          if (job !== undefined) await remove(id, jobResultSchema.safeParse(job.returnvalue).data?.files);
        });
      }
    },
    close: async () => {
      await tryTo(() => queue.close());
      await tryTo(() => queue.disconnect());
      redis.disconnect();
    },
  };
}

/** @returns whether all files are there now */
async function receive(redis: Redis, files: Parcel | undefined, into: string | undefined): Promise<boolean> {
  if (files === undefined || into === undefined) return true;
  fs.rmSync(into, { recursive: true, force: true });
  return fetchParcel(redis, files, into);
}

/** What waits for an absent server must not keep Ctrl-C waiting. */
function unlessAborted<T>(step: Promise<T>, signal: AbortSignal): Promise<T | typeof stopped> {
  return new Promise((settle, fail) => {
    const stop = (): void => settle(stopped);
    signal.addEventListener("abort", stop, { once: true });
    void step.then(settle, fail).finally(() => signal.removeEventListener("abort", stop));
    if (signal.aborted) stop();
  });
}
