/**
 * Sounds by CLAP (`audio_embeds`), the Audio Spectrogram Transformer (`pooler_output` or its first token), and wav2vec 2.0, HuBERT and their like (the mean
 * of `last_hidden_state` over time). One sound at a time: padding to a common length would change what the shorter ones give.
 */
import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import type { EncodedItem } from "../encoder.ts";
import { findOutput, noUsefulOutput, readOutputs } from "./model-output.ts";
import type { Library, ModelSource } from "./model-source.ts";
import type { NeuralModel } from "./neural-model.ts";
import { poolTokens, unitRows, type Values } from "./pooling.ts";

const preprocessorFile = z.looseObject({
  sampling_rate: z.number().int().positive().optional(),
  nb_max_samples: z.number().int().positive().optional(),
});

const defaultRate = 16_000;

export interface AudioModel extends NeuralModel<Float32Array> {
  /** Samples a second that the model wants. */
  readonly rate: number;
  /** The most samples that it looks at, where it has such a limit. */
  readonly mostSamples: number | undefined;
}

function audioClass(library: Library, type: string) {
  return type === "clap" ? library.ClapAudioModelWithProjection : library.AutoModel;
}

export async function loadAudioModel(source: ModelSource, type: string): Promise<AudioModel> {
  const { library, name, loading, weights } = source;
  const extractor = await source.load("preprocessor_config.json", () =>
    library.AutoFeatureExtractor.from_pretrained(name, loading),
  );
  const settings = preprocessorFile.safeParse(extractor.config);
  if (!settings.success)
    throw new ConfigError(`model ${source.model}: its preprocessor_config.json has no usable sampling_rate`);
  const { sampling_rate: rate = defaultRate, nb_max_samples: mostSamples } = settings.data;
  const model = await source.load("weights", () =>
    audioClass(library, type).from_pretrained(name, { ...loading, ...weights }),
  );
  const pool = (outputs: ReturnType<typeof readOutputs>): Values => {
    const pooled = findOutput(outputs, ["audio_embeds", "pooler_output"], 2);
    if (pooled !== undefined) return pooled;
    const frames = findOutput(outputs, ["last_hidden_state"], 3);
    if (frames !== undefined) {
      return poolTokens(frames, undefined, [type === "audio-spectrogram-transformer" ? "first" : "mean"]);
    }
    throw noUsefulOutput(source, outputs, ["audio_embeds", "pooler_output", "last_hidden_state"]);
  };
  return {
    settings: { rate },
    rate,
    mostSamples,
    probe: Float32Array.from({ length: rate }, (_, at) => ((at * 37) % 251) / 251 - 0.5),
    async run(sounds) {
      const rows: EncodedItem[] = [];
      for (const samples of sounds) {
        rows.push(...unitRows(pool(readOutputs(library, await model(await extractor(samples))))));
      }
      return rows;
    },
    dispose: async () => void (await model.dispose()),
  };
}
