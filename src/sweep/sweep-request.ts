/** What a sweep is asked for, and what it tells while it runs. */
import type { BackboneName, ModelName } from "../models/configuration.ts";
import type { Proposal } from "./search.ts";
import type { Space } from "./space.ts";
import type { SearchMethod } from "./sweep-format.ts";
import type { TrialProgress } from "./train-trial.ts";
import type { TrialRecord } from "./trial.ts";

export type SweepEvent =
  | { readonly kind: "notice"; readonly message: string }
  /** Trials that are known to come, and how many of them are done. */
  | { readonly kind: "plan"; readonly trials: number; readonly done: number }
  | { readonly kind: "start"; readonly proposal: Proposal }
  | { readonly kind: "progress"; readonly proposal: Proposal; readonly progress: TrialProgress }
  | { readonly kind: "end"; readonly record: TrialRecord; readonly done: number }
  | { readonly kind: "winner"; readonly record: TrialRecord };

export interface SweepRequest {
  /** Dataset folder. */
  readonly dataset: string;
  readonly space: Space;
  /** Folder of the sweep; what is done there is kept. */
  readonly out: string;
  /** Default: tpe. */
  readonly method?: SearchMethod | undefined;
  /** Default: all of a grid, 27 for halving, else 30. */
  readonly trials?: number | undefined;
  /** Of the search and of each training; default 1. */
  readonly seed?: number | undefined;
  /** What the space does not vary; default: lattice on lightgcn with its own defaults. */
  readonly model?: ModelName | undefined;
  readonly backbone?: BackboneName | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Stop bad trials early, by the median rule; default: true. Successive halving has its own way. */
  readonly stopping?: boolean | undefined;
  /** η of successive halving; default 3. */
  readonly reduction?: number | undefined;
  /** Trials at a time; default 1. */
  readonly parallel?: number | undefined;
  /** Threads of a trial; default: the processors, shared by those that run at a time. */
  readonly threads?: number | undefined;
  /** Bytes that trials of this machine may take together; default: what is available now. */
  readonly memoryBytes?: number | undefined;
  /** `redis://…`: trials are trained by the machines that work for this Redis or Valkey (`latticework worker`); default: in processes of this machine. */
  readonly workers?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: SweepEvent) => void) | undefined;
}
