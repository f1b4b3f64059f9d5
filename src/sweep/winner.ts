/**
 * The winner of a sweep: the best on validation of the trials that had all their epochs. It is trained once more, as a run of its own, to the same bytes
 * as its trial; then, and only then, the test set is looked at, once.
 */

import path from "node:path";
import type { Dataset } from "../data/dataset.ts";
import { changedModality } from "../data/modality-content.ts";
import { RunError } from "../errors.ts";
import { folderState } from "../runs/folder-state.ts";
import { openRun, type Run, readRunConfig } from "../runs/open-run.ts";
import { InterruptedError, trainRun } from "../runs/train-run.ts";
import type { TrainingEvent } from "../training/events.ts";
import { type Configuration, configurationKey } from "./setting.ts";
import { type MeasuredOutcome, type Records, scoreOf, type TrialRecord } from "./trial.ts";

export type Measured = TrialRecord & { readonly outcome: MeasuredOutcome };
export const isMeasured = (record: TrialRecord): record is Measured => record.outcome.status !== "failed";

/** The first of the best. @throws RunError when no trial was finished */
export function chooseWinner(records: Records): Measured {
  const last = Math.max(...[...records.values()].map(({ rung }) => rung));
  const finished = [...records.values()].filter(isMeasured).filter(({ outcome }) => outcome.status === "finished");
  const [best] = finished
    .filter(({ rung }) => rung === last)
    .sort((a, b) => scoreOf(b) - scoreOf(a) || a.trial - b.trial);
  if (best !== undefined) return best;
  const failure = [...records.values()].find(({ outcome }) => outcome.status === "failed");
  const message = failure?.outcome.status === "failed" ? `; trial ${failure.trial}: ${failure.outcome.message}` : "";
  throw new RunError(`none of ${records.size} trials could be trained to its end${message}`);
}

export interface WinnerRequest {
  /** Dataset folder. */
  readonly dataset: string;
  /** Run folder. */
  readonly out: string;
  readonly configuration: Configuration;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainingEvent) => void;
}

function isTrained({ out, configuration, seed, dataset }: WinnerRequest, read: Dataset): boolean {
  if (folderState(out) !== "finished") return false;
  const config = readRunConfig(out);
  return (
    config.seed === seed &&
    config.dataset.fingerprint === read.fingerprint &&
    changedModality(config.dataset.modalities, read.modalities) === undefined &&
    path.resolve(config.dataset.folder ?? dataset) === path.resolve(dataset) &&
    configurationKey({ ...config, backbone: config.backbone }) === configurationKey(configuration)
  );
}

function isBegun({ out, configuration, seed }: WinnerRequest): boolean {
  if (folderState(out) !== "unfinished") return false;
  const config = readRunConfig(out);
  return (
    config.seed === seed &&
    configurationKey({ ...config, backbone: config.backbone }) === configurationKey(configuration)
  );
}

/** @param read the dataset as the winner reads it @returns undefined when the signal ended it; it goes on next time */
export async function trainWinner(request: WinnerRequest, read: Dataset): Promise<Run | undefined> {
  const { dataset, out, configuration, seed, threads, signal, onEvent } = request;
  if (isTrained(request, read)) return openRun(out);
  const resume = isBegun(request);
  try {
    return await trainRun({
      dataset,
      out,
      ...configuration,
      seed,
      threads,
      signal,
      onEvent,
      resume,
      overwrite: !resume,
    });
  } catch (error) {
    if (error instanceof InterruptedError) return undefined;
    throw error;
  }
}
