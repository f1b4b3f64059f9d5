/**
 * When to retrain: every so many hours, or after so many changes of items and users, whichever comes first, counted from the latest retraining
 * that the store knows. Several processes may have the same schedule; the lease lets one of them train.
 */
import type { Logger } from "pino";
import type { Retraining } from "../http/service.ts";
import { type Store, StoreUnavailable } from "../store/store.ts";
import { type RetrainingTask, type RunningRetraining, startRetraining } from "./start-retraining.ts";
import { noteOf } from "./versions.ts";

export interface RetrainingSchedule {
  /** Undefined: not by time. */
  readonly everyHours?: number | undefined;
  /** Undefined: not by changes. */
  readonly afterChanges?: number | undefined;
}

export interface ScheduledRetraining extends Retraining {
  /** Ends one that is under way. */
  stop(): Promise<void>;
}

const hour = 3_600_000;
/** After one that failed, the next is not begun before. */
const restMilliseconds = 600_000;

/** Whether one is due. */
export async function isDue(
  store: Store,
  { everyHours, afterChanges }: RetrainingSchedule,
  now: number,
): Promise<boolean> {
  if (everyHours === undefined && afterChanges === undefined) return false;
  const models = await store.models();
  const last = models.findLast((model) => noteOf(model) !== undefined);
  const changes = await store.dataChangesSince((last === undefined ? undefined : noteOf(last)?.position) ?? 0);
  // With nothing new there is nothing to learn.
  if (changes === 0) return false;
  if (afterChanges !== undefined && changes >= afterChanges) return true;
  const since = last?.createdAt ?? models[0]?.createdAt ?? now;
  return everyHours !== undefined && now - since >= everyHours * hour;
}

export interface ScheduleRequest {
  readonly store: Store;
  readonly task: RetrainingTask;
  readonly schedule: RetrainingSchedule;
  readonly logger: Logger;
  readonly now?: (() => number) | undefined;
  /** How often to look whether one is due; default a minute. */
  readonly lookMilliseconds?: number | undefined;
}

export function scheduleRetraining(request: ScheduleRequest): ScheduledRetraining {
  const { store, task, schedule, logger, now = Date.now, lookMilliseconds = 60_000 } = request;
  let running: RunningRetraining | undefined;
  let restsUntil = 0;
  let stopped = false;

  const begin = (): boolean => {
    if (running !== undefined || stopped) return false;
    logger.info("retraining");
    const started = startRetraining(task, { inBackground: true });
    running = started;
    const settle = (): void => {
      running = undefined;
    };
    started.ended.then(
      (end) => {
        settle();
        switch (end.kind) {
          case "finished":
            logger.info({ version: end.version, ...end.note }, `retraining: ${end.note.outcome}`);
            return;
          case "busy":
            logger.info("retraining: another process is at it");
            return;
          case "failed":
            restsUntil = now() + restMilliseconds;
            if (!stopped) logger.warn({ reason: end.message }, "retraining failed; the served model stays");
        }
      },
      (error: unknown) => {
        settle();
        restsUntil = now() + restMilliseconds;
        logger.error({ err: error }, "retraining could not be started");
      },
    );
    return true;
  };
  const look = async (): Promise<void> => {
    if (running !== undefined || stopped || now() < restsUntil) return;
    try {
      if (await isDue(store, schedule, now())) begin();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) logger.error({ err: error }, "the schedule could not be looked at");
    }
  };
  const timer = setInterval(() => void look(), lookMilliseconds);
  timer.unref();
  return {
    begin: async () => begin(),
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      running?.kill();
      await running?.ended.catch(() => undefined);
    },
  };
}
