/** Tiny models of every kind, made here and loaded as any other, from a folder: what they give, and what is said when they cannot be loaded. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { ConfigError } from "../../errors.ts";
import { wavTone } from "../audio/sounds.fixture.ts";
import type { EncodedItem } from "../encoder.ts";
import { onnxBytes } from "./onnx.fixture.ts";
import { createNeuralEncoder } from "./open-neural-encoder.ts";
import type { NeuralEncoderOptions } from "./options.ts";
import * as models from "./tiny-models.fixture.ts";

const base = temporaryFolder();
const media = join(base, "media");
mkdirSync(media);

async function encode(options: NeuralEncoderOptions, inputs: readonly string[]): Promise<readonly EncodedItem[]> {
  const encoder = await createNeuralEncoder(options);
  try {
    return await encoder.encode(inputs);
  } finally {
    await encoder.close();
  }
}

function unit(values: readonly number[]): number[] {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => value / length);
}

function expectRow(item: EncodedItem | undefined, expected: readonly number[]): void {
  if (!(item instanceof Float32Array)) throw new Error(`no row: ${item?.missing}`);
  expect(item).toHaveLength(expected.length);
  for (const [at, value] of expected.entries()) expect(item[at]).toBeCloseTo(value, 5);
}

const meanOf = (...words: readonly (typeof models.vocabulary)[number][]): number[] =>
  Array.from(
    { length: models.width },
    (_, c) => words.reduce((sum, word) => sum + models.tokenVector(word)[c], 0) / words.length,
  );

describe("texts", () => {
  const folder = join(base, "text");
  beforeAll(() => models.writeTextModel(folder));

  test("are the mean of their tokens, of length 1, whatever shares the batch", async () => {
    const items = await encode({ kind: "text", model: folder }, ["red shoe", " ", "Blue", "green shirt red hat"]);
    expectRow(items[0], unit(meanOf("[CLS]", "red", "shoe", "[SEP]")));
    expect(items[1]).toEqual({ missing: "no text" });
    expectRow(items[2], unit(meanOf("[CLS]", "blue", "[SEP]")));
    expectRow(items[3], unit(meanOf("[CLS]", "green", "shirt", "red", "hat", "[SEP]")));
  });

  test("go to the model in batches", async () => {
    const texts = ["red", "blue shoe", "", "green hat", "hat"];
    const whole = await encode({ kind: "text", model: folder }, texts);
    expect(await encode({ kind: "text", model: folder, batchSize: 2 }, texts)).toEqual(whole);
  });

  test("are pooled as the model's own configuration says", async () => {
    const first = join(base, "text-first");
    models.writeTextModel(first, {
      "modules.json": [
        { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
        { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
      ],
      "1_Pooling/config.json": { pooling_mode_cls_token: true, pooling_mode_max_tokens: true },
    });
    const encoder = await createNeuralEncoder({ kind: "text", model: first });
    expect(encoder.columns).toBe(2 * models.width);
    expect(encoder.settings).toMatchObject({ kind: "text", dtype: "fp32", pooling: "first+max" });
    const [row] = await encoder.encode(["hat"]);
    await encoder.close();
    const vectors = (["[CLS]", "hat", "[SEP]"] as const).map(models.tokenVector);
    const largest = vectors[0].map((_, c) => Math.max(...vectors.map((vector) => vector[c])));
    expectRow(row, unit([...vectors[0], ...largest]));
  });

  test("are cut at the length that the model was made for, and begin with the prefix", async () => {
    const short = join(base, "text-short");
    models.writeTextModel(short, { "sentence_bert_config.json": { max_seq_length: 3, do_lower_case: false } });
    const [cut] = await encode({ kind: "text", model: short }, ["hat red blue green"]);
    expectRow(cut, unit(meanOf("[CLS]", "hat", "[SEP]")));
    const [prefixed] = await encode({ kind: "text", model: folder, prefix: "green " }, ["shoe"]);
    expectRow(prefixed, unit(meanOf("[CLS]", "green", "shoe", "[SEP]")));
  });

  test("a model that pools by itself is taken at its word", async () => {
    const pooled = join(base, "text-pooled");
    const tokens = (name: string) => ({ name, type: "int64", shape: ["batch", "tokens"] }) as const;
    models.writeTextModel(pooled, {
      "onnx/model.onnx": onnxBytes({
        inputs: [tokens("input_ids"), tokens("attention_mask")],
        outputs: [{ name: "sentence_embedding", type: "float", shape: ["batch", models.width] }],
        nodes: [
          { type: "Gather", inputs: ["table", "input_ids"], outputs: ["vectors"], attributes: { axis: 0 } },
          {
            type: "ReduceMax",
            inputs: ["vectors"],
            outputs: ["sentence_embedding"],
            attributes: { axes: [1], keepdims: 0 },
          },
        ],
        tensors: [models.someWeights("table", models.vocabulary.length, models.width)],
      }),
    });
    const [row] = await encode({ kind: "text", model: pooled }, ["hat"]);
    const vectors = (["[CLS]", "hat", "[SEP]"] as const).map(models.tokenVector);
    expectRow(row, unit(vectors[0].map((_, c) => Math.max(...vectors.map((vector) => vector[c])))));
  });

  test("the weights may lie beside the other files, under another name", async () => {
    const flat = join(base, "text-flat");
    models.writeTextModel(join(base, "text-flat-source"));
    models.writeTextModel(flat);
    const { renameSync, rmSync } = await import("node:fs");
    renameSync(join(flat, "onnx", "model.onnx"), join(flat, "mine.onnx"));
    rmSync(join(flat, "onnx"), { recursive: true });
    const [row] = await encode({ kind: "text", model: flat, modelFile: "mine" }, ["hat"]);
    expectRow(row, unit(meanOf("[CLS]", "hat", "[SEP]")));
  });
});

describe("pictures", () => {
  beforeAll(async () => {
    for (const [name, colour] of [
      ["red", "#c11"],
      ["blue", "#13c"],
      ["red-too", "#b22"],
    ]) {
      await sharp({ create: { width: 90, height: 60, channels: 3, background: colour } })
        .png()
        .toFile(join(media, `${name}.png`));
    }
    writeFileSync(join(media, "broken.png"), "no picture");
  });

  const cosine = (a: EncodedItem | undefined, b: EncodedItem | undefined): number => {
    if (!(a instanceof Float32Array && b instanceof Float32Array)) throw new Error("no rows");
    return a.reduce((sum, value, at) => sum + value * b[at], 0);
  };

  test.each([
    ["a vision transformer, by its class token", models.writeVisionModel, models.width],
    ["CLIP, by its projection", models.writeClipModel, 4],
  ])("%s", async (name, write, columns) => {
    const folder = join(base, name.replaceAll(/\W/g, "-"));
    write(folder);
    const encoder = await createNeuralEncoder({ kind: "image", model: folder, root: media, batchSize: 2 });
    expect(encoder.columns).toBe(columns);
    const items = await encoder.encode(["red.png", "broken.png", "blue.png", "../secret.png", "red-too.png"]);
    await encoder.close();
    expect(items[1]).toMatchObject({
      missing: expect.stringMatching(/^"broken.png" is not a picture that can be read/),
    });
    expect(items[3]).toMatchObject({ missing: expect.stringMatching(/leads outside the picture folder/) });
    expect(cosine(items[0], items[4])).toBeGreaterThan(0.98);
    expect(cosine(items[0], items[4])).toBeGreaterThan(cosine(items[0], items[2]) + 0.02);
  });

  test("a model with a class token gives that, one without the mean over its places", async () => {
    const half = await sharp({ create: { width: 30, height: 60, channels: 3, background: "#13c" } })
      .png()
      .toBuffer();
    await sharp(join(media, "red.png"))
      .composite([{ input: half, left: 0, top: 0 }])
      .toFile(join(media, "both.png"));
    const rows: EncodedItem[] = [];
    for (const type of ["vit", "dinov2", "swin"]) {
      const folder = join(base, `vision-${type}`);
      models.writeVisionModel(folder, { "config.json": { model_type: type, architectures: ["Any"] } });
      rows.push(...(await encode({ kind: "image", model: folder, root: media }, ["both.png"])));
    }
    expect(rows[1]).toEqual(rows[0]);
    expect(cosine(rows[0], rows[2])).toBeLessThan(0.95);
  });

  test("the folder of the pictures has to be named", async () => {
    const folder = join(base, "vit");
    models.writeVisionModel(folder);
    await expect(createNeuralEncoder({ kind: "image", model: folder })).rejects.toThrow(
      "root is not set; it names the folder that the pictures lie in",
    );
  });
});

describe("sounds", () => {
  beforeAll(() => {
    for (const hertz of [400, 1600]) {
      writeFileSync(join(media, `${hertz}.wav`), wavTone({ hertz, rate: 44100, seconds: 2.5 }));
    }
    writeFileSync(join(media, "broken.wav"), "RIFF");
  });

  test("a speech model gives its frames' mean: each tone in the place that answers to it", async () => {
    const folder = join(base, "speech");
    models.writeSpeechModel(folder);
    const encoder = await createNeuralEncoder({ kind: "audio", model: folder, root: media });
    expect(encoder.settings).toMatchObject({ rate: 16000, seconds: 30 });
    const items = await encoder.encode(["400.wav", "broken.wav", "1600.wav"]);
    await encoder.close();
    expectRow(items[0], [0, 1, 0, 0, 0, 0]);
    expect(items[1]).toMatchObject({ missing: expect.stringMatching(/^"broken.wav" is no sound that can be read/) });
    expectRow(items[2], [0, 0, 0, 1, 0, 0]);
  });

  test("CLAP looks at the start of a long sound, the same each time", async () => {
    const folder = join(base, "clap");
    models.writeClapModel(folder);
    const options = { kind: "audio", model: folder, root: media } as const;
    const [first, again] = await encode(options, ["400.wav", "400.wav"]);
    expect(first).toHaveLength(4);
    expect(again).toEqual(first);
    expect((await encode(options, ["400.wav"]))[0]).toEqual(first);
  });
});

describe("what cannot be loaded", () => {
  const folder = join(base, "whole");
  beforeAll(() => models.writeTextModel(folder));
  const bare = (files: Readonly<Record<string, unknown>>): string => {
    const made = join(base, `bare-${Object.keys(files).join("-").replaceAll(/\W/g, "")}`);
    models.writeTextModel(made, files);
    return made;
  };

  test.each<[string, () => NeuralEncoderOptions, RegExp]>([
    [
      "a folder that is not there",
      () => ({ kind: "text", model: "./no/such/model" }),
      /^model .\/no\/such\/model: there is no such folder$/,
    ],
    [
      "weights in another number format",
      () => ({ kind: "text", model: folder, dtype: "q8" }),
      /weights cannot be loaded \(there is no file onnx\/model_quantized.onnx\); weights there: model.onnx$/,
    ],
    [
      "weights that are no model",
      () => ({ kind: "text", model: bare({ "onnx/model.onnx": Buffer.from("nonsense") }) }),
      /its weights cannot be loaded \(.+\); weights there: model.onnx$/,
    ],
    [
      "a text model asked for pictures",
      () => ({ kind: "image", model: folder, root: media }),
      /its preprocessor_config.json cannot be loaded \(there is no file whole\/preprocessor_config.json\)/,
    ],
    [
      "a configuration that is no JSON",
      () => ({ kind: "text", model: bare({ "1_Pooling/config.json": Buffer.from("{") }) }),
      /1_Pooling\/config.json is not JSON .*is the model complete\?$/,
    ],
    [
      "no items at a time",
      () => ({ kind: "text", model: folder, batchSize: 0 }),
      /^batchSize is 0; expected a whole number above 0$/,
    ],
    ["no seconds", () => ({ kind: "audio", model: folder, seconds: -1 }), /^seconds is -1; expected a number above 0$/],
  ])("%s", async (_, options, message) => {
    const failure = await createNeuralEncoder(options()).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(ConfigError);
    expect(String(failure instanceof Error ? failure.message : "")).toMatch(message);
  });

  test("a model with outputs of another kind", async () => {
    const classifier = join(base, "classifier");
    const tokens = (name: string) => ({ name, type: "int64", shape: ["batch", "tokens"] }) as const;
    models.writeTextModel(classifier, {
      "onnx/model.onnx": onnxBytes({
        inputs: [tokens("input_ids")],
        outputs: [{ name: "scores", type: "float", shape: ["batch", "tokens", 2] }],
        nodes: [{ type: "Gather", inputs: ["table", "input_ids"], outputs: ["scores"], attributes: { axis: 0 } }],
        tensors: [models.someWeights("table", models.vocabulary.length, 2)],
      }),
    });
    await expect(createNeuralEncoder({ kind: "text", model: classifier })).rejects.toThrow(
      /gives scores \(1 × \d+ × 2\); expected one of sentence_embedding, .*exported for feature extraction$/,
    );
  });
});

test("nothing is printed", async () => {
  const folder = join(base, "quiet");
  models.writeTextModel(folder);
  const module = pathToFileURL(join(import.meta.dirname, "open-neural-encoder.ts")).href;
  const script = `
    const { createNeuralEncoder } = await import(${JSON.stringify(module)});
    const encoder = await createNeuralEncoder({ kind: "text", model: ${JSON.stringify(folder)} });
    await encoder.encode(["red", "blue"]);
    await encoder.close();`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  expect(stdout + stderr).toBe("");
});
