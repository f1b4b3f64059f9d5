/**
 * One retraining: what came into the store is gathered, a model begins with the weights of the served one and trains, both are held against the same
 * held-out interactions, and the new one is served when it is no worse. A version stands in the store only after its run folder is whole, so a
 * training that is killed at any moment leaves nothing that could be served.
 */
import fs from "node:fs";
import { readDataset } from "../../data/index.ts";
import { RunError } from "../../errors.ts";
import { buildRunIndex } from "../../recommender/index.ts";
import { openRun } from "../../runs/open-run.ts";
import { trainRun } from "../../runs/train-run.ts";
import { type Breather, createBreather } from "../../training/breather.ts";
import type { TrainingOptionsInput } from "../../training/configuration.ts";
import type { TrainingEvent } from "../../training/events.ts";
import type { Store, StoredModel } from "../store/store.ts";
import { compareRuns } from "./compare-runs.ts";
import { type GatheredDataset, gatherDataset } from "./gather-dataset.ts";
import { withTrainingLease } from "./lease.ts";
import { beginVersion, removeUnlisted, removeVersion, type VersionFolders, versionName } from "./version-folders.ts";
import { noteOf, prune, type RetrainingNote } from "./versions.ts";

export interface RetrainRequest {
  readonly store: Store;
  /** Folder of the versions' folders. */
  readonly versions: string;
  /** Retrained versions that are kept; default 3. */
  readonly keep?: number | undefined;
  /** Dataset of the first run, where it moved; retrained ones have their own. */
  readonly dataset?: string | undefined;
  /** Options that differ from those of the served run. */
  readonly options?: TrainingOptionsInput | undefined;
  readonly threads?: number | undefined;
  /** Builds the index of what is to be served, so that no service has to; default no. */
  readonly index?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  readonly now?: (() => number) | undefined;
}

/** busy: another process trains. */
export type RetrainOutcome =
  | { readonly kind: "busy" }
  | { readonly kind: "finished"; readonly version: string; readonly note: RetrainingNote };

const defaultKeep = 3;
const usersAtOnce = 1000;

async function servedOf(store: Store): Promise<StoredModel> {
  const version = await store.servedModel();
  const model = (await store.models()).find((one) => one.version === version);
  if (model === undefined) throw new RunError("the store has no served model to begin from; serve a run first");
  return model;
}

/** @throws RunError when somebody who is in the training data was erased since it was read */
async function refuseErased(store: Store, { userIds }: GatheredDataset, gatheredAt: number): Promise<void> {
  for (let from = 0; from < userIds.length; from += usersAtOnce) {
    const erased = await store.erasedAmong(userIds.slice(from, from + usersAtOnce));
    if ([...erased.values()].every((at) => at < gatheredAt)) continue;
    throw new RunError("a user was erased while the model was trained with them; it is thrown away: retrain again");
  }
}

/** Its turns end what is under way once the signal says so. */
function endedBy(signal: AbortSignal): Breather {
  const breather = createBreather();
  return {
    isDue: breather.isDue,
    turn: async () => {
      await breather.turn();
      signal.throwIfAborted();
    },
  };
}

async function trainVersion(
  request: RetrainRequest,
  folders: VersionFolders,
  signal: AbortSignal,
): Promise<RetrainingNote> {
  const { store, now = Date.now } = request;
  const started = performance.now();
  const served = await servedOf(store);
  const serving = openRun(served.folder);
  const position = await store.position();
  const gatheredAt = now();
  const breather = endedBy(signal);
  const gathered = await gatherDataset({
    store,
    run: serving,
    dataset: noteOf(served) === undefined ? request.dataset : undefined,
    out: folders.dataset,
    name: serving.config.dataset.name,
    breather,
  });
  const { model, backbone, options, seed } = serving.config;
  const run = await trainRun({
    dataset: folders.dataset,
    out: folders.run,
    model,
    backbone,
    options: { ...options, ...request.options },
    seed,
    threads: request.threads,
    warmStart: { run: serving.folder, changedItems: gathered.changedItems },
    signal,
    onEvent: request.onEvent,
  });
  const { candidate, serving: before } = await compareRuns(
    { folder: run.folder, dataset: folders.dataset },
    { folder: serving.folder, dataset: gathered.before },
    await readDataset(folders.dataset),
    breather,
  );
  const outcome = candidate["ndcg@20"] >= before["ndcg@20"] ? "served" : "rejected";
  if (outcome === "served" && request.index === true) await buildRunIndex(run.folder, { threads: request.threads });
  await breather.turn();
  await refuseErased(store, gathered, gatheredAt);
  return {
    outcome,
    from: served.version,
    origin: noteOf(served)?.origin ?? served.version,
    candidateNdcg: candidate["ndcg@20"],
    servingNdcg: before["ndcg@20"],
    candidateRecall: candidate["recall@20"],
    servingRecall: before["recall@20"],
    position,
    addedPairs: gathered.added,
    validationPairs: gathered.validation,
    epochs: run.metrics.epochs,
    seconds: (performance.now() - started) / 1000,
  };
}

/**
 * @throws RunError when there is nothing to begin from, or the training was overtaken; DatasetError when there is nothing new; whatever the store
 * throws. Nothing of it is served then, and its folder is gone.
 */
export async function retrain(request: RetrainRequest): Promise<RetrainOutcome> {
  const { store, versions, keep = defaultKeep, now = Date.now } = request;
  const outcome = await withTrainingLease(store, request.signal, async (lease): Promise<RetrainOutcome> => {
    await removeUnlisted(store, versions);
    const createdAt = now();
    const version = versionName(createdAt);
    const folders = await beginVersion(store, versions, version);
    let note: RetrainingNote;
    try {
      note = await trainVersion(request, folders, lease.signal);
      await lease.confirm(() => fs.existsSync(folders.run));
    } catch (error) {
      removeVersion(versions, version);
      throw error;
    }
    // Listed and served in one write: a kill in between would keep it from ever being served. What somebody chose meanwhile stays.
    const takesOverFrom = note.outcome === "served" ? note.from : undefined;
    await store.addModel({ version, folder: folders.run, createdAt, note: { ...note } }, takesOverFrom);
    await prune(store, versions, keep);
    return { kind: "finished", version, note };
  });
  return outcome ?? { kind: "busy" };
}
