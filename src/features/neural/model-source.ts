/**
 * Where a model comes from: a folder, the cache of earlier downloads, or its host. Holds what every loading call of `@huggingface/transformers`
 * is told, reads the small JSON files that the library does not look at, and puts a failure to load into words.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { writeFileAtomically } from "../../data/atomic-file.ts";
import { ConfigError, LatticeworkError } from "../../errors.ts";
import { loadOptionalPackage } from "../optional-package.ts";
import { defaultCacheFolder, type NeuralEncoderOptions } from "./options.ts";

export type Library = typeof import("@huggingface/transformers");

export interface ModelSource {
  readonly library: Library;
  /** As in the options. */
  readonly model: string;
  /** What the library is given: an absolute folder or a model id. */
  readonly name: string;
  /** Of every loading call for a tokenizer, a processor or a configuration. */
  readonly loading: {
    readonly cache_dir: string;
    readonly local_files_only: boolean;
    readonly revision: string;
    readonly progress_callback: (event: ProgressEvent) => void;
  };
  /** Of a loading call for the model itself, beside `loading`. */
  readonly weights: {
    readonly dtype: NonNullable<NeuralEncoderOptions["dtype"]>;
    readonly device: NonNullable<NeuralEncoderOptions["device"]>;
    readonly subfolder: string;
    readonly model_file_name: string | undefined;
  };
  /** A small JSON file of the model; undefined where it has none. */
  readJson(file: string): Promise<unknown>;
  /** Runs a loading call; a failure becomes a ConfigError that says what was tried and what to do. */
  load<T>(what: string, call: () => Promise<T>): Promise<T>;
}

interface ProgressEvent {
  readonly status: string;
  readonly file?: string;
  readonly loaded?: number;
  readonly total?: number;
}

const silent = 50;

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The model's files named by their dtypes, for a message. */
function weightFiles(folder: string): readonly string[] {
  return [folder, join(folder, "onnx")]
    .filter(isFolder)
    .flatMap((place) => readdirSync(place))
    .filter((file) => file.endsWith(".onnx"))
    .sort();
}

/** The library names the option that it was given; what matters is the file. */
function withoutJargon(line: string): string {
  const absent = /file was not found locally at "(.*)"\.$/.exec(line)?.[1];
  return absent === undefined ? line : `there is no file ${absent.split(/[\\/]/).slice(-2).join("/")}`;
}

/** The messages of an error and of what caused it, in one line. */
function causes(error: unknown): string {
  const words: string[] = [];
  for (let at = error; at instanceof Error && words.length < 4; at = at.cause) {
    const line = withoutJargon(at.message.split("\n")[0] ?? "");
    if (line !== "" && !words.includes(line)) words.push(line);
  }
  return words.length > 0 ? words.join(": ") : String(error);
}

async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new ConfigError(`${path} is not JSON (${causes(error)}); is the model complete?`, { cause: error });
  }
}

/** @throws ConfigError when the library is not installed, or a folder is meant that is not there */
export async function openModelSource(options: NeuralEncoderOptions): Promise<ModelSource> {
  const { model, localOnly = false, revision = "main", onProgress } = options;
  const folder = resolve(model);
  const local = isFolder(folder);
  const looksLikePath = isAbsolute(model) || /^\.{1,2}([\\/]|$)/.test(model) || model.split(/[\\/]/).length > 2;
  if (!local && looksLikePath) throw new ConfigError(`model ${model}: there is no such folder`);
  const library = await loadOptionalPackage(
    "neural encoders",
    "@huggingface/transformers",
    () => import("@huggingface/transformers"),
  );
  library.env.logLevel = silent;
  const name = local ? folder : model;
  const cache = resolve(options.cacheFolder ?? defaultCacheFolder());
  const cached = (file: string): string =>
    revision === "main" ? join(cache, model, file) : join(cache, model, revision, file);
  const address = (file: string): string =>
    `${library.env.remoteHost}${library.env.remotePathTemplate
      .replaceAll("{model}", model)
      .replaceAll("{revision}", encodeURIComponent(revision))}${file}`;

  const fail = (what: string, error: unknown): ConfigError => {
    if (local) {
      const there = weightFiles(folder);
      const listed = there.length > 0 ? `; weights there: ${there.join(", ")}` : "; there are no .onnx files in it";
      return new ConfigError(`model folder ${model}: its ${what} cannot be loaded (${causes(error)})${listed}`, {
        cause: error,
      });
    }
    const tried = localOnly ? `the cache ${cache}` : `the cache ${cache}, then ${library.env.remoteHost}`;
    const network = localOnly ? "Nothing is downloaded, as asked" : "A download needs a network";
    return new ConfigError(
      `model ${model}: its ${what} cannot be loaded (${causes(error)}). Tried ${tried}. ${network}: name a folder that holds the model's files, or use the classic encoder, which needs neither model nor network`,
      { cause: error },
    );
  };

  const download = async (file: string): Promise<unknown> => {
    const token = process.env.HF_TOKEN;
    const ours = token !== undefined && new URL(address(file)).hostname === "huggingface.co";
    const response: Response = await library.env.fetch(address(file), {
      headers: ours ? { Authorization: `Bearer ${token}` } : {},
    });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`${address(file)} answered ${response.status}`);
    const text = await response.text();
    const content: unknown = JSON.parse(text);
    await mkdir(dirname(cached(file)), { recursive: true });
    writeFileAtomically(cached(file), text);
    return content;
  };

  const readJson = async (file: string): Promise<unknown> => {
    if (local) return existsSync(join(folder, file)) ? await readJsonFile(join(folder, file)) : undefined;
    if (existsSync(cached(file))) return await readJsonFile(cached(file));
    if (localOnly) return undefined;
    try {
      return await download(file);
    } catch (error) {
      // A model that was downloaded before came with its small files; without a network there is nothing to add.
      if (existsSync(cached("config.json"))) return undefined;
      throw fail(file, error);
    }
  };

  const load = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw error instanceof LatticeworkError ? error : fail(what, error);
    }
  };

  const inSubfolder = !local || isFolder(join(folder, "onnx"));
  return {
    library,
    model,
    name,
    loading: {
      cache_dir: cache,
      local_files_only: localOnly || local,
      revision,
      progress_callback: ({ status, file, loaded, total }) => {
        if (status !== "progress" || local || onProgress === undefined) return;
        if (file !== undefined && loaded !== undefined && total !== undefined) onProgress({ file, loaded, total });
      },
    },
    weights: {
      dtype: options.dtype ?? "fp32",
      device: options.device ?? "cpu",
      subfolder: inSubfolder ? "onnx" : "",
      model_file_name: options.modelFile,
    },
    readJson,
    load,
  };
}
