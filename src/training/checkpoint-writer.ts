/**
 * Saving a training between epochs. New files are written beside those of the checkpoint before, then `checkpoint.json` is replaced and
 * the old files go; whatever fails on the way, a full disk included, the checkpoint before stays whole. The best
 * epoch's values are written again only when there is a new best.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../data/atomic-file.ts";
import { type Tensor, tensorTypeOf, writeSafetensors } from "../data/safetensors.ts";
import type { Floats } from "../engine/engine.ts";
import { RunError } from "../errors.ts";
import type { Parameter } from "../tensor/parameter.ts";
import {
  type CheckpointContent,
  type CheckpointIdentity,
  type CheckpointPart,
  checkpointFile,
  checkpointFormatVersion,
  tensorNames,
} from "./checkpoint-format.ts";
import type { SelectionState } from "./early-stopping.ts";
import type { EpochRecord } from "./events.ts";

/** A training between two epochs, besides its parameters. */
export interface TrainingProgress {
  readonly history: readonly EpochRecord[];
  readonly selection: SelectionState;
  /** The best epoch's values by parameter name; undefined before the first validation. */
  readonly best: ReadonlyMap<string, Floats> | undefined;
  readonly seconds: number;
}

export interface CheckpointWriter {
  /** @throws RunError when it cannot be written; the checkpoint before is then still whole */
  save(progress: TrainingProgress): void;
}

const partPattern = /^(?:state|best)-(\d+)\.safetensors$/;
const abandonedPattern = /^\..*\.tmp$/;

/** One more than the highest number in the folder, so that no file of the checkpoint before is overwritten. */
function nextNumber(folder: string): number {
  return 1 + Math.max(0, ...fs.readdirSync(folder).map((name) => Number(partPattern.exec(name)?.[1] ?? 0)));
}

function removeOthers(folder: string, keep: readonly string[]): void {
  for (const name of fs.readdirSync(folder)) {
    if ((partPattern.test(name) || abandonedPattern.test(name)) && !keep.includes(name)) {
      fs.rmSync(path.join(folder, name), { force: true });
    }
  }
}

function tensor(name: string, { rows, columns }: Parameter["value"], data: Floats): Tensor {
  return { name, shape: [rows, columns], dtype: tensorTypeOf(data), data };
}

function stateTensors(parameters: readonly Parameter[]): Tensor[] {
  return parameters.flatMap(({ name, value, firstMoment, secondMoment }) => [
    tensor(tensorNames.value(name), value, value.data),
    tensor(tensorNames.firstMoment(name), value, firstMoment),
    tensor(tensorNames.secondMoment(name), value, secondMoment),
  ]);
}

function bestTensors(parameters: readonly Parameter[], best: ReadonlyMap<string, Floats>): Tensor[] {
  return parameters.flatMap(({ name, value }) => {
    const data = best.get(name);
    return data === undefined ? [] : [tensor(tensorNames.value(name), value, data)];
  });
}

/** `checkpoint.json` as text: the content with its own checksum before it. */
export function envelopeOf(content: CheckpointContent): string {
  const text = JSON.stringify(content);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return JSON.stringify({ formatVersion: checkpointFormatVersion, sha256, content });
}

/** @param loaded the best file of the checkpoint that this training continues */
export function createCheckpointWriter(
  folder: string,
  identity: CheckpointIdentity,
  parameters: readonly Parameter[],
  loaded?: { readonly bestEpoch: number; readonly part: CheckpointPart },
): CheckpointWriter {
  let savedBest = loaded;

  const write = (progress: TrainingProgress, number: number): void => {
    const { history, selection, best, seconds } = progress;
    const part = (name: string, tensors: readonly Tensor[]): CheckpointPart => ({
      name,
      ...writeSafetensors(path.join(folder, name), tensors),
    });
    const state = part(`state-${number}.safetensors`, stateTensors(parameters));
    const newBest =
      best !== undefined && savedBest?.bestEpoch !== selection.bestEpoch
        ? { bestEpoch: selection.bestEpoch, part: part(`best-${number}.safetensors`, bestTensors(parameters, best)) }
        : savedBest;
    const content: CheckpointContent = {
      identity,
      seconds,
      history: [...history],
      ...(selection.bestEpoch < 0 ? {} : { selection }),
      steps: Object.fromEntries(parameters.map(({ name, steps }) => [name, steps])),
      state,
      ...(newBest === undefined ? {} : { best: newBest.part }),
    };
    writeFileAtomically(path.join(folder, checkpointFile), envelopeOf(content));
    savedBest = newBest;
    removeOthers(folder, [state.name, ...(newBest === undefined ? [] : [newBest.part.name])]);
  };

  return {
    save: (progress) => {
      const epochs = progress.history.length;
      let number: number | undefined;
      try {
        fs.mkdirSync(folder, { recursive: true });
        number = nextNumber(folder);
        write(progress, number);
      } catch (error) {
        if (number !== undefined) {
          for (const kind of ["state", "best"])
            fs.rmSync(path.join(folder, `${kind}-${number}.safetensors`), { force: true });
        }
        const before = fs.existsSync(path.join(folder, checkpointFile))
          ? "the checkpoint saved before is whole and can be resumed"
          : "there is no earlier one";
        throw new RunError(
          `checkpoint after ${epochs} epochs was not saved: ${error instanceof Error ? error.message : String(error)}; ${before}`,
          { cause: error },
        );
      }
    },
  };
}
