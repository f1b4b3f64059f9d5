/**
 * Encoders that are neural networks: any sentence-transformer, CLIP, SigLIP, DINO, CLAP, wav2vec 2.0 … that has been exported to ONNX, run by
 * `@huggingface/transformers`. The model comes from a folder, the cache, or its host. Rows have length 1. Their last bits depend on the processor and
 * on which items share a batch, unlike those of the classic encoders.
 */
import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import { openSoundReader } from "../audio/sound-reader.ts";
import type { EncodedItem, ItemEncoder, Missing } from "../encoder.ts";
import { openPictureReader } from "../image/picture-reader.ts";
import { loadAudioModel } from "./audio-model.ts";
import { loadImageModel } from "./image-model.ts";
import { type ModelSource, openModelSource } from "./model-source.ts";
import type { NeuralModel } from "./neural-model.ts";
import { checkPositive, type NeuralEncoderOptions, type NeuralKind } from "./options.ts";
import { loadTextModel } from "./text-model.ts";

const configFile = z.looseObject({ model_type: z.string().optional() });
const defaultBatchSize = 16;
const defaultSeconds = 30;
/** Models look at 224 to 512 pixels; this leaves them their own way of making pictures small. */
const pictureSide = 1024;

/** A model, and how its inputs are read. */
interface Pipeline<Input> {
  readonly model: NeuralModel<Input>;
  read(value: string): Promise<Input | Missing>;
  close(): void;
}

function rootOf({ root, kind }: NeuralEncoderOptions): string {
  if (root !== undefined) return root;
  throw new ConfigError(
    `root is not set; it names the folder that the ${kind === "image" ? "pictures" : "sounds"} lie in`,
  );
}

function isMissing(input: unknown): input is Missing {
  return typeof input === "object" && input !== null && "missing" in input;
}

async function openText(source: ModelSource, type: string, options: NeuralEncoderOptions): Promise<Pipeline<string>> {
  const model = await loadTextModel(source, type, options.prefix ?? "");
  return { model, read: async (text) => (text.trim() === "" ? { missing: "no text" } : text), close: () => {} };
}

async function openImage(source: ModelSource, type: string, options: NeuralEncoderOptions) {
  const pictures = await openPictureReader({ imageRoot: rootOf(options), mostPixels: options.mostPixels });
  try {
    const model = await loadImageModel(source, type);
    return {
      model: { ...model, settings: { ...model.settings, ...pictures.decoder } },
      read: (value: string) => pictures.read(value, { within: pictureSide }),
      close: pictures.close,
    };
  } catch (error) {
    pictures.close();
    throw error;
  }
}

async function openAudio(
  source: ModelSource,
  type: string,
  options: NeuralEncoderOptions,
): Promise<Pipeline<Float32Array>> {
  const root = rootOf(options);
  const model = await loadAudioModel(source, type);
  const { rate, mostSamples = Number.POSITIVE_INFINITY } = model;
  const seconds = Math.min(options.seconds ?? defaultSeconds, mostSamples / rate);
  const sounds = await openSoundReader({ root, rate, seconds });
  const read = async (value: string): Promise<Float32Array | Missing> => {
    const sound = await sounds.read(value);
    return "missing" in sound ? sound : sound.samples;
  };
  return { model: { ...model, settings: { ...model.settings, seconds } }, read, close: () => {} };
}

/** The encoder of a pipeline whose model has shown that it works. */
async function encoderOf<Input>(
  source: ModelSource,
  options: NeuralEncoderOptions,
  { model, read, close }: Pipeline<Input>,
): Promise<ItemEncoder> {
  const [first] = await source.load("first run", () => model.run([model.probe]));
  if (!(first instanceof Float32Array)) {
    throw new ConfigError(`model ${source.model} gives no usable row for a first input (${first?.missing ?? "none"})`);
  }
  const columns = first.length;
  const { kind, dtype = "fp32", batchSize = defaultBatchSize, revision = "main" } = options;
  return {
    kind: "item",
    name: options.model,
    settings: {
      kind,
      dtype,
      revision,
      transformers: source.library.env.version,
      ...model.settings,
    },
    columns,
    batchSize,
    async encode(values) {
      const rows: EncodedItem[] = new Array(values.length);
      for (let from = 0; from < values.length; from += batchSize) {
        const inputs = await Promise.all(values.slice(from, from + batchSize).map(read));
        const present: Input[] = [];
        const places: number[] = [];
        for (const [at, input] of inputs.entries()) {
          if (isMissing(input)) {
            rows[from + at] = input;
          } else {
            present.push(input);
            places.push(from + at);
          }
        }
        if (present.length === 0) continue;
        const encoded = await model.run(present);
        for (const [at, place] of places.entries()) rows[place] = encoded[at];
      }
      return rows;
    },
    async close() {
      close();
      await model.dispose();
    },
  };
}

/**
 * Opens a model and runs it once, so that what cannot work fails here and not among the items.
 * @throws ConfigError when a package is not installed, the model cannot be loaded, or an option makes no sense
 */
export async function createNeuralEncoder(options: NeuralEncoderOptions): Promise<ItemEncoder> {
  checkPositive("batchSize", options.batchSize, true);
  checkPositive("mostPixels", options.mostPixels, true);
  checkPositive("seconds", options.seconds, false);
  const source = await openModelSource(options);
  const config = await source.load("config.json", () =>
    source.library.AutoConfig.from_pretrained(source.name, source.loading),
  );
  const type = configFile.safeParse(config).data?.model_type ?? "";
  const kind: NeuralKind = options.kind;
  switch (kind) {
    case "text":
      return await encoderOf(source, options, await openText(source, type, options));
    case "image":
      return await encoderOf(source, options, await openImage(source, type, options));
    case "audio":
      return await encoderOf(source, options, await openAudio(source, type, options));
  }
}
