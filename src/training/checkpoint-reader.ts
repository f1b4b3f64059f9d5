/**
 * Continuing from a checkpoint. Everything is verified before the first parameter is touched: format, checksums, and that the
 * checkpoint belongs to this very training; another dataset, other options, another seed or engine are refused by name.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { openSafetensors } from "../data/safetensors.ts";
import type { Floats } from "../engine/engine.ts";
import { RunError } from "../errors.ts";
import type { Parameter } from "../tensor/parameter.ts";
import {
  type CheckpointContent,
  type CheckpointIdentity,
  type CheckpointPart,
  checkpointFile,
  checkpointFormatVersion,
  contentSchema,
  envelopeSchema,
  tensorNames,
} from "./checkpoint-format.ts";
import type { TrainingProgress } from "./checkpoint-writer.ts";
import { noSelection } from "./early-stopping.ts";

/** What stands before the content in `checkpoint.json`; one brace stands after it. */
const contentKey = '"content":';

const advice = "start the training anew, without resume";

function readContent(file: string): CheckpointContent {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    throw new RunError(`${file}: no checkpoint can be read there; ${advice}`, { cause: error });
  }
  const damaged = (what: string): RunError => new RunError(`${file}: ${what}; the checkpoint is damaged: ${advice}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged("is not whole JSON");
  }
  const version = z.looseObject({ formatVersion: z.number() }).safeParse(value);
  if (version.success && version.data.formatVersion > checkpointFormatVersion) {
    throw new RunError(
      `${file}: format version ${version.data.formatVersion}, this latticework reads up to ${checkpointFormatVersion}; use a newer latticework`,
    );
  }
  const envelope = envelopeSchema.safeParse(value);
  if (!envelope.success) throw damaged("is not a checkpoint");
  // Over the text itself: two spellings of a number can be one double, and a changed byte is to be told all the same.
  const written = text.slice(text.indexOf(contentKey) + contentKey.length, -1);
  const sha256 = createHash("sha256").update(written).digest("hex");
  if (sha256 !== envelope.data.sha256) throw damaged("does not match its checksum");
  const content = contentSchema.safeParse(envelope.data.content);
  if (!content.success) throw damaged(`has an unexpected ${content.error.issues[0].path.map(String).join(".")}`);
  return content.data;
}

function refuseOther(file: string, found: CheckpointIdentity, wanted: CheckpointIdentity): void {
  const refuse = (what: string, then: unknown, now: unknown): void => {
    const [before, after] = [JSON.stringify(then), JSON.stringify(now)];
    if (before === after) return;
    throw new RunError(
      `${file}: belongs to a training with ${what} ${before ?? "unset"}, this one has ${after ?? "unset"}; resume with what it was started with, or ${advice}`,
    );
  };
  refuse("model", found.model, wanted.model);
  refuse("dataset fingerprint", found.dataset, wanted.dataset);
  refuse("seed", found.seed, wanted.seed);
  refuse("engine", found.engine, wanted.engine);
  for (const key of new Set([...Object.keys(found.options), ...Object.keys(wanted.options)])) {
    refuse(key, found.options[key], wanted.options[key]);
  }
}

/** Reads the whole file once, in blocks. */
function refuseDamaged(folder: string, { name, bytes, sha256 }: CheckpointPart): void {
  const file = path.join(folder, name);
  const damaged = (what: string): RunError => new RunError(`${file}: ${what}; the checkpoint is damaged: ${advice}`);
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, "r");
  } catch {
    throw damaged("is missing");
  }
  try {
    const size = fs.fstatSync(descriptor).size;
    if (size !== bytes) throw damaged(`has ${size} bytes, expected ${bytes}`);
    const hash = createHash("sha256");
    const block = Buffer.alloc(Math.min(1 << 22, Math.max(1, size)));
    for (let read = fs.readSync(descriptor, block); read > 0; read = fs.readSync(descriptor, block)) {
      hash.update(block.subarray(0, read));
    }
    if (hash.digest("hex") !== sha256) throw damaged("does not match its checksum");
  } finally {
    fs.closeSync(descriptor);
  }
}

function readBest(file: string, parameters: readonly Parameter[]): ReadonlyMap<string, Floats> {
  const best = new Map<string, Floats>();
  const open = openSafetensors(file);
  try {
    for (const { name, value } of parameters) {
      const { length } = value.data;
      const values = value.data instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
      open.readInto(tensorNames.value(name), values);
      best.set(name, values);
    }
  } finally {
    open.close();
  }
  return best;
}

/** What a checkpoint gives back, besides the parameters it has filled. */
export interface LoadedCheckpoint extends TrainingProgress {
  /** The file that holds the best epoch's values. */
  readonly bestPart: CheckpointPart | undefined;
}

/**
 * Fills the parameters and their Adam state from the checkpoint in `folder`.
 * @throws RunError when there is none, it is damaged, of a newer format, or of another training
 */
export function loadCheckpoint(
  folder: string,
  identity: CheckpointIdentity,
  parameters: readonly Parameter[],
): LoadedCheckpoint {
  const file = path.join(folder, checkpointFile);
  const content = readContent(file);
  refuseOther(file, content.identity, identity);
  refuseDamaged(folder, content.state);
  if (content.best !== undefined) refuseDamaged(folder, content.best);

  const best = content.best && readBest(path.join(folder, content.best.name), parameters);
  const state = openSafetensors(path.join(folder, content.state.name));
  try {
    for (const parameter of parameters) {
      const { name, value } = parameter;
      state.readInto(tensorNames.value(name), value.data);
      state.readInto(tensorNames.firstMoment(name), parameter.firstMoment);
      state.readInto(tensorNames.secondMoment(name), parameter.secondMoment);
      const steps = content.steps[name];
      if (steps === undefined) throw new RunError(`${file}: has no step count of ${name}; ${advice}`);
      parameter.steps = steps;
    }
  } finally {
    state.close();
  }
  const { history, seconds } = content;
  return { history, selection: content.selection ?? noSelection, best, seconds, bestPart: content.best };
}
