/**
 * From one vector a token to one an item. With token vectors h_t and attention mask m_t ∈ {0, 1}: mean Σ m_t h_t / Σ m_t, weighted mean
 * Σ t m_t h_t / Σ t m_t (t from 1), mean by root length Σ m_t h_t / √Σ m_t, maximum over m_t = 1, first token h_1, last token with m_t = 1. Several
 * modes stand one behind the other, as sentence-transformers have it. Then x ← x / |x|.
 */
import { z } from "zod";
import { ConfigError } from "../../errors.ts";
import type { EncodedItem } from "../encoder.ts";

export const poolingModes = ["first", "max", "mean", "mean-root", "weighted-mean", "last"] as const;
export type PoolingMode = (typeof poolingModes)[number];

/** Row-major values and their shape. */
export interface Values {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

const poolingFile = z.looseObject({
  pooling_mode: z.union([z.string(), z.array(z.string())]).optional(),
  pooling_mode_cls_token: z.boolean().optional(),
  pooling_mode_max_tokens: z.boolean().optional(),
  pooling_mode_mean_tokens: z.boolean().optional(),
  pooling_mode_mean_sqrt_len_tokens: z.boolean().optional(),
  pooling_mode_weightedmean_tokens: z.boolean().optional(),
  pooling_mode_lasttoken: z.boolean().optional(),
});

const namedModes: Readonly<Record<string, PoolingMode>> = {
  cls: "first",
  max: "max",
  mean: "mean",
  mean_sqrt_len_tokens: "mean-root",
  weightedmean: "weighted-mean",
  lasttoken: "last",
};

/**
 * The modes of a `1_Pooling/config.json`, in the order in which they are put together.
 * @throws ConfigError when it has none that is known
 */
export function readPoolingModes(content: unknown, label: string): readonly PoolingMode[] {
  const parsed = poolingFile.safeParse(content);
  if (!parsed.success) throw new ConfigError(`${label} is no pooling configuration; is the model complete?`);
  const file = parsed.data;
  const flags: readonly (readonly [boolean | undefined, PoolingMode])[] = [
    [file.pooling_mode_cls_token, "first"],
    [file.pooling_mode_max_tokens, "max"],
    [file.pooling_mode_mean_tokens, "mean"],
    [file.pooling_mode_mean_sqrt_len_tokens, "mean-root"],
    [file.pooling_mode_weightedmean_tokens, "weighted-mean"],
    [file.pooling_mode_lasttoken, "last"],
  ];
  const modes = flags.flatMap(([on, mode]) => (on === true ? [mode] : []));
  if (modes.length > 0) return modes;
  const names = file.pooling_mode === undefined ? [] : [file.pooling_mode].flat();
  const named = names.flatMap((name) => namedModes[name] ?? []);
  if (named.length === 0 || named.length < names.length) {
    const found = names.length > 0 ? names.join(", ") : "none";
    throw new ConfigError(`${label} names the pooling modes ${found}; known are ${Object.keys(namedModes).join(", ")}`);
  }
  return named;
}

/** One mode for one item: `tokens` rows of `width` values from `at` in `data`; `mask` has 1 where a row counts. */
function poolOne(mode: PoolingMode, data: Float32Array, at: number, width: number, mask: Uint8Array): Float64Array {
  const result = new Float64Array(width).fill(mode === "max" ? Number.NEGATIVE_INFINITY : 0);
  if (mode === "first" || mode === "last") {
    const row = mode === "first" ? 0 : mask.lastIndexOf(1);
    return Float64Array.from(data.subarray(at + row * width, at + (row + 1) * width));
  }
  let sum = 0;
  for (const [token, counts] of mask.entries()) {
    if (counts === 0) continue;
    const weight = mode === "weighted-mean" ? token + 1 : 1;
    sum += weight;
    for (let c = 0; c < width; c++) {
      const value = data[at + token * width + c];
      result[c] = mode === "max" ? Math.max(result[c], value) : result[c] + weight * value;
    }
  }
  const divisor = mode === "mean-root" ? Math.sqrt(sum) : sum;
  if (mode !== "max") for (let c = 0; c < width; c++) result[c] /= divisor;
  return result;
}

/**
 * @param tokens of shape items × tokens × width
 * @param mask items × tokens, 1 where a token counts; all count without
 * @returns of shape items × (modes · width)
 */
export function poolTokens(
  { data, shape }: Values,
  mask: Uint8Array | undefined,
  modes: readonly PoolingMode[],
): Values {
  const [items = 0, tokens = 0, width = 0] = shape;
  const pooled = new Float32Array(items * modes.length * width);
  for (let item = 0; item < items; item++) {
    const counts = mask?.subarray(item * tokens, (item + 1) * tokens) ?? new Uint8Array(tokens).fill(1);
    for (const [place, mode] of modes.entries()) {
      pooled.set(poolOne(mode, data, item * tokens * width, width, counts), (item * modes.length + place) * width);
    }
  }
  return { data: pooled, shape: [items, modes.length * width] };
}

/** The mean over all places of feature maps. @param maps items × channels × height × width */
export function poolMaps({ data, shape }: Values): Values {
  const [items = 0, channels = 0, ...rest] = shape;
  const places = rest.reduce((product, size) => product * size, 1);
  const pooled = new Float32Array(items * channels);
  for (let at = 0; at < pooled.length; at++) {
    let sum = 0;
    for (let place = 0; place < places; place++) sum += data[at * places + place];
    pooled[at] = sum / places;
  }
  return { data: pooled, shape: [items, channels] };
}

/** The rows of items × columns values, each of length 1; a row that has no direction is missing. */
export function unitRows({ data, shape }: Values): readonly EncodedItem[] {
  const [items = 0, columns = 0] = shape;
  return Array.from({ length: items }, (_, item): EncodedItem => {
    const row = data.slice(item * columns, (item + 1) * columns);
    let squares = 0;
    for (const value of row) squares += value * value;
    if (!Number.isFinite(squares)) return { missing: "the model gave values that are no numbers" };
    if (squares === 0) return { missing: "the model gave nothing but zeros" };
    const length = Math.sqrt(squares);
    for (let c = 0; c < columns; c++) row[c] /= length;
    return row;
  });
}
