/**
 * Tiny models of every kind, written into a folder as a download would lie there: real ONNX graphs, tokenizer and preprocessor files, with
 * weights that a test can follow by hand or by eye.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRandom } from "../../tensor/random.ts";
import { type OnnxGraph, type OnnxTensor, type OnnxValue, onnxBytes } from "./onnx.fixture.ts";

export const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "blue", "green", "shoe", "shirt", "hat"] as const;
export const width = 6;

function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content instanceof Uint8Array ? content : JSON.stringify(content));
  }
}

/** Numbers about zero that are the same every time. */
export function someWeights(name: string, ...shape: readonly number[]): OnnxTensor {
  const random = createRandom(7, name);
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let at = 0; at < values.length; at++) values[at] = random.uniform() * 2 - 1;
  return { name, shape, values };
}

const integers = (name: string, ...values: readonly number[]): OnnxTensor => ({
  name,
  shape: [values.length],
  values: BigInt64Array.from(values, BigInt),
});

const float = (name: string, ...shape: readonly (number | string)[]): OnnxValue => ({ name, type: "float", shape });
const tokens = (name: string): OnnxValue => ({ name, type: "int64", shape: ["batch", "tokens"] });

/** Token vectors are rows of `table`, nothing else. */
const textGraph: OnnxGraph = {
  inputs: [tokens("input_ids"), tokens("attention_mask"), tokens("token_type_ids")],
  outputs: [float("last_hidden_state", "batch", "tokens", width)],
  nodes: [{ type: "Gather", inputs: ["table", "input_ids"], outputs: ["last_hidden_state"], attributes: { axis: 0 } }],
  tensors: [someWeights("table", vocabulary.length, width)],
};

const tokenizer = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: vocabulary.slice(0, 4).map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: {
    type: "TemplateProcessing",
    single: [
      { SpecialToken: { id: "[CLS]", type_id: 0 } },
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "[SEP]", type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
      "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
    },
  },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
  },
};

const tokenizerConfig = {
  tokenizer_class: "BertTokenizer",
  model_max_length: 16,
  pad_token: "[PAD]",
  unk_token: "[UNK]",
  cls_token: "[CLS]",
  sep_token: "[SEP]",
};

/** The vector of a token in the text model. */
export function tokenVector(word: (typeof vocabulary)[number]): number[] {
  const at = vocabulary.indexOf(word) * width;
  return [...someWeights("table", vocabulary.length, width).values.slice(at, at + width)].map(Number);
}

/** A sentence-transformer; `files` adds to or replaces its files. */
export function writeTextModel(folder: string, files: Readonly<Record<string, unknown>> = {}): void {
  writeFiles(folder, {
    "config.json": { model_type: "bert", architectures: ["BertModel"], hidden_size: width },
    "tokenizer.json": tokenizer,
    "tokenizer_config.json": tokenizerConfig,
    "onnx/model.onnx": onnxBytes(textGraph),
    ...files,
  });
}

const side = 32;
const patch = 8;

/** Patches by a convolution, as tokens behind a class token that is their maximum. */
const imageNodes: OnnxGraph["nodes"] = [
  {
    type: "Conv",
    inputs: ["pixel_values", "kernel"],
    outputs: ["maps"],
    attributes: { kernel_shape: [patch, patch], strides: [patch, patch] },
  },
  { type: "Reshape", inputs: ["maps", "flat"], outputs: ["channels"] },
  { type: "Transpose", inputs: ["channels"], outputs: ["patches"], attributes: { perm: [0, 2, 1] } },
  { type: "ReduceMax", inputs: ["patches"], outputs: ["class"], attributes: { axes: [1], keepdims: 1 } },
];
const imageTensors = [someWeights("kernel", width, 3, patch, patch), integers("flat", 0, width, -1)];
const pixels = float("pixel_values", "batch", 3, side, side);

const preprocessor = {
  do_resize: true,
  size: { height: side, width: side },
  resample: 2,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

/** A vision transformer that gives `last_hidden_state` alone. */
export function writeVisionModel(folder: string, files: Readonly<Record<string, unknown>> = {}): void {
  const graph: OnnxGraph = {
    inputs: [pixels],
    outputs: [float("last_hidden_state", "batch", "tokens", width)],
    nodes: [
      ...imageNodes,
      { type: "Concat", inputs: ["class", "patches"], outputs: ["last_hidden_state"], attributes: { axis: 1 } },
    ],
    tensors: imageTensors,
  };
  writeFiles(folder, {
    "config.json": { model_type: "vit", architectures: ["ViTModel"], hidden_size: width },
    "preprocessor_config.json": { ...preprocessor, image_processor_type: "ViTImageProcessor" },
    "onnx/model.onnx": onnxBytes(graph),
    ...files,
  });
}

/** The picture half of CLIP: `image_embeds` of 4 values. */
export function writeClipModel(folder: string): void {
  const graph: OnnxGraph = {
    inputs: [pixels],
    outputs: [float("image_embeds", "batch", 4)],
    nodes: [
      ...imageNodes,
      { type: "Reshape", inputs: ["class", "row"], outputs: ["pooled"] },
      { type: "MatMul", inputs: ["pooled", "projection"], outputs: ["image_embeds"] },
    ],
    tensors: [...imageTensors, integers("row", 0, width), someWeights("projection", width, 4)],
  };
  writeFiles(folder, {
    "config.json": { model_type: "clip", architectures: ["CLIPModel"] },
    "preprocessor_config.json": { ...preprocessor, image_processor_type: "CLIPImageProcessor" },
    "onnx/vision_model.onnx": onnxBytes(graph),
  });
}

/** Frames of 400 samples, 320 apart, as wav2vec 2.0 has them. */
export function writeSpeechModel(folder: string): void {
  const graph: OnnxGraph = {
    inputs: [float("input_values", "batch", "samples")],
    outputs: [float("last_hidden_state", "batch", "frames", width)],
    nodes: [
      { type: "Unsqueeze", inputs: ["input_values", "one"], outputs: ["channel"] },
      {
        type: "Conv",
        inputs: ["channel", "kernel"],
        outputs: ["frames"],
        attributes: { kernel_shape: [400], strides: [320] },
      },
      { type: "Abs", inputs: ["frames"], outputs: ["strengths"] },
      { type: "Transpose", inputs: ["strengths"], outputs: ["last_hidden_state"], attributes: { perm: [0, 2, 1] } },
    ],
    tensors: [integers("one", 1), tones("kernel")],
  };
  writeFiles(folder, {
    "config.json": { model_type: "wav2vec2", architectures: ["Wav2Vec2Model"], hidden_size: width },
    "preprocessor_config.json": {
      feature_extractor_type: "Wav2Vec2FeatureExtractor",
      sampling_rate: 16000,
      do_normalize: true,
      feature_size: 1,
    },
    "onnx/model.onnx": onnxBytes(graph),
  });
}

/** Kernels that answer to tones of 200, 400, 800, 1600, 3200 and 6400 Hz at 16 kHz. */
function tones(name: string): OnnxTensor {
  const values = new Float32Array(width * 400);
  for (let channel = 0; channel < width; channel++) {
    for (let n = 0; n < 400; n++)
      values[channel * 400 + n] = Math.sin((2 * Math.PI * 200 * 2 ** channel * n) / 16000) / 400;
  }
  return { name, shape: [width, 1, 400], values };
}

/** The sound half of CLAP on 1-second windows: `audio_embeds` of 4 values from the mean spectrum. */
export function writeClapModel(folder: string): void {
  const graph: OnnxGraph = {
    inputs: [float("input_features", "batch", 1, "frames", 64)],
    outputs: [float("audio_embeds", "batch", 4)],
    nodes: [
      {
        type: "ReduceMean",
        inputs: ["input_features"],
        outputs: ["spectrum"],
        attributes: { axes: [1, 2], keepdims: 0 },
      },
      { type: "MatMul", inputs: ["spectrum", "projection"], outputs: ["audio_embeds"] },
    ],
    tensors: [someWeights("projection", 64, 4)],
  };
  writeFiles(folder, {
    "config.json": { model_type: "clap", architectures: ["ClapModel"] },
    "preprocessor_config.json": {
      feature_extractor_type: "ClapFeatureExtractor",
      sampling_rate: 16000,
      nb_max_samples: 16000,
      nb_frequency_bins: 513,
      feature_size: 64,
      frequency_min: 0,
      frequency_max: 8000,
      fft_window_size: 1024,
      hop_length: 480,
      truncation: "rand_trunc",
      padding: "repeatpad",
    },
    "onnx/audio_model.onnx": onnxBytes(graph),
  });
}
