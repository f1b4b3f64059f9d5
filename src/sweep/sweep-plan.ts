/** The plan of a sweep, made of what was asked for, held against the dataset and against what its folder holds already. */
import type { Dataset } from "../data/dataset.ts";
import { changedModality } from "../data/modality-content.ts";
import { DatasetError, RunError } from "../errors.ts";
import { packageVersion } from "../runs/environment.ts";
import { checkWritable, folderState } from "../runs/folder-state.ts";
import { defaultTrials } from "./create-search.ts";
import type { Sweep, SweepPlan } from "./sweep-format.ts";
import type { SweepRequest } from "./sweep-request.ts";
import { randomTrials } from "./tree-parzen.ts";
import type { Records } from "./trial.ts";

/** Trials that may be under way without knowing of each other. */
const defaultLag = 4;
const jsonOf = (value: unknown): string => JSON.stringify(value) ?? "undefined";

export function planOf(request: SweepRequest, before: Sweep | undefined): SweepPlan {
  const { space, method = "tpe", seed = 1, reduction = 3, parallel = 1 } = request;
  const trials = request.trials ?? defaultTrials(method, space);
  return {
    space: space.dimensions.map((dimension) => JSON.parse(JSON.stringify(dimension))),
    method,
    trials,
    seed,
    lag: before?.plan.lag ?? Math.max(defaultLag, parallel),
    stopping: method !== "halving" && (request.stopping ?? true),
    reduction,
    model: request.model ?? "lattice",
    backbone: request.backbone ?? "lightgcn",
    options: JSON.parse(JSON.stringify(request.options ?? {})),
  };
}

/** What is worth knowing of a plan before it begins. */
export function planNotices({ method, trials, lag }: SweepPlan): string[] {
  if (method !== "tpe" || trials > randomTrials(lag)) return [];
  const [why, remedy] =
    lag > defaultLag
      ? [`, as ${lag} may be under way without knowing of each other`, ", or for fewer at a time in a new sweep"]
      : ["", ""];
  return [
    `all ${trials} trials are drawn at random: tpe begins after the first ${randomTrials(lag)}${why}; ask for more trials${remedy}`,
  ];
}

/** @param begunBy the version of trials that do not say theirs */
export function versionNotices(records: Records, begunBy: string): string[] {
  const byVersion = Map.groupBy(records.values(), ({ latticework }) => latticework ?? begunBy);
  return [...byVersion].flatMap(([version, foreign]) =>
    version === packageVersion
      ? []
      : `${foreign.length} of ${records.size} trials were trained by latticework ${version}, this is ${packageVersion}: figures of two versions do not compare; sweep into another folder to have all by one`,
  );
}

/** What was begun there goes on, or nothing changes. @throws RunError */
export function checkSame(out: string, before: Sweep, plan: SweepPlan, dataset: Dataset): void {
  const elsewhere = "sweep into another folder";
  if (before.dataset.fingerprint !== dataset.fingerprint) {
    throw new RunError(`${out} holds a sweep over another dataset, or this one has changed since; ${elsewhere}`);
  }
  const changed = changedModality(before.dataset.modalities ?? [], dataset.modalities);
  if (changed !== undefined) {
    throw new RunError(`${out} holds a sweep over other ${changed} features than the dataset has now; ${elsewhere}`);
  }
  const then: Readonly<Record<string, unknown>> = before.plan;
  for (const [key, value] of Object.entries(plan)) {
    if (jsonOf(then[key]) === jsonOf(value)) continue;
    if (key === "trials" && plan.method !== "halving" && plan.trials > before.plan.trials) continue;
    const shown = key === "space" || key === "options" ? "" : ` ${jsonOf(then[key])}, found ${jsonOf(value)}`;
    throw new RunError(
      `${out} holds a sweep with ${shown === "" ? `other ${key === "space" ? "values of the space" : key}` : key + shown}; ${elsewhere}, or go on with what it was begun with`,
    );
  }
}

export function checkFolder(out: string, before: Sweep | undefined): void {
  checkWritable(out);
  const state = folderState(out);
  if (before !== undefined || state === "absent" || state === "empty") return;
  throw new RunError(
    state === "foreign"
      ? `${out} is not the folder of a sweep and not empty; choose a new folder`
      : `${out} is a run folder; choose a folder of its own for the sweep`,
  );
}

export function checkDataset(dataset: Dataset): void {
  if (dataset.interactions.validation.columnIndices.length > 0) return;
  throw new DatasetError(
    `dataset ${dataset.name} holds nothing out for validation, by which a sweep chooses; hold some interactions out (x_label 1)`,
  );
}
