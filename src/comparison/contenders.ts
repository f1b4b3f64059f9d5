/**
 * What takes part in a comparison: a model, for LATTICE on a backbone, with its options. A contender has a name of its own, so that one model can
 * take part in several settings: `lattice`, `lattice@ngcf`, or any name that the settings a contender give with `"model": …`.
 */
import { z } from "zod";
import { ConfigError } from "../errors.ts";
import { nearestName } from "../features/nearest-name.ts";
import { type BackboneName, backboneNames, type ModelName, modelNames } from "../models/configuration.ts";
import type { TrainingOptions, TrainingOptionsInput } from "../training/configuration.ts";
import { parseTrainingOptions } from "../training/parse-options.ts";

export interface Contender {
  /** Also the name of its folder. */
  readonly name: string;
  readonly model: ModelName;
  /** For LATTICE alone. */
  readonly backbone: BackboneName | undefined;
  /** Complete. */
  readonly options: TrainingOptions;
  /** What was asked for, to tell a wish from a default. */
  readonly given: TrainingOptionsInput;
}

export interface ContenderRequest {
  /** Names of contenders: models, `lattice@backbone`, keys of `perContender`. Absent: every key of `perContender` but `*`. */
  readonly names?: readonly string[] | undefined;
  /** By name: options of that contender, and `model` and `backbone` where its name says no model. `*`: options of all. */
  readonly perContender?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  /** Options of all; they win. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

/** Settings of every contender are under this key. */
export const everyContender = "*";

const contenderNamePattern = /^[\w][\w.@=+-]*$/;
const settingsOf = z.record(z.string(), z.unknown());

function unknownName(kind: string, name: string, names: readonly string[]): string {
  const near = nearestName(name, names);
  const hint = near === undefined ? `expected one of ${names.join(", ")}` : `did you mean "${near}"?`;
  return `${kind} "${name}" does not exist; ${hint}`;
}

const asModel = (name: string): ModelName | undefined => modelNames.find((model) => model === name);
const asBackbone = (name: string): BackboneName | undefined => backboneNames.find((backbone) => backbone === name);

function textOf(value: unknown, what: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new ConfigError(`${what}: found ${JSON.stringify(value)}, expected a name`);
}

function identify(
  name: string,
  own: Readonly<Record<string, unknown>>,
  offered: readonly string[],
): Pick<Contender, "model" | "backbone"> {
  const [before = name, after] = name.split("@");
  const asked = textOf(own.model, `contender ${name}, model`);
  const askedBackbone =
    textOf(own.backbone, `contender ${name}, backbone`) ?? (asked === undefined ? after : undefined);
  const model = asModel(asked ?? before);
  if (model === undefined) {
    throw new ConfigError(unknownName("model", asked ?? before, asked === undefined ? offered : modelNames));
  }
  if (askedBackbone === undefined) return { model, backbone: model === "lattice" ? "lightgcn" : undefined };
  const backbone = asBackbone(askedBackbone);
  if (backbone === undefined) throw new ConfigError(unknownName("backbone", askedBackbone, backboneNames));
  if (model !== "lattice") {
    throw new ConfigError(
      `contender ${name}: found backbone ${askedBackbone} for model ${model}, and only lattice plugs into one`,
    );
  }
  return { model, backbone };
}

/** The options themselves, without what says which model they are for. */
function optionsOf(own: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(own).filter(([key]) => key !== "model" && key !== "backbone"));
}

/** @throws ConfigError for a file of settings that is no object of objects */
export function parsePerContender(value: unknown, where: string): Record<string, Record<string, unknown>> {
  const parsed = z.record(z.string(), settingsOf).safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    `${where}: expected an object of options by contender, such as { "lattice": { "skip": 0.7 }, "*": { "epochs": 50 } }`,
  );
}

/** @throws ConfigError naming the contender, and the nearest name where there is none of that name */
export function chooseContenders({ names, perContender = {}, settings = {} }: ContenderRequest): readonly Contender[] {
  const listed = Object.keys(perContender).filter((name) => name !== everyContender);
  const chosen = names ?? listed;
  if (chosen.length === 0) throw new ConfigError("models: found none, expected some to compare, e.g. lattice,lightgcn");
  const offered = [...new Set([...listed, ...modelNames])];
  const taken = new Set<string>();
  const contenders = chosen.map((name): Contender => {
    if (taken.has(name)) throw new ConfigError(`models: "${name}" stands there twice; give each once`);
    taken.add(name);
    if (!contenderNamePattern.test(name)) {
      throw new ConfigError(
        `models: found "${name}"; a name has letters, digits and . @ = + - _, and becomes a folder`,
      );
    }
    const own = perContender[name] ?? {};
    const identity = identify(name, own, offered);
    const given = { ...optionsOf(perContender[everyContender] ?? {}), ...optionsOf(own), ...settings };
    try {
      return { name, ...identity, options: parseTrainingOptions(given, identity.model), given };
    } catch (error) {
      if (error instanceof ConfigError) throw new ConfigError(`contender ${name}: ${error.message}`, { cause: error });
      throw error;
    }
  });
  const unused = names === undefined ? undefined : listed.find((name) => !taken.has(name));
  if (
    unused !== undefined &&
    asModel(unused.split("@")[0] ?? "") === undefined &&
    perContender[unused]?.model === undefined
  ) {
    throw new ConfigError(unknownName("the settings are for", unused, chosen));
  }
  return contenders;
}
