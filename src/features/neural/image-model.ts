/**
 * Pictures by CLIP, SigLIP, DINO, ViT, ConvNeXt and their like. What is taken, first found: `image_embeds` (CLIP's projection); of `last_hidden_state` the
 * class token where the model has one, for the pooler behind it is often untrained; `pooler_output` (SigLIP, Swin); the mean of `last_hidden_state` over places.
 */
import type { Picture } from "../image/picture-reader.ts";
import { findOutput, noUsefulOutput, readOutputs } from "./model-output.ts";
import type { Library, ModelSource } from "./model-source.ts";
import type { NeuralModel } from "./neural-model.ts";
import { poolMaps, poolTokens, unitRows, type Values } from "./pooling.ts";

/** Kinds of model whose first token stands for the whole picture. */
const withClassToken: ReadonlySet<string> = new Set([
  "beit",
  "deit",
  "dinov2",
  "dinov2_with_registers",
  "dinov3_vit",
  "vit",
  "vit_mae",
  "vit_msn",
]);

function imageClass(library: Library, type: string) {
  switch (type) {
    case "clip":
    case "clip_vision_model":
      return library.CLIPVisionModelWithProjection;
    case "siglip":
    case "siglip_vision_model":
      return library.SiglipVisionModel;
    default:
      return library.AutoModel;
  }
}

export async function loadImageModel(source: ModelSource, type: string): Promise<NeuralModel<Picture>> {
  const { library, name, loading, weights } = source;
  const processor = await source.load("preprocessor_config.json", () =>
    library.AutoImageProcessor.from_pretrained(name, loading),
  );
  const model = await source.load("weights", () =>
    imageClass(library, type).from_pretrained(name, { ...loading, ...weights }),
  );
  const pool = (outputs: ReturnType<typeof readOutputs>): Values => {
    const tokens = findOutput(outputs, ["last_hidden_state"], 3);
    const projected = findOutput(outputs, ["image_embeds"], 2);
    if (projected !== undefined) return projected;
    if (tokens !== undefined && withClassToken.has(type)) return poolTokens(tokens, undefined, ["first"]);
    const pooled = findOutput(outputs, ["pooler_output"], 2);
    if (pooled !== undefined) return pooled;
    if (tokens !== undefined) return poolTokens(tokens, undefined, ["mean"]);
    const maps = findOutput(outputs, ["last_hidden_state"], 4);
    if (maps !== undefined) return poolMaps(maps);
    throw noUsefulOutput(source, outputs, ["image_embeds", "pooler_output", "last_hidden_state"]);
  };
  return {
    settings: {},
    probe: { pixels: new Uint8Array(64 * 64 * 3).map((_, at) => (at * 37) % 251), width: 64, height: 64 },
    async run(pictures) {
      const images = pictures.map(({ pixels, width, height }) => new library.RawImage(pixels, width, height, 3));
      const { pixel_values } = await processor(images);
      return unitRows(pool(readOutputs(library, await model({ pixel_values }))));
    },
    dispose: async () => void (await model.dispose()),
  };
}
