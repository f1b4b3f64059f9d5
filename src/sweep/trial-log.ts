/**
 * `trials.jsonl`: a line for each trial that ended, in the order they ended, appended whole and forced to the disk before anything counts on it. A last line
 * that a pulled plug cut short is removed when the sweep goes on: its trial is trained again.
 */
import fs from "node:fs";
import { LatticeworkError, RunError } from "../errors.ts";
import { type TrialRecord, trialKey, trialRecordSchema } from "./trial.ts";

export interface TrialLog {
  /** By key; a trial that stands there twice counts once, as it was logged first. */
  readonly records: ReadonlyMap<string, TrialRecord>;
  /** @returns false for one that is there already @throws LatticeworkError when the disk refuses; the file is as it was before */
  append(record: TrialRecord): boolean;
}

function parseLine(line: string, where: string): TrialRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new RunError(`${where} is no JSON: it was changed; remove the line, and its trial is trained again`, {
      cause: error,
    });
  }
  const parsed = trialRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RunError(
    `${where} is no trial (${issue?.path.join(".")}: ${issue?.message}); remove the line, and its trial is trained again`,
    { cause: parsed.error },
  );
}

function appendLine(file: string, line: string): void {
  const descriptor = fs.openSync(file, "a");
  const before = fs.fstatSync(descriptor).size;
  try {
    const bytes = Buffer.from(`${line}\n`, "utf8");
    if (fs.writeSync(descriptor, bytes) !== bytes.length) throw new Error("the disk is full");
    fs.fsyncSync(descriptor);
  } catch (error) {
    fs.ftruncateSync(descriptor, before);
    const reason = error instanceof Error ? error.message : String(error);
    throw new LatticeworkError(
      `cannot write ${file}: ${reason}; free some space and start the sweep again: it goes on`,
      {
        cause: error,
      },
    );
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Opens the log, or begins one. @throws RunError naming the line that is no trial */
export function openTrialLog(file: string): TrialLog {
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) fs.truncateSync(file, Buffer.byteLength(whole, "utf8"));
  const records = new Map<string, TrialRecord>();
  for (const [index, line] of whole.split("\n").slice(0, -1).entries()) {
    const record = parseLine(line, `${file} line ${index + 1}`);
    if (!records.has(trialKey(record))) records.set(trialKey(record), record);
  }
  return {
    records,
    append: (record) => {
      const key = trialKey(record);
      if (records.has(key)) return false;
      appendLine(file, JSON.stringify(record));
      records.set(key, record);
      return true;
    },
  };
}
