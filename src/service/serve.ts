/** A service as a whole: a run and a store become a living model, an app and a server, and end together. */
import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { RunError } from "../errors.ts";
import type { RunIndexOptions } from "../recommender/index.ts";
import { createKeyChecker } from "./access/api-keys.ts";
import { createGate } from "./access/gate.ts";
import { following } from "./following.ts";
import { createApp } from "./http/app.ts";
import type { BodyTimes } from "./http/body.ts";
import { createMetrics } from "./http/metrics.ts";
import { startServer } from "./http/server.ts";
import type { Retraining, Service } from "./http/service.ts";
import { createAnswerCache } from "./living/answer-cache.ts";
import { type LivingModel, openLivingModel } from "./living/living-model.ts";
import { noteOf } from "./retraining/versions.ts";
import type { Store, StoredModel } from "./store/store.ts";
import { openLivingStudio } from "./studio/living-studio.ts";
import { studioRoutes } from "./studio/studio-routes.ts";

export interface ServeRequest {
  /** Ended with the service. */
  readonly store: Store;
  /** Run folder to serve, unless a version that was retrained from it is in charge; undefined: the version that the store says. */
  readonly run?: string | undefined;
  /** Dataset of the run, where it moved. */
  readonly dataset?: string | undefined;
  /** Lists come from an approximate index of this and every later version, kept with its run. Default: all items are scored. */
  readonly index?: RunIndexOptions | undefined;
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  readonly logger: Logger;
  /** Origins whose pages may call. Default none. */
  readonly origins?: readonly string[] | undefined;
  /** Requests a second and key; default 1000, 0 for any number. */
  readonly requestsPerSecond?: number | undefined;
  /** Bytes of answers that are kept; default 64 MB, 0 for none. */
  readonly cacheBytes?: number | undefined;
  /** Bytes of a bulk body; default 1 GB. */
  readonly mostImportBytes?: number | undefined;
  readonly bodyTimes?: BodyTimes | undefined;
  /** How often to look for what other processes wrote; default 200. */
  readonly followMilliseconds?: number | undefined;
  /** Whether the studio is shown at /studio; default true. */
  readonly studio?: boolean | undefined;
  readonly retraining?: ((living: LivingModel) => Retraining) | undefined;
  readonly now?: (() => number) | undefined;
}

export interface RunningService {
  readonly port: number;
  readonly living: LivingModel;
  /** Refuses readiness, lets requests finish, closes the model and the store. */
  stop(): Promise<void>;
}

const stopMilliseconds = 20_000;

interface Beginning {
  readonly model: StoredModel;
  /** Whether the store has it: a run that is named for the first time is listed once it could be opened. */
  readonly isListed: boolean;
  /** The run that was named, now or once: the one that the option for a moved dataset is about. */
  readonly named: StoredModel | undefined;
}

/**
 * The version to begin with; a run folder that is named becomes one. Naming the run once more, as a restart does, does not undo what retraining made
 * of it.
 */
async function versionToServe(store: Store, run: string | undefined, now: () => number): Promise<Beginning> {
  const models = await store.models();
  const version = await store.servedModel();
  const served = models.find((one) => one.version === version);
  const origin = served === undefined ? undefined : (noteOf(served)?.origin ?? served.version);
  const named = models.find((one) => (run === undefined ? one.version === origin : one.folder === run));
  if (run === undefined) {
    if (served !== undefined) return { model: served, isListed: true, named };
    throw new RunError("the store has no model yet; name the run folder to serve");
  }
  if (named !== undefined) {
    return { model: served !== undefined && named.version === origin ? served : named, isListed: true, named };
  }
  const createdAt = now();
  // Several processes may begin within one millisecond.
  const fresh = `${new Date(createdAt).toISOString().replaceAll(/[:.]/g, "")}-${randomBytes(3).toString("hex")}`;
  const model = { version: fresh, folder: run, createdAt, note: {} };
  return { model, isListed: false, named: model };
}

/** @throws RunError when no run can be opened, or what the store throws */
async function openBeginning({
  store,
  run,
  dataset,
  index,
  logger,
  now = Date.now,
}: ServeRequest): Promise<LivingModel> {
  const { model, isListed, named } = await versionToServe(store, run, now);
  const moved = named === undefined || dataset === undefined ? undefined : { run: named.folder, folder: dataset };
  const open = ({ version, folder }: StoredModel) =>
    openLivingModel({ store, version, folder, dataset: moved, index, now });
  const openInCharge = async (chosen: StoredModel): Promise<LivingModel> => {
    const living = await open(chosen);
    let listed: StoredModel;
    try {
      listed = isListed ? chosen : await store.addModelOfFolder(chosen);
      if (listed.version === chosen.version) {
        await store.serveModel(chosen.version);
        return living;
      }
    } catch (error) {
      await living.close();
      throw error;
    }
    // Another process that began at the same moment has listed the run by another name.
    await living.close();
    return openInCharge(listed);
  };
  // Without a name it is what the store says, which by now may be something newer.
  if (run === undefined) return open(model);
  if (named === undefined || named === model) return openInCharge(model);
  const versions = { model: model.version, named: named.version };
  try {
    const living = await open(model);
    const back = `latticework model roll-back ${named.version}`;
    logger.warn(versions, `the version in charge, which was retrained from the named run, stays; ${back} goes back`);
    return living;
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const reason = error.message;
    logger.warn({ ...versions, reason }, "the version in charge cannot be opened; the named run is served instead");
    return openInCharge(named);
  }
}

/** @throws RunError when the run cannot be served, or what the store throws */
export async function serve(request: ServeRequest): Promise<RunningService> {
  const { store, logger, now = Date.now } = request;
  const living = await openBeginning(request);
  let open = true;
  try {
    const keys = createKeyChecker(store, now);
    if (!(await keys.any())) {
      logger.warn(
        "no key exists: only this machine is served, and it may do everything; latticework key create makes one",
      );
    }
    const answers = createAnswerCache(request.cacheBytes ?? 64_000_000);
    const metrics = createMetrics(answers, living);
    const service: Service = {
      store,
      living,
      keys,
      answers,
      retraining: request.retraining?.(living),
      now,
      mostImportBytes: request.mostImportBytes ?? 1_000_000_000,
      isOpen: () => open,
    };
    const onFault = (error: unknown): void => logger.error({ err: error }, "fault");
    const studio = request.studio === false ? undefined : openLivingStudio(living, store);
    const app = createApp({
      service,
      gate: createGate(keys, { requestsPerSecond: request.requestsPerSecond ?? 1000 }),
      metrics,
      origins: request.origins ?? [],
      studio: studio === undefined ? undefined : studioRoutes(studio, onFault),
      onFault,
    });
    const host = request.host ?? "127.0.0.1";
    const server = await startServer({ app, port: request.port, host, logger, metrics, bodyTimes: request.bodyTimes });
    const endFollowing = following({ living, store, every: request.followMilliseconds ?? 200, logger, now });
    logger.info({ host, port: server.port, model: living.served.version }, "serving");
    return {
      port: server.port,
      living,
      stop: async () => {
        open = false;
        await server.stop(stopMilliseconds);
        await endFollowing();
        studio?.close();
        await living.close();
        await store.close();
        logger.info("stopped");
      },
    };
  } catch (error) {
    await living.close();
    throw error;
  }
}
