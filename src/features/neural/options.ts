/** What a neural encoder is asked for, and what it tells while its model is on the way. */
import { homedir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../../errors.ts";

export type NeuralKind = "text" | "image" | "audio";

export const dtypes = ["fp32", "fp16", "q8", "int8", "uint8", "q4", "q4f16", "bnb4"] as const;
/** Number format of the weights: which of a model's files is loaded (`model.onnx`, `model_fp16.onnx`, `model_quantized.onnx`, …). */
export type Dtype = (typeof dtypes)[number];

export const devices = ["cpu", "cuda", "webgpu", "dml", "coreml"] as const;
export type Device = (typeof devices)[number];

/** A file of the model on its way. */
export interface ModelProgress {
  readonly file: string;
  /** Bytes. */
  readonly loaded: number;
  readonly total: number;
}

export interface NeuralEncoderOptions {
  readonly kind: NeuralKind;
  /** A model id ("Xenova/all-MiniLM-L6-v2") or a folder that holds a model's files. */
  readonly model: string;
  /** Default fp32. */
  readonly dtype?: Dtype | undefined;
  /** Items the model sees at a time; default 16. Sounds go one by one. */
  readonly batchSize?: number | undefined;
  /** Where downloaded models are kept; default `latticework/models` in the user's cache folder. */
  readonly cacheFolder?: string | undefined;
  /** Nothing is downloaded: the model is a folder, or lies in the cache. */
  readonly localOnly?: boolean | undefined;
  /** Default cpu. */
  readonly device?: Device | undefined;
  /** Branch, tag or commit of a model id; default main. */
  readonly revision?: string | undefined;
  /** File name of the model without dtype and ending, where it is not the usual one ("model", "vision_model", …). */
  readonly modelFile?: string | undefined;
  /** The folder below which all pictures or sounds lie; needed for these two kinds. */
  readonly root?: string | undefined;
  /** Of pictures: those with more pixels are marked missing. */
  readonly mostPixels?: number | undefined;
  /** Of sounds: what is longer is cut there; default 30. */
  readonly seconds?: number | undefined;
  /** Of texts: stands before each one ("query: " for some models). */
  readonly prefix?: string | undefined;
  readonly onProgress?: ((progress: ModelProgress) => void) | undefined;
}

function isOneOf<T extends string>(values: readonly T[], value: string): value is T {
  return (values as readonly string[]).includes(value);
}

/** @throws ConfigError for an unknown dtype */
export function parseDtype(value: string): Dtype {
  if (isOneOf(dtypes, value)) return value;
  throw new ConfigError(`dtype is ${JSON.stringify(value)}; expected one of ${dtypes.join(", ")}`);
}

/** @throws ConfigError for an unknown device */
export function parseDevice(value: string): Device {
  if (isOneOf(devices, value)) return value;
  throw new ConfigError(`device is ${JSON.stringify(value)}; expected one of ${devices.join(", ")}`);
}

export function defaultCacheFolder(): string {
  const windows = process.platform === "win32" ? process.env.LOCALAPPDATA : undefined;
  return join(windows ?? process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "latticework", "models");
}

/** @throws ConfigError for a number that makes no sense */
export function checkPositive(name: string, value: number | undefined, whole: boolean): void {
  if (value === undefined) return;
  if (!(value > 0) || !Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) {
    throw new ConfigError(`${name} is ${value}; expected a ${whole ? "whole " : ""}number above 0`);
  }
}
