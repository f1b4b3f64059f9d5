/**
 * Options of a command line: a configuration file (`--config`), settings (`--set`) that win over it, and flags of
 * their own (`--epochs`) that win over both.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import type { ModelName } from "../models/configuration.ts";
import { type TrainingOptions, type TrainingOptionsInput, trainingOptionsSchema } from "../training/configuration.ts";
import { optionKeys } from "../training/option-keys.ts";
import { parseSettings, parseTrainingOptions } from "../training/parse-options.ts";
import { tableText } from "./table.ts";

const anObject = z.record(z.string(), z.unknown());

async function readConfiguration(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${file}: cannot be read (${reason}); --config wants a JSON file of options`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${file}: is no JSON (${reason}); expected an object such as { "skip": 0.7 }`);
  }
  const parsed = anObject.safeParse(value);
  if (!parsed.success || Array.isArray(value)) {
    throw new ConfigError(
      `${file}: found ${JSON.stringify(value).slice(0, 60)}, expected an object such as { "skip": 0.7 }`,
    );
  }
  return parsed.data;
}

/** Later sources win; of an option that has parts, part by part. */
function layOver(
  below: Readonly<Record<string, unknown>>,
  above: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const parts = anObject.safeParse(value);
    const partsBelow = anObject.safeParse(merged[key]);
    merged[key] = parts.success && partsBelow.success ? { ...partsBelow.data, ...parts.data } : value;
  }
  return merged;
}

export interface OptionSources {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly epochs?: number;
  /** Whose defaults take the place of what is not given. */
  readonly model?: ModelName;
}

export interface GatheredOptions {
  /** Only what was given. */
  readonly given: TrainingOptionsInput;
  /** With defaults for the rest. */
  readonly complete: TrainingOptions;
}

/** @throws ConfigError naming the file, the setting or the option that cannot be */
export async function gatherOptions(sources: OptionSources): Promise<GatheredOptions> {
  const fromFile = sources.config === undefined ? {} : await readConfiguration(sources.config);
  const fromSettings = parseSettings(sources.set ?? []);
  const fromFlags = sources.epochs === undefined ? {} : { epochs: sources.epochs };
  const merged = layOver(layOver(fromFile, fromSettings), fromFlags);
  const complete = parseTrainingOptions(merged, sources.model);
  const given: { -readonly [key in keyof TrainingOptions]?: TrainingOptions[key] } = { ...complete };
  for (const key of trainingOptionsSchema.keyof().options) {
    if (!(key in merged)) delete given[key];
  }
  return { given, complete };
}

/** Every option with its default and what it expects, for help. */
export function optionHelp(): string {
  const rows = optionKeys.map((option) => [
    option.key,
    option.default === undefined ? "" : JSON.stringify(option.default),
    option.expected,
  ]);
  return tableText([{ head: "option" }, { head: "default" }, { head: "expects" }], rows);
}
