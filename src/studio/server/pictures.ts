/**
 * Pictures of items as small WebP files for the page. Paths come from the catalogue alone, never from a request, and are opened by the same reader that
 * encodes pictures: nothing outside the image folder, nothing of absurd size. The last few thousand stay in memory.
 */
import { openPictureReader } from "../../features/image/picture-reader.ts";
import type { ItemFacts } from "./item-facts.ts";

/** Longest side in pixels. */
export const pictureSizes = [96, 240, 640] as const;
export type PictureSize = (typeof pictureSizes)[number];

export interface Pictures {
  /** WebP; undefined where the item has none that can be read. */
  read(id: string, size: PictureSize): Promise<Uint8Array<ArrayBuffer> | undefined>;
  close(): void;
}

const mostKept = 4000;

/** @throws ConfigError when the image folder does not exist */
export async function openPictures(facts: Pick<ItemFacts, "pictureOf" | "imageFolder">): Promise<Pictures> {
  const { imageFolder } = facts;
  if (imageFolder === undefined) return { read: async () => undefined, close: () => {} };
  const reader = await openPictureReader({ imageRoot: imageFolder });
  const { default: sharp } = await import("sharp");
  const kept = new Map<string, Promise<Uint8Array<ArrayBuffer> | undefined>>();

  const make = async (path: string, size: PictureSize): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const picture = await reader.read(path, { within: size });
    if ("missing" in picture) return undefined;
    const { width, height, pixels } = picture;
    const encoded = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .webp({ quality: 82 })
      .toBuffer();
    return Uint8Array.from(encoded);
  };
  return {
    read: (id, size) => {
      const path = facts.pictureOf(id);
      if (path === undefined) return Promise.resolve(undefined);
      const key = `${size} ${path}`;
      const found = kept.get(key);
      if (found !== undefined) return found;
      const made = make(path, size);
      kept.set(key, made);
      made.catch(() => kept.delete(key));
      const [oldest] = kept.keys();
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
      return made;
    },
    close: () => reader.close(),
  };
}
