/**
 * What a training is asked to do, and the plan made of it: defaults filled in, and where a training is resumed, the settings it
 * was started with, which cannot change on the way.
 */
import type { Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { ConfigError, RunError } from "../errors.ts";
import type { BackboneName, ModelName } from "../models/configuration.ts";
import type { TrainingOptions, TrainingOptionsInput } from "../training/configuration.ts";
import type { TrainingEvent } from "../training/events.ts";
import { parseTrainingOptions } from "../training/parse-options.ts";
import { readRunConfig } from "./open-run.ts";
import type { WarmStart } from "./warm-start.ts";

export interface TrainRunRequest {
  /** A dataset, or the folder to read it from. */
  readonly dataset: Dataset | string;
  /** Folder of the run; made where it does not exist. */
  readonly out: string;
  /** Default: lattice, or the model of the training to resume. */
  readonly model?: ModelName | undefined;
  /** What LATTICE plugs into; default: lightgcn, or that of the training to resume. Other models have none. */
  readonly backbone?: BackboneName | undefined;
  /** Any subset of the option keys; default: the specification's, or those of the training to resume. */
  readonly options?: TrainingOptionsInput | undefined;
  /** Decides, with the options and the dataset, every byte of the weights. Default 1, or that of the training to resume. */
  readonly seed?: number | undefined;
  /** Threads that compute; default: the machine's processors. The weights do not depend on it. */
  readonly threads?: number | undefined;
  /** When aborted, the epoch is finished, a checkpoint written, and `InterruptedError` thrown. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Continue the unfinished training in `out`, to the same bytes as if it had never stopped. */
  readonly resume?: boolean | undefined;
  /** Replace the run in `out`, finished or not. It is removed when the training starts. */
  readonly overwrite?: boolean | undefined;
  /** Begin with the weights of an earlier run; they decide the new ones with the options, the dataset and the seed. */
  readonly warmStart?: WarmStart | undefined;
  /** To train on, kept open; default: one is opened and closed. */
  readonly engine?: Engine | undefined;
}

/** A training as asked for and made complete. */
export interface TrainingPlan {
  readonly model: ModelName;
  readonly backbone: BackboneName | undefined;
  readonly seed: number;
  readonly options: TrainingOptions;
  /** What the user asked for, for telling a wish from a default. */
  readonly given: TrainingOptionsInput;
}

/**
 * @throws ConfigError for impossible options; RunError when they differ from those of the training to resume
 */
export function planTraining(request: TrainRunRequest): TrainingPlan {
  const given = request.options ?? {};
  const before = request.resume === true ? readRunConfig(request.out) : undefined;
  const model = request.model ?? before?.model ?? "lattice";
  const backbone = model === "lattice" ? (request.backbone ?? before?.backbone ?? "lightgcn") : undefined;
  const seed = request.seed ?? before?.seed ?? 1;
  const options = parseTrainingOptions({ ...before?.options, ...given }, model);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ConfigError(`seed: found ${seed}, expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  if (before !== undefined) {
    const now = { model, backbone, seed, ...options };
    const then: Readonly<Record<string, unknown>> = {
      model: before.model,
      backbone: before.backbone,
      seed: before.seed,
      ...before.options,
    };
    for (const [key, value] of Object.entries(now)) {
      if (JSON.stringify(then[key]) === JSON.stringify(value)) continue;
      throw new RunError(
        `${request.out} was started with ${key} ${JSON.stringify(then[key])}, found ${JSON.stringify(value)}; resume with the settings it was started with, or train into a new folder`,
      );
    }
  }
  return { model, backbone, seed, options, given };
}
