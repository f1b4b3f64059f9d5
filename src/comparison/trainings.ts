/**
 * All trainings of a comparison, contender × seed, each into runs/CONTENDER/seed-N of the folder. Finished ones are kept, begun ones go on from
 * their checkpoint, several run at a time. When one fails the others still finish.
 */
import fs from "node:fs";
import path from "node:path";
import type { Modality } from "../data/dataset.ts";
import { changedModality } from "../data/modality-content.ts";
import { LatticeworkError, RunError } from "../errors.ts";
import { packageVersion } from "../runs/environment.ts";
import { folderState } from "../runs/folder-state.ts";
import { readRunConfig } from "../runs/open-run.ts";
import { inWords } from "../runs/report/names.ts";
import type { Contender } from "./contenders.ts";
import type { RemoteTrainings } from "./training-job.ts";
import { type EpochMessage, type TrainingTask, trainApart } from "./training-task.ts";

export interface Training {
  readonly contender: Contender;
  readonly seed: number;
  readonly folder: string;
}

export type ComparisonEvent =
  | { readonly kind: "notice"; readonly message: string }
  /** How many trainings there are and how many are done already. */
  | { readonly kind: "plan"; readonly trainings: number; readonly done: number }
  /** It waits until one of the workers takes it. */
  | { readonly kind: "queued"; readonly training: Training }
  /** On a worker, or here; once more where a worker died and another has taken it. */
  | {
      readonly kind: "start";
      readonly training: Training;
      readonly resumed: boolean;
      readonly worker?: string | undefined;
    }
  | { readonly kind: "epoch"; readonly training: Training; readonly message: EpochMessage }
  | {
      readonly kind: "end";
      readonly training: Training;
      readonly done: number;
      readonly trainings: number;
      readonly worker?: string | undefined;
    }
  | { readonly kind: "failure"; readonly training: Training; readonly message: string };

export interface TrainingsRequest {
  /** Dataset folder. */
  readonly dataset: string;
  /** Of the dataset as that contender reads it. */
  readonly fingerprintOf: (contender: Contender) => string;
  /** Of the dataset: what runs of it were trained with is held against them. */
  readonly modalities: readonly Modality[];
  readonly trainings: readonly Training[];
  readonly threads: number;
  readonly parallel: number;
  /** Where they are trained; default: in processes of this machine. */
  readonly remote?: RemoteTrainings | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ComparisonEvent) => void) | undefined;
}

export function planTrainings(out: string, contenders: readonly Contender[], seeds: readonly number[]): Training[] {
  return seeds.flatMap((seed) =>
    contenders.map((contender) => ({
      contender,
      seed,
      folder: path.join(out, "runs", contender.name, `seed-${seed}`),
    })),
  );
}

export const labelOf = ({ contender, seed }: Training): string => `${contender.name} seed ${seed}`;

/** @throws RunError when the folder holds a training of something else */
function checkSameTraining(
  { contender, folder }: Training,
  fingerprint: string,
  modalities: readonly Modality[],
): void {
  const before = readRunConfig(folder);
  const elsewhere = "compare into another folder, or remove that run to train it again";
  if (before.dataset.fingerprint !== fingerprint) {
    throw new RunError(`${folder} was trained on another dataset, or this one has changed since; ${elsewhere}`);
  }
  const changed = changedModality(before.dataset.modalities, modalities);
  if (changed !== undefined) {
    throw new RunError(`${folder} was trained with other ${changed} features than the dataset has now; ${elsewhere}`);
  }
  const then: Readonly<Record<string, unknown>> = { model: before.model, backbone: before.backbone, ...before.options };
  const now = { model: contender.model, backbone: contender.backbone, ...contender.options };
  for (const [key, value] of Object.entries(now)) {
    if (JSON.stringify(then[key]) === JSON.stringify(value)) continue;
    throw new RunError(
      `${folder} was trained with ${key} ${JSON.stringify(then[key])}, found ${JSON.stringify(value)} for ${contender.name}; ${elsewhere}`,
    );
  }
}

/** @returns those that are not finished; @throws RunError where a folder holds something else */
export function unfinishedOf({ trainings, fingerprintOf, modalities }: TrainingsRequest): Training[] {
  return trainings.filter((training) => {
    const state = folderState(training.folder);
    if (state === "foreign")
      throw new RunError(`${training.folder} is not a run folder and not empty; choose another folder`);
    if (state === "absent" || state === "empty") return true;
    checkSameTraining(training, fingerprintOf(training.contender), modalities);
    return state === "unfinished";
  });
}

/** Where finished runs are not all of the version that trains the others. */
function versionNotices(finished: readonly Training[], trainings: readonly Training[]): string[] {
  const byVersion = Map.groupBy(finished, ({ folder }) => readRunConfig(folder).environment.latticework);
  const foreign = [...byVersion].filter(([version]) => version !== packageVersion);
  const others = trainings.length - foreign.reduce((sum, [, runs]) => sum + runs.length, 0);
  if (foreign.length === 0 || (foreign.length === 1 && others === 0)) return [];
  const told = foreign.map(
    ([version, runs]) =>
      `${inWords(runs.map(labelOf))} ${runs.length === 1 ? "was" : "were"} trained by latticework ${version}`,
  );
  const rest = others === 0 ? "" : `, the others by ${packageVersion}`;
  return [`${told.join(", ")}${rest}: figures of two versions do not compare; remove what is to be trained again`];
}

function taskOf({ contender, seed, folder }: Training, { dataset, threads }: TrainingsRequest): TrainingTask {
  const { name, model, backbone, options } = contender;
  return { dataset, out: folder, contender: name, model, backbone, options, seed, threads };
}

/**
 * @returns false when the signal ended it before all were done
 * @throws RunError naming the trainings that failed, when the others are done
 */
export async function runTrainings(request: TrainingsRequest): Promise<boolean> {
  const { trainings, parallel, remote, onEvent } = request;
  const signal = request.signal ?? new AbortController().signal;
  const train = remote?.train ?? trainApart;
  const waiting = unfinishedOf(request);
  let done = trainings.length - waiting.length;
  onEvent?.({ kind: "plan", trainings: trainings.length, done });
  const finished = trainings.filter((training) => !waiting.includes(training));
  for (const message of versionNotices(finished, trainings)) onEvent?.({ kind: "notice", message });
  await remote?.forget(finished.map((training) => taskOf(training, request)));
  const failures: string[] = [];
  let interrupted = false;
  const one = async (training: Training): Promise<void> => {
    const { folder } = training;
    if (remote !== undefined) onEvent?.({ kind: "queued", training });
    else onEvent?.({ kind: "start", training, resumed: folderState(folder) === "unfinished" });
    fs.mkdirSync(path.dirname(folder), { recursive: true });
    try {
      const outcome = await train(taskOf(training, request), {
        signal,
        onWorker: (worker) => onEvent?.({ kind: "start", training, resumed: false, worker }),
        onEpoch: (message) => onEvent?.({ kind: "epoch", training, message }),
      });
      if (outcome.kind === "interrupted") interrupted = true;
      else {
        const { worker } = outcome;
        onEvent?.({ kind: "end", training, done: ++done, trainings: trainings.length, worker });
      }
    } catch (error) {
      if (!(error instanceof LatticeworkError)) throw error;
      failures.push(`${labelOf(training)}: ${error.message}`);
      onEvent?.({ kind: "failure", training, message: error.message });
    }
  };
  const lane = async (): Promise<void> => {
    for (;;) {
      const training = signal.aborted ? undefined : waiting.shift();
      if (training === undefined) return;
      await one(training);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  if (interrupted || waiting.length > 0) return false;
  if (failures.length > 0) {
    throw new RunError(
      `${failures.length} of ${trainings.length} trainings failed (the others are kept): ${failures.join("; ")}`,
    );
  }
  return true;
}
