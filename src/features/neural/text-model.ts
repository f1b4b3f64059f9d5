/**
 * Texts by a sentence-transformer or the text half of CLIP, SigLIP or CLAP. A model that gives `sentence_embedding` or `text_embeds` has
 * pooled already; else the model's own `1_Pooling/config.json` says how, and without one it is the mean over the attention mask.
 */
import { z } from "zod";
import { findOutput, noUsefulOutput, readOutputs } from "./model-output.ts";
import type { Library, ModelSource } from "./model-source.ts";
import type { NeuralModel } from "./neural-model.ts";
import { type PoolingMode, poolTokens, readPoolingModes, unitRows, type Values } from "./pooling.ts";

const modulesFile = z.array(z.looseObject({ path: z.string(), type: z.string() }));
const sentenceFile = z.looseObject({ max_seq_length: z.number().int().positive().nullish() });

const pooledOutputs = ["sentence_embedding", "text_embeds"] as const;
const tokenOutputs = ["last_hidden_state", "token_embeddings"] as const;

async function findPoolingModes(source: ModelSource): Promise<readonly PoolingMode[] | undefined> {
  const modules = modulesFile.safeParse(await source.readJson("modules.json"));
  const listed = modules.success ? modules.data.find(({ type }) => type.endsWith("Pooling"))?.path : undefined;
  const file = `${listed ?? "1_Pooling"}/config.json`;
  const content = await source.readJson(file);
  return content === undefined ? undefined : readPoolingModes(content, `model ${source.model}: ${file}`);
}

async function findLongest(source: ModelSource): Promise<number | undefined> {
  const parsed = sentenceFile.safeParse(await source.readJson("sentence_bert_config.json"));
  return parsed.success ? (parsed.data.max_seq_length ?? undefined) : undefined;
}

/** The class for a kind of model, where the general one would load both its halves. */
function textClass(library: Library, type: string) {
  switch (type) {
    case "clip":
      return library.CLIPTextModelWithProjection;
    case "clap":
      return library.ClapTextModelWithProjection;
    case "siglip":
      return library.SiglipTextModel;
    default:
      return library.AutoModel;
  }
}

/**
 * The token that ends every text ("[SEP]", "</s>"), if there is one. The library cuts long texts together with it, and models that look at
 * the last token need it.
 */
function closingToken(tokenizer: { encode(text: string): number[] }): bigint | undefined {
  const last = tokenizer.encode("a").at(-1);
  return last !== undefined && last === tokenizer.encode("").at(-1) ? BigInt(last) : undefined;
}

/** Puts the closing token in the last place that counts of each row, where a cut has taken it away. Both are rows × tokens. */
function closeTexts(ids: BigInt64Array, mask: Uint8Array, rows: number, closing: bigint): void {
  const tokens = mask.length / rows;
  for (let row = 0; row < rows; row++) {
    const last = mask.subarray(row * tokens, (row + 1) * tokens).lastIndexOf(1);
    if (last >= 0) ids[row * tokens + last] = closing;
  }
}

export async function loadTextModel(source: ModelSource, type: string, prefix: string): Promise<NeuralModel<string>> {
  const { library, name, loading, weights } = source;
  const modes = await findPoolingModes(source);
  const longest = await findLongest(source);
  const tokenizer = await source.load("tokenizer (tokenizer.json, tokenizer_config.json)", () =>
    library.AutoTokenizer.from_pretrained(name, loading),
  );
  const model = await source.load("weights", () =>
    textClass(library, type).from_pretrained(name, { ...loading, ...weights }),
  );
  const closing = closingToken(tokenizer);
  const pool = (outputs: ReturnType<typeof readOutputs>, mask: Uint8Array | undefined): Values => {
    const pooled = findOutput(outputs, pooledOutputs, 2);
    if (pooled !== undefined) return pooled;
    const tokens = findOutput(outputs, tokenOutputs, 3);
    if (tokens !== undefined && (modes !== undefined || type !== "siglip")) {
      return poolTokens(tokens, mask, modes ?? ["mean"]);
    }
    const summary = findOutput(outputs, ["pooler_output"], 2);
    if (summary !== undefined) return summary;
    throw noUsefulOutput(source, outputs, [...pooledOutputs, ...tokenOutputs, "pooler_output"]);
  };
  return {
    settings: { pooling: modes?.join("+") ?? "mean", ...(prefix === "" ? {} : { prefix }) },
    probe: "a",
    async run(texts) {
      const inputs: Record<string, unknown> = tokenizer(
        texts.map((text) => prefix + text),
        {
          padding: type === "siglip" ? "max_length" : true,
          truncation: true,
          ...(longest === undefined ? {} : { max_length: longest }),
        },
      );
      const { attention_mask: mask, input_ids: ids } = inputs;
      const counts =
        mask instanceof library.Tensor
          ? Uint8Array.from(mask.data, (value) => (Number(value) === 0 ? 0 : 1))
          : undefined;
      if (closing !== undefined && counts !== undefined && ids instanceof library.Tensor) {
        if (ids.data instanceof BigInt64Array) closeTexts(ids.data, counts, texts.length, closing);
      }
      return unitRows(pool(readOutputs(library, await model(inputs)), counts));
    },
    dispose: async () => void (await model.dispose()),
  };
}
