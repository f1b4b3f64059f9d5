/**
 * Pictures as pixels, in bounded memory: `sharp` decodes, the size is looked at before anything is decoded, and the pixels of all pictures in
 * work at a time are limited together. The first page of animated and many-paged files counts; EXIF rotation is applied, embedded
 * colour profiles, CMYK, greys and 16 bits become 8-bit sRGB, transparency lies on white.
 */
import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { Metadata } from "sharp";
import { openCatalogueFolder, quoted } from "../catalogue-file.ts";
import type { Missing } from "../encoder.ts";

/** 8-bit sRGB, three values a pixel, row after row. */
export interface Picture {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** How a picture is brought to size: pressed into a square, or made to fit into one when it is larger. */
export type PictureFit = { readonly square: number } | { readonly within: number };

export interface PictureReader {
  /** @param value as in the catalogue */
  read(value: string, fit: PictureFit): Promise<Picture | Missing>;
  /** Versions of what decodes. */
  readonly decoder: { readonly sharp: string; readonly libvips: string };
  close(): void;
}

export interface PictureReaderOptions {
  /** The folder below which all pictures lie; nothing outside is opened. */
  readonly imageRoot: string;
  /** Pictures with more pixels are marked missing without being decoded; also the most in work at a time. Default 120 million. */
  readonly mostPixels?: number | undefined;
}

export const defaultMostPixels = 120_000_000;
const longestFile = 1_000_000_000;
/** Drawings are given to the decoder as bytes, so that they have no place from which to pull in other files. */
const longestDrawing = 16_000_000;
/** Seconds. */
const longestWork = 30;

/** Lets work begin while its pixels, with those in work, stay under a limit; in the order of arrival. */
function limitPixels(most: number): <T>(pixels: number, work: () => Promise<T>) => Promise<T> {
  let inWork = 0;
  const waiting: { readonly pixels: number; readonly begin: () => void }[] = [];
  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined && inWork + next.pixels <= most; next = waiting[0]) {
      waiting.shift();
      inWork += next.pixels;
      next.begin();
    }
  };
  return async (pixels, work) => {
    await new Promise<void>((begin) => {
      waiting.push({ pixels, begin });
      admit();
    });
    try {
      return await work();
    } finally {
      inWork -= pixels;
      admit();
    }
  };
}

/**
 * What went wrong in decoding. The decoder's own words are left out: libvips has one list of them for all pictures in work, so that they may
 * be those of another.
 */
function decodingFault(error: unknown): string {
  const slow = error instanceof Error && error.message.includes("timeout");
  return slow ? `takes more than ${longestWork} seconds to decode` : "is broken or cut off";
}

const millions = (count: number): string => `${Math.round(count / 1e4) / 100} million`;

type Sharp = typeof import("sharp").default;

/** The readers now open; while there are any, libvips keeps nothing of files it has read. */
let openReaders = 0;
let cacheBefore: ReturnType<Sharp["cache"]> | undefined;

function holdCache(sharp: Sharp): void {
  if (openReaders++ === 0) {
    cacheBefore = sharp.cache();
    sharp.cache(false);
  }
}

function releaseCache(sharp: Sharp): void {
  if (--openReaders === 0 && cacheBefore !== undefined) {
    sharp.cache({ memory: cacheBefore.memory.max, files: cacheBefore.files.max, items: cacheBefore.items.max });
  }
}

/** @throws ConfigError when the folder does not exist */
export async function openPictureReader(options: PictureReaderOptions): Promise<PictureReader> {
  const { imageRoot, mostPixels = defaultMostPixels } = options;
  const folder = await openCatalogueFolder(imageRoot, "picture");
  // Loaded when it is needed: a program that encodes no pictures does without its native code.
  const { default: sharp } = await import("sharp");
  const limited = limitPixels(mostPixels);
  holdCache(sharp);
  let open = true;

  const read = async (value: string, fit: PictureFit): Promise<Picture | Missing> => {
    const file = await folder.find(value);
    if ("missing" in file) return file;
    if (file.bytes > longestFile) {
      return {
        missing: `${quoted(value)} has ${millions(file.bytes)} bytes; at most ${millions(longestFile)} are read`,
      };
    }
    const input = { failOn: "error", sequentialRead: true, limitInputPixels: false } as const;
    let found: Metadata;
    try {
      found = await sharp(file.path, input).metadata();
    } catch {
      return { missing: `${quoted(value)} is not a picture that can be read` };
    }
    const { width, height } = found;
    const drawing = found.format === "svg";
    if (drawing && file.bytes > longestDrawing) {
      const much = `${millions(file.bytes)} bytes; at most ${millions(longestDrawing)} are read of one`;
      return { missing: `${quoted(value)} is a drawing of ${much}` };
    }
    if (width * height > mostPixels) {
      const much = `${width} × ${height} pixels (${millions(width * height)})`;
      return { missing: `${quoted(value)} has ${much}; at most ${millions(mostPixels)} are decoded` };
    }
    return await limited(width * height, async () => {
      try {
        const size = "square" in fit ? fit.square : fit.within;
        const { data, info } = await sharp(drawing ? await readFile(file.path) : file.path, {
          ...input,
          limitInputPixels: mostPixels,
        })
          .timeout({ seconds: longestWork })
          .autoOrient()
          .flatten({ background: "#ffffff" })
          .resize(size, size, "square" in fit ? { fit: "fill" } : { fit: "inside", withoutEnlargement: true })
          .toColourspace("srgb")
          .removeAlpha()
          .raw({ depth: "uchar" })
          .toBuffer({ resolveWithObject: true });
        await setImmediate();
        return {
          pixels: new Uint8Array(data.buffer, data.byteOffset, data.length),
          width: info.width,
          height: info.height,
        };
      } catch (error) {
        return { missing: `${quoted(value)} ${decodingFault(error)}` };
      }
    });
  };

  const close = (): void => {
    if (open) releaseCache(sharp);
    open = false;
  };
  const decoder = { sharp: sharp.versions.sharp ?? "unknown", libvips: sharp.versions.vips };
  return { read, decoder, close };
}
