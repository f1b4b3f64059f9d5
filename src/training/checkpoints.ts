/**
 * When a training saves and what it continues from: a checkpoint at most every half minute, so rarely that saving takes at most a
 * twentieth of the time, and one when it ends or is interrupted.
 */
import { RunError } from "../errors.ts";
import type { Parameter } from "../tensor/parameter.ts";
import type { CheckpointIdentity } from "./checkpoint-format.ts";
import { type LoadedCheckpoint, loadCheckpoint } from "./checkpoint-reader.ts";
import { createCheckpointWriter, type TrainingProgress } from "./checkpoint-writer.ts";

const leastMilliseconds = 30_000;
const leastMultipleOfCost = 20;

export interface CheckpointRequest {
  /** Absent: nothing is saved. */
  readonly folder: string | undefined;
  readonly resume: boolean;
  readonly identity: CheckpointIdentity;
  readonly parameters: readonly Parameter[];
  readonly onSaved: (epoch: number) => void;
}

export interface Checkpoints {
  /** What the training continues from; the parameters are filled already. */
  readonly loaded: LoadedCheckpoint | undefined;
  /** Saves when enough time has passed since the last. @throws RunError when it cannot be written */
  saveIfDue(progress: () => TrainingProgress): void;
  /** Saves unless this very state was. @throws RunError when it cannot be written */
  save(progress: TrainingProgress): void;
}

/** @throws RunError when there is nothing to resume, or it is damaged or of another training */
export function openCheckpoints(request: CheckpointRequest): Checkpoints {
  const { folder, resume, identity, parameters, onSaved } = request;
  if (folder === undefined) {
    if (resume) throw new RunError("resume: no checkpoint folder was given to continue from");
    return { loaded: undefined, saveIfDue: () => {}, save: () => {} };
  }
  const loaded = resume ? loadCheckpoint(folder, identity, parameters) : undefined;
  const bestFile = loaded?.bestPart && { bestEpoch: loaded.selection.bestEpoch, part: loaded.bestPart };
  const writer = createCheckpointWriter(folder, identity, parameters, bestFile);
  let savedEpochs = loaded?.history.length;
  let last = performance.now();
  let interval = leastMilliseconds;

  const save = (progress: TrainingProgress): void => {
    const epochs = progress.history.length;
    if (savedEpochs === epochs) return;
    const started = performance.now();
    writer.save(progress);
    last = performance.now();
    interval = Math.max(leastMilliseconds, leastMultipleOfCost * (last - started));
    savedEpochs = epochs;
    onSaved(epochs - 1);
  };
  return {
    loaded,
    save,
    saveIfDue: (progress) => {
      if (performance.now() - last >= interval) save(progress());
    },
  };
}
