/**
 * From what a person wrote — an object of a configuration file or an API call, or `key=value` settings of a command line —
 * to complete training options, with a message for each thing that cannot be: the key, what was found, what was
 * expected, and the nearest known key where there is no such option.
 */
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import type { ModelName } from "../models/configuration.ts";
import { type TrainingOptions, trainingOptionsSchema } from "./configuration.ts";
import { modelDefaults } from "./model-defaults.ts";
import { findOptionKey, nearestOptionKey, type OptionKey } from "./option-keys.ts";

const anObject = z.record(z.string(), z.unknown());
const decayDefault = trainingOptionsSchema.parse({}).learningRateDecay;

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

function unknownKey(key: string): string {
  return `option ${shown(key)} does not exist; did you mean ${shown(nearestOptionKey(key))}?`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const step of path) value = anObject.safeParse(value).data?.[String(step)];
  return value;
}

function issueMessage(input: unknown, issue: z.core.$ZodIssue): string {
  const names = issue.path.filter((step) => typeof step === "string");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey([...names, key].join("."))).join("; ");
  }
  const key = names.join(".");
  const expected = findOptionKey(key)?.expected ?? issue.message;
  return `option ${key}: found ${shown(valueAt(input, names))}, expected ${expected}`;
}

/**
 * Complete options from any subset of the keys; what is absent takes the model's default where it has one of its own, else the
 * specification's. A part that is absent (`learningRateDecay: { factor: 0.9 }`) takes the default of that part.
 * @param model absent: the specification's defaults alone
 * @throws ConfigError naming every key that is unknown (with the nearest known one) or has an impossible value.
 */
export function parseTrainingOptions(input: unknown = {}, model?: ModelName): TrainingOptions {
  const given = anObject.safeParse(input);
  if (!given.success || Array.isArray(input)) {
    throw new ConfigError(`options: found ${shown(input)}, expected an object of option keys and values`);
  }
  const own = model === undefined ? undefined : modelDefaults[model];
  const defined: Record<string, unknown> = {
    ...own,
    ...Object.fromEntries(Object.entries(given.data).filter(([, value]) => value !== undefined)),
  };
  const decay = anObject.safeParse(defined.learningRateDecay);
  if (decay.success && !Array.isArray(defined.learningRateDecay)) {
    defined.learningRateDecay = { ...decayDefault, ...own?.learningRateDecay, ...decay.data };
  }
  const parsed = trainingOptionsSchema.safeParse(defined);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => issueMessage(defined, issue)).join("\n"));
}

function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** The value of a setting by the kind of its key; undefined where the text is not of that kind. */
function parseValue(option: OptionKey, text: string): unknown {
  switch (option.kind) {
    case "integer":
    case "number":
      return parseNumber(text);
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "string":
      return text;
    case "list": {
      const names = text.split(",").map((name) => name.trim());
      return names.every((name) => name !== "") ? names : undefined;
    }
    case "parts": {
      const [factor, epochs, ...rest] = text.split("/").map((part) => parseNumber(part.trim()));
      return factor !== undefined && epochs !== undefined && rest.length === 0 ? { factor, epochs } : undefined;
    }
  }
}

/**
 * Settings as a command line writes them: `skip=0.7`, `modalities=image,text`, `learningRateDecay=.96/50`,
 * `learningRateDecay.factor=.9`. A later setting of the same key wins. Ranges are checked by `parseTrainingOptions`.
 * @returns a subset of the options, to be given to `parseTrainingOptions` (or laid over a configuration file's).
 * @throws ConfigError for a setting without "=", an unknown key, or a value that is not of the key's kind.
 */
export function parseSettings(settings: readonly string[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const setting of settings) {
    const equals = setting.indexOf("=");
    if (equals < 1) throw new ConfigError(`setting ${shown(setting)}: expected key=value, e.g. skip=0.7`);
    const key = setting.slice(0, equals).trim();
    const text = setting.slice(equals + 1).trim();
    const option = findOptionKey(key);
    if (option === undefined) throw new ConfigError(unknownKey(key));
    const value = parseValue(option, text);
    if (value === undefined) throw new ConfigError(`option ${key}: found ${shown(text)}, expected ${option.expected}`);
    const [whole = key, part] = key.split(".");
    options[whole] = part === undefined ? value : { ...anObject.safeParse(options[whole]).data, [part]: value };
  }
  return options;
}
