/**
 * The space of a sweep, as a JSON file says it: for each key — an option of the trainer, `model` or `backbone` — a list of values or a range,
 *
 *     { "model": ["lattice"], "skip": { "min": 0, "max": 1 }, "learningRate": { "min": 1e-4, "max": 1e-2, "scale": "log" } }
 *
 * Every value, and both ends of every range, is held against the option before anything trains.
 */
import fs from "node:fs";
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import { nearestName } from "../features/nearest-name.ts";
import { backboneNames, modelNames } from "../models/configuration.ts";
import { findOptionKey, nearestOptionKey, optionKeys } from "../training/option-keys.ts";
import { parseTrainingOptions } from "../training/parse-options.ts";
import type { Choice, Dimension, Range, SettingValue } from "./dimension.ts";
import { optionsOf } from "./setting.ts";

export interface Space {
  /** In the order of the file; at least one. */
  readonly dimensions: readonly Dimension[];
}

const rangeParts = ["min", "max", "scale", "integer", "steps"] as const;
const rangeSchema = z.strictObject({
  min: z.number(),
  max: z.number(),
  scale: z.enum(["linear", "log"]).default("linear"),
  integer: z.boolean().optional(),
  steps: z.int().min(1).max(10_000).default(5),
});
const partExpected: Readonly<Record<string, string>> = {
  min: "a number",
  max: "a number",
  scale: '"linear" or "log"',
  integer: "true or false",
  steps: "a whole number from 1 up",
};

/** What decides how figures are measured has to be the same for all trials, or the best of them would mean nothing. */
const protocolKeys = ["validateBy", "validateCandidates", "validateEvery", "ndcg", "maskValidation"];
const names: Readonly<Record<string, readonly string[]>> = { model: modelNames, backbone: backboneNames };
const knownKeys = ["model", "backbone", ...optionKeys.map(({ key }) => key)];

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? String(value);

function refuse(key: string, what: string): never {
  throw new ConfigError(`space, ${key}: ${what}`);
}

/** Whether one value may stand for the key, in the words of the option itself. */
function checkValue(key: string, value: SettingValue): void {
  const offered = names[key];
  if (offered === undefined) {
    try {
      parseTrainingOptions(optionsOf({ [key]: value }));
    } catch (error) {
      if (error instanceof ConfigError) throw new ConfigError(`space, ${error.message}`, { cause: error });
      throw error;
    }
    return;
  }
  if (typeof value === "string" && offered.includes(value)) return;
  const near = typeof value === "string" ? nearestName(value, offered) : undefined;
  refuse(
    key,
    `found ${shown(value)}, ${near === undefined ? `expected one of ${offered.join(", ")}` : `did you mean "${near}"?`}`,
  );
}

function readChoice(key: string, values: readonly SettingValue[]): Choice {
  if (values.length === 0) refuse(key, "found an empty list, expected at least one value");
  for (const value of values) checkValue(key, value);
  const distinct = new Map(values.map((value) => [JSON.stringify(value), value]));
  return { kind: "choice", key, values: [...distinct.values()] };
}

function readRange(key: string, value: unknown): Range {
  const parsed = rangeSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const part = String(issue?.path[0] ?? "");
    if (issue?.code === "unrecognized_keys") {
      const [unknown = ""] = issue.keys;
      const near = nearestName(unknown, rangeParts);
      refuse(
        key,
        `a range has no "${unknown}"; ${near === undefined ? `expected ${rangeParts.join(", ")}` : `did you mean "${near}"?`}`,
      );
    }
    const found = z.record(z.string(), z.unknown()).parse(value)[part];
    refuse(key, `found ${part} ${shown(found)}, expected ${partExpected[part] ?? "a range"}`);
  }
  const kind = findOptionKey(key)?.kind;
  if (kind !== "number" && kind !== "integer") {
    refuse(key, "found a range, and only numbers have one; expected a list of values");
  }
  const { min, max, scale, steps } = parsed.data;
  const integer = parsed.data.integer ?? kind === "integer";
  if (kind === "integer" && !integer) refuse(key, 'found "integer": false, and this option takes integers only');
  if (min > max) refuse(key, `found min ${min} above max ${max}, an empty range; swap them`);
  const [low, high] = integer ? [Math.ceil(min), Math.floor(max)] : [min, max];
  if (low > high) refuse(key, `found no integer from ${min} to ${max}, an empty range; widen it`);
  if (scale === "log" && low <= 0) {
    refuse(
      key,
      `found min ${min} on a logarithmic scale, expected one above 0; use "scale": "linear", or a list that has 0`,
    );
  }
  checkValue(key, low);
  checkValue(key, high);
  return { kind: "range", key, min: low, max: high, scale, integer, steps };
}

function readDimension(key: string, value: SettingValue): Dimension {
  if (!knownKeys.includes(key)) {
    const near = nearestName(key, knownKeys) ?? nearestOptionKey(key);
    throw new ConfigError(`space: there is no option "${key}"; did you mean "${near}"?`);
  }
  if (protocolKeys.includes(key)) {
    refuse(key, `has to be the same for all trials, as they are chosen among by it; set it with --set ${key}=…`);
  }
  if (Array.isArray(value)) return readChoice(key, value);
  if (typeof value === "object" && value !== null) return readRange(key, value);
  refuse(
    key,
    `found ${shown(value)}, expected a list such as [${shown(value)}] or a range such as { "min": 0, "max": 1 }`,
  );
}

/** @throws ConfigError naming the key, what was found and what was expected, with the nearest key where there is none of that name */
export function parseSpace(value: unknown): Space {
  const parsed = z.record(z.string(), z.json()).safeParse(value);
  if (!parsed.success || Array.isArray(value)) {
    throw new ConfigError(
      `space: found ${shown(value)}, expected an object such as { "skip": { "min": 0, "max": 1 } }`,
    );
  }
  const dimensions = Object.entries(parsed.data).map(([key, entry]) => readDimension(key, entry));
  if (dimensions.length === 0) throw new ConfigError("space: found nothing to vary, expected at least one option");
  return { dimensions };
}

/** @throws ConfigError naming the file */
export function readSpace(file: string): Space {
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `${file}: cannot be read as JSON (${reason}); --space wants a JSON file of lists and ranges`,
      {
        cause: error,
      },
    );
  }
  try {
    return parseSpace(value);
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`${file}: ${error.message}`, { cause: error });
    throw error;
  }
}
