/**
 * The encoders that made a dataset's features, opened again for items that come later: as the dataset's description tells, for each modality that
 * the run uses. The classic text encoder learns its words from the dataset's texts once more; pictures come as bytes and pass through a file,
 * since a decoder reads files. A modality whose encoder cannot be opened is told why, and items bring their features for it themselves.
 */
import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { type EncoderNote, hasDescription, readDatasetDescription } from "../../data/native-layout.ts";
import { makeScratchFolder } from "../../data/scratch-folder.ts";
import { ConfigError, LatticeworkError } from "../../errors.ts";
import type { EncodedItem, ItemEncoder } from "../../features/encoder.ts";
import { openEncodingTarget } from "../../features/encoding-target.ts";
import { createImageEncoder } from "../../features/image/open-image-encoder.ts";
import { fieldSeparator, joinColumns } from "../../features/join-columns.ts";
import { createNeuralEncoder } from "../../features/neural/open-neural-encoder.ts";
import { parseDtype } from "../../features/neural/options.ts";
import { createTextEncoder, textEncoderName } from "../../features/text/open-text-encoder.ts";
import { columnTexts, type ItemContent, type ModalitySource } from "./item-content.ts";

export interface EncodableItem extends ItemContent {
  /** Bytes of a picture file. */
  readonly picture?: Uint8Array | undefined;
}

/** By modality: features, or why there are none; modalities of which the item has nothing are left out. */
export type EncodedFeatures = Readonly<Record<string, EncodedItem>>;

export interface DatasetEncoders {
  /** Modalities that can be encoded, by what of an item. */
  readonly kinds: Readonly<Record<string, ModalitySource["kind"]>>;
  /** What the dataset's modalities are made of, as far as it says so: these, and others. */
  readonly sources: Readonly<Record<string, ModalitySource>>;
  /** Why the others that the run uses cannot. */
  readonly without: Readonly<Record<string, string>>;
  encode(items: readonly EncodableItem[]): Promise<readonly EncodedFeatures[]>;
  close(): Promise<void>;
}

interface OpenedEncoder extends ModalitySource {
  readonly modality: string;
  readonly encoder: ItemEncoder;
  readonly separator: string;
}

const pictureEncoderName = "colour-gradient";
const commonSettings = z.object({ columns: z.string().default("") });
const textSettings = z.object({
  size: z.number(),
  seed: z.number(),
  vocabulary: z.number(),
  fitTexts: z.number(),
});
const neuralSettings = z.object({
  kind: z.enum(["text", "image"]),
  dtype: z.string(),
  revision: z.string(),
  prefix: z.string().optional(),
});
/** Larger pictures are refused before they are decoded. */
const mostPixels = 50_000_000;

async function learnTexts(
  folder: string,
  columns: readonly string[],
  settings: z.infer<typeof textSettings>,
): Promise<ItemEncoder> {
  const target = await openEncodingTarget(folder);
  try {
    const texts = joinColumns(
      columns.map((column) => target.table.column(column)),
      fieldSeparator,
    );
    return await createTextEncoder({ ...settings, threads: 1 }).learn(texts);
  } finally {
    target.close();
  }
}

/** @returns undefined for an encoder that is not known here */
function sourceOf({ name, settings }: EncoderNote): ModalitySource | undefined {
  const common = commonSettings.safeParse(settings);
  if (!common.success) return undefined;
  const columns = common.data.columns.split(",");
  if (name === textEncoderName) return { kind: "text", columns };
  if (name === pictureEncoderName) return { kind: "image", columns };
  const neural = neuralSettings.safeParse(settings);
  return neural.success ? { kind: neural.data.kind, columns } : undefined;
}

/** @throws LatticeworkError where it cannot be opened */
async function openEncoder(
  folder: string,
  modality: string,
  note: EncoderNote,
  pictureFolder: string,
): Promise<OpenedEncoder> {
  const { name, settings } = note;
  const source = sourceOf(note);
  if (source === undefined) throw new ConfigError(`no encoder is called ${name}`);
  if (name === textEncoderName) {
    const encoder = await learnTexts(folder, source.columns, textSettings.parse(settings));
    return { ...source, modality, encoder, separator: fieldSeparator };
  }
  if (name === pictureEncoderName) {
    const encoder = await createImageEncoder({ imageRoot: pictureFolder, mostPixels, parallel: 1 });
    return { ...source, modality, encoder, separator: "\n" };
  }
  const { kind, dtype, revision, prefix } = neuralSettings.parse(settings);
  const encoder = await createNeuralEncoder({
    kind,
    model: name,
    dtype: parseDtype(dtype),
    revision,
    prefix,
    localOnly: true,
    ...(kind === "image" ? { root: pictureFolder, mostPixels } : {}),
  });
  return { ...source, modality, encoder, separator: "\n" };
}

async function encodeTexts(
  { encoder, columns, separator }: OpenedEncoder,
  items: readonly EncodableItem[],
): Promise<readonly (EncodedItem | undefined)[]> {
  const texts = items.map((item) => {
    const fields = columnTexts(item, columns).map((field) => field.replaceAll(fieldSeparator, " "));
    if (fields.every((field) => field.trim() === "")) return "";
    return separator === fieldSeparator
      ? fields.join(separator)
      : fields.filter((field) => field.trim() !== "").join(separator);
  });
  const given = texts.filter((text) => text !== "");
  const rows = given.length === 0 ? [] : await encoder.encode(given);
  let next = 0;
  return texts.map((text) => (text === "" ? undefined : rows[next++]));
}

async function encodePictures(
  { encoder }: OpenedEncoder,
  items: readonly EncodableItem[],
  folder: string,
): Promise<readonly (EncodedItem | undefined)[]> {
  const found: (EncodedItem | undefined)[] = [];
  for (const { picture } of items) {
    if (picture === undefined) {
      found.push(undefined);
      continue;
    }
    const name = randomUUID();
    const file = path.join(folder, name);
    await writeFile(file, picture);
    try {
      const [row] = await encoder.encode([name]);
      // The file's name is ours and says nothing to whoever sent the picture.
      found.push(row !== undefined && "missing" in row ? { missing: row.missing.replace(`"${name}"`, "it") } : row);
    } finally {
      await rm(file, { force: true });
    }
  }
  return found;
}

/** @param folder of the dataset; undefined for one that was made in memory @param modalities those that the run uses */
export async function openDatasetEncoders(
  folder: string | undefined,
  modalities: readonly string[],
): Promise<DatasetEncoders> {
  const opened: OpenedEncoder[] = [];
  const without: Record<string, string> = {};
  const pictureFolder = makeScratchFolder("pictures");
  const notes = new Map<string, EncoderNote | null>();
  if (folder !== undefined && hasDescription(folder)) {
    for (const { name, encoder } of readDatasetDescription(folder).modalities) notes.set(name, encoder);
  }
  for (const modality of modalities) {
    const note = notes.get(modality);
    if (note === undefined || note === null) {
      without[modality] = "the dataset does not say what encoded it";
      continue;
    }
    try {
      if (folder !== undefined) opened.push(await openEncoder(folder, modality, note, pictureFolder));
    } catch (error) {
      if (!(error instanceof LatticeworkError) && !(error instanceof z.ZodError)) throw error;
      without[modality] = `encoder ${note.name} cannot be opened: ${error.message}`;
    }
  }
  return {
    kinds: Object.fromEntries(opened.map(({ modality, kind }) => [modality, kind])),
    sources: Object.fromEntries(
      [...notes].flatMap(([modality, note]) => {
        const source = note === null ? undefined : sourceOf(note);
        return source === undefined ? [] : [[modality, source] as const];
      }),
    ),
    without,
    encode: async (items) => {
      const features = items.map((): Record<string, EncodedItem> => ({}));
      for (const one of opened) {
        const rows =
          one.kind === "text" ? await encodeTexts(one, items) : await encodePictures(one, items, pictureFolder);
        rows.forEach((row, n) => {
          if (row !== undefined) features[n][one.modality] = row;
        });
      }
      return features;
    },
    close: async () => {
      for (const { encoder } of opened) await encoder.close();
      await rm(pictureFolder, { recursive: true, force: true });
    },
  };
}
