/** The paper's ablations of LATTICE, each by configuration alone: groups of contenders that differ in one thing. */
import type { BackboneName } from "../../src/models/configuration.ts";
import { backboneNames } from "../../src/models/configuration.ts";
import { parseTrainingOptions } from "../../src/training/parse-options.ts";

export type Settings = Readonly<Record<string, unknown>>;

/** A curve: contenders by the value of one option. */
export interface Curve {
  readonly option: "skip" | "neighbours" | "itemLayers";
  readonly points: readonly { readonly value: number; readonly contender: string }[];
}

export interface Ablations {
  /** Settings by contender, for a comparison. */
  readonly perContender: Readonly<Record<string, Settings>>;
  readonly backbones: readonly {
    readonly backbone: BackboneName;
    readonly alone: string;
    readonly features: string;
    readonly lattice: string;
  }[];
  /** One modality at a time, then all. */
  readonly modalities: readonly { readonly name: string; readonly contender: string }[];
  readonly curves: readonly Curve[];
}

const whole = "lattice@lightgcn";
const values = {
  skip: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  neighbours: [2, 5, 10, 15, 20, 30, 40, 50],
  itemLayers: [0, 1, 2, 3, 4],
} as const;

/** VBPR trains by its own paper's settings; beside LATTICE everything but the model has to be the same. */
const trainingKeys = ["sampler", "batchSize", "learningRate", "learningRateDecay", "regularisation", "epochs"] as const;

/**
 * @param modalities of the dataset
 * @param settings of all; what they do not say is LATTICE's default
 */
export function ablationsOf(modalities: readonly string[], settings: Settings): Ablations {
  const base = parseTrainingOptions(settings, "lattice");
  const common = { ...Object.fromEntries(trainingKeys.map((key) => [key, base[key]])), ...settings };
  const perContender: Record<string, Settings> = { "*": common };
  const add = (name: string, own: Settings): string => {
    perContender[name] = own;
    return name;
  };
  const backbones = backboneNames.map((backbone) => ({
    backbone,
    alone: add(backbone, {}),
    features: add(`${backbone}+features`, { model: "vbpr", featureBackbone: backbone }),
    lattice: add(`lattice@${backbone}`, {}),
  }));
  const single = modalities.map((name, index) => ({
    name,
    contender: add(`lattice-modality${index + 1}`, { model: "lattice", modalities: [name] }),
  }));
  const curves = (["skip", "neighbours", "itemLayers"] as const).map((option): Curve => {
    const points = [...new Set([...values[option], base[option]])].sort((a, b) => a - b);
    return {
      option,
      points: points.map((value) => ({
        value,
        contender:
          value === base[option] ? whole : add(`lattice-${option}=${value}`, { model: "lattice", [option]: value }),
      })),
    };
  });
  return {
    perContender,
    backbones,
    modalities: modalities.length < 2 ? [] : [...single, { name: "all together", contender: whole }],
    curves,
  };
}
