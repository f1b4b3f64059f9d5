/**
 * The coordinator's side: trials are put into the queue as jobs and their results collected from there. It asks for the state of each job again and again
 * rather than listening for events, so that nothing is missed while the server is away; a job that a restarted server has forgotten is put
 * there again. A job goes away only after its result is logged.
 */
import { setTimeout } from "node:timers/promises";
import { Queue } from "bullmq";
import { RunError } from "../../errors.ts";
import { packageVersion } from "../../runs/environment.ts";
import type { RemoteTrials } from "../sweep-request.ts";
import { parseRedisAddress, tryRedis } from "./redis-address.ts";
import { jobIdOf, jobProgressSchema, jobResultSchema, queueName, type TrialJob } from "./trial-job.ts";

export interface TrialQueue extends RemoteTrials {
  close(): Promise<void>;
}

const pollMilliseconds = 300;
const closeMilliseconds = 2000;
/** A result nobody collects is forgotten. */
const keptSeconds = 30 * 24 * 3600;

export interface TrialQueueRequest {
  /** `redis://…` */
  readonly address: string;
  readonly onNotice: (message: string) => void;
}

/** @throws ConfigError for an impossible address; RunError when nobody answers there */
export async function openTrialQueue({ address, onNotice }: TrialQueueRequest): Promise<TrialQueue> {
  const server = parseRedisAddress(address);
  await tryRedis(server);
  const queue = new Queue(queueName, { connection: server.options });
  let away = false;
  queue.on("error", (error: NodeJS.ErrnoException) => {
    if (!away) onNotice(`Redis at ${server.shown} is away (${error.code ?? error.message}): waiting for it`);
    away = true;
  });
  const answered = (): void => {
    if (away) onNotice(`Redis at ${server.shown} is back`);
    away = false;
  };
  const told = new Set<string>();
  const tellOnce = (message: string): void => {
    if (told.has(message)) return;
    told.add(message);
    onNotice(message);
  };

  const put = (job: TrialJob) =>
    queue.add("trial", job, {
      jobId: jobIdOf(job.sweep, job.task),
      removeOnComplete: { age: keptSeconds },
      removeOnFail: { age: keptSeconds },
    });

  const withdraw = async (id: string): Promise<void> => {
    // A job that a worker is at cannot be removed: its result waits for the sweep to go on.
    await Promise.race([queue.remove(id).catch(() => 0), setTimeout(closeMilliseconds)]);
  };

  const run: RemoteTrials["run"] = async ({ sweep, fingerprint, datasetName, task }, { signal, onProgress }) => {
    const data: TrialJob = { version: packageVersion, sweep, fingerprint, datasetName, task };
    const id = jobIdOf(sweep, task);
    await put(data);
    for (;;) {
      if (signal.aborted) {
        await withdraw(id);
        return undefined;
      }
      const job = await Promise.race([queue.getJob(id), aborted(signal)]);
      if (job === "aborted") continue;
      const state = job === undefined ? "forgotten" : await Promise.race([job.getState(), aborted(signal)]);
      answered();
      if (job === undefined) {
        await put(data);
      } else if (state === "completed") {
        const { worker, outcome } = jobResultSchema.parse(job.returnvalue);
        return { outcome, worker, collected: () => withdraw(id) };
      } else if (state === "failed") {
        await withdraw(id);
        throw new RunError(`trial ${task.trial} on another machine: ${job.failedReason}`);
      } else {
        const progress = jobProgressSchema.safeParse(job.progress).data;
        if (progress !== undefined && "refused" in progress)
          tellOnce(`${progress.worker} refuses trials: ${progress.refused}`);
        else if (progress !== undefined) onProgress({ epoch: progress.epoch, best: progress.best });
      }
      await setTimeout(pollMilliseconds, undefined, { signal }).catch(() => undefined);
    }
  };

  return {
    run,
    forget: async (sweep, logged) => {
      for (const trial of logged) await withdraw(jobIdOf(sweep, trial));
    },
    close: async () => {
      await Promise.race([queue.close().catch(() => undefined), setTimeout(closeMilliseconds)]);
      await Promise.race([queue.disconnect().catch(() => undefined), setTimeout(closeMilliseconds)]);
    },
  };
}

/** Resolves when the signal is aborted: what waits for an absent server must not keep Ctrl-C waiting. */
function aborted(signal: AbortSignal): Promise<"aborted"> {
  return new Promise((settle) => {
    if (signal.aborted) settle("aborted");
    else signal.addEventListener("abort", () => settle("aborted"), { once: true });
  });
}
