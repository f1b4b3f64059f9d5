/**
 * The classic picture encoder, without a network and without a model: a picture is pressed into 96 × 96 pixels, taken to a perceptual colour
 * space, and described by x = (w₁ · layout, w₂ · colours, w₃ · gradients), 96 + 128 + 288 = 512 values with all weights 1. Each part has length 1 (less where it sees next
 * to nothing), so wᵢ² is its share in the cosine of two pictures: cos(x, y) = Σ wᵢ² cosᵢ / Σ wᵢ².
 *
 *   layout     colour-layout.ts        which colours lie where
 *   colours    colour-histogram.ts     how much of which colour
 *   gradients  oriented-gradients.ts   which edges run where
 *
 * The same pixels give the same bytes on every machine. The pixels are `sharp`'s: other versions of its decoders may differ in last bits,
 * which is why its version stands in the settings.
 */
import { availableParallelism } from "node:os";
import { ConfigError } from "../../errors.ts";
import type { EncodedItem, ItemEncoder } from "../encoder.ts";
import { describeColours, histogramColumns } from "./colour-histogram.ts";
import { describeLayout, layoutColumns } from "./colour-layout.ts";
import { toLab } from "./colour-space.ts";
import { describeGradients, gradientColumns } from "./oriented-gradients.ts";
import { defaultMostPixels, openPictureReader, type PictureReaderOptions } from "./picture-reader.ts";

export interface ImageEncoderOptions extends PictureReaderOptions {
  /** Pictures decoded at a time; default the processors, at most 4. Changes nothing but speed and memory. */
  readonly parallel?: number | undefined;
}

const side = 96;
export const imageColumns = layoutColumns + histogramColumns + gradientColumns;

const weights = { layout: 1, colours: 1, gradients: 1 };

/** @param pixels 3·96² sRGB values */
export function describePicture(pixels: Uint8Array): Float32Array {
  const planes = toLab(pixels, side);
  const row = new Float32Array(imageColumns);
  let at = 0;
  for (const [part, weight] of [
    [describeLayout(planes), weights.layout] as const,
    [describeColours(planes), weights.colours] as const,
    [describeGradients(planes), weights.gradients] as const,
  ]) {
    for (const value of part) row[at++] = weight * value;
  }
  return row;
}

function checkCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new ConfigError(`${name} is ${value}; expected a whole number of at least 1`);
  }
}

/**
 * Encodes pictures named by paths below `imageRoot`.
 * @throws ConfigError when the folder does not exist or a number makes no sense
 */
export async function createImageEncoder(options: ImageEncoderOptions): Promise<ItemEncoder> {
  const { parallel = Math.min(4, availableParallelism()), mostPixels = defaultMostPixels } = options;
  checkCount("parallel", parallel);
  checkCount("mostPixels", mostPixels);
  const pictures = await openPictureReader(options);

  const encodeOne = async (value: string): Promise<EncodedItem> => {
    const picture = await pictures.read(value, { square: side });
    return "missing" in picture ? picture : describePicture(picture.pixels);
  };

  return {
    kind: "item",
    name: "colour-gradient",
    settings: { version: 1, side, mostPixels, ...pictures.decoder },
    columns: imageColumns,
    batchSize: 64,
    async encode(inputs) {
      const rows: EncodedItem[] = new Array(inputs.length);
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < inputs.length) {
          const item = next++;
          rows[item] = await encodeOne(inputs[item]);
        }
      };
      await Promise.all(Array.from({ length: Math.min(parallel, inputs.length) }, work));
      return rows;
    },
    close: async () => pictures.close(),
  };
}
