/** A point of the space — a value for each key — and the complete training it stands for. */
import { z } from "zod";
import { type BackboneName, backboneNames, type ModelName, modelNames } from "../models/configuration.ts";
import type { TrainingOptions } from "../training/configuration.ts";
import { parseTrainingOptions } from "../training/parse-options.ts";
import type { SettingValue } from "./dimension.ts";

/** Values by key: `{ "model": "lattice", "skip": 0.7 }`. */
export type Setting = Readonly<Record<string, SettingValue>>;

/** What is trained. */
export interface Configuration {
  readonly model: ModelName;
  /** For LATTICE alone. */
  readonly backbone: BackboneName | undefined;
  /** Complete. */
  readonly options: TrainingOptions;
}

/** What every trial has in common; a setting wins over it. */
export interface CommonSettings {
  readonly model: ModelName;
  readonly backbone: BackboneName;
  readonly options: Readonly<Record<string, unknown>>;
}

const parts = z.record(z.string(), z.unknown());
const modelSchema = z.enum(modelNames);
const backboneSchema = z.enum(backboneNames);

/** The options among the values; `learningRateDecay.factor` goes into its whole. */
export function optionsOf(setting: Setting, below: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const options: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(setting)) {
    if (key === "model" || key === "backbone") continue;
    const [whole = key, part] = key.split(".");
    options[whole] = part === undefined ? value : { ...parts.safeParse(options[whole]).data, [part]: value };
  }
  return options;
}

/** @throws ConfigError for values that cannot be together */
export function configurationOf(setting: Setting, common: CommonSettings): Configuration {
  const model = setting.model === undefined ? common.model : modelSchema.parse(setting.model);
  const backbone = setting.backbone === undefined ? common.backbone : backboneSchema.parse(setting.backbone);
  return {
    model,
    backbone: model === "lattice" ? backbone : undefined,
    options: parseTrainingOptions(optionsOf(setting, common.options), model),
  };
}

/** The same for two settings that train the same. */
export const configurationKey = ({ model, backbone, options }: Configuration): string =>
  JSON.stringify([model, backbone ?? null, Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))]);
