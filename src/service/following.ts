/** What a running service does between requests: it follows what other processes write, and removes old changes of the store. */
import type { Logger } from "pino";
import type { LivingModel } from "./living/living-model.ts";
import { type Store, StoreUnavailable } from "./store/store.ts";

/** Nobody follows from further back: a process begins with what there is. */
const changesKeptMilliseconds = 86_400_000;
const pruneMilliseconds = 3_600_000;
/** With SQLite nothing is answered while a piece is removed: some hundredths of a second. */
const changesPerPiece = 1000;

export interface FollowingRequest {
  readonly living: Pick<LivingModel, "follow">;
  readonly store: Pick<Store, "pruneChanges">;
  /** Milliseconds between looks. */
  readonly every: number;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Removes one piece where it is time to; where more is left, the next one is due at once. */
function createPruning(store: FollowingRequest["store"], now: () => number): () => Promise<void> {
  let due = Number.NEGATIVE_INFINITY;
  return async () => {
    if (now() < due) return;
    due = now() + pruneMilliseconds;
    const removed = await store.pruneChanges(changesKeptMilliseconds, changesPerPiece);
    if (removed >= changesPerPiece) due = Number.NEGATIVE_INFINITY;
  };
}

/** Looks for changes again and again; while the store is away it keeps trying. @returns ends it */
export function following({ living, store, every, logger, now }: FollowingRequest): () => Promise<void> {
  const prune = createPruning(store, now);
  let ended = false;
  let away = false;
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      await living.follow();
      await prune();
      if (away) logger.info("the store is back");
      away = false;
    } catch (error) {
      if (!(error instanceof StoreUnavailable))
        logger.error({ err: error }, "changes of the store could not be followed");
      else if (!away) logger.warn("the store is away");
      away = true;
    }
    if (!ended) schedule();
  };
  const schedule = (): void => {
    timer = setTimeout(() => {
      turn = look();
    }, every);
  };
  schedule();
  return async () => {
    ended = true;
    clearTimeout(timer);
    await turn;
  };
}
