/** Pictures that a shop gave, made small for the studio's page. They are known by their bytes, so that a picture that was replaced is never shown. */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { PictureSize } from "../../studio/server/pictures.ts";

export interface StoredPictures {
  /** WebP; undefined for bytes that are no picture. */
  small(bytes: Uint8Array, size: PictureSize): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

const mostKeptBytes = 64_000_000;
const mostPixels = 50_000_000;
/** Seconds. */
const longestWork = 10;

async function made(bytes: Uint8Array, size: PictureSize): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { default: sharp } = await import("sharp");
  const picture = sharp(bytes, { failOn: "error", limitInputPixels: mostPixels }).timeout({ seconds: longestWork });
  try {
    // A drawing may ask for any amount of work, and shops give photographs.
    if ((await picture.metadata()).format === "svg") return undefined;
    const encoded = await picture
      .autoOrient()
      .flatten({ background: "#ffffff" })
      .resize(size, size, { fit: "inside", withoutEnlargement: true })
      .webp({ quality: 82 })
      .toBuffer();
    return Uint8Array.from(encoded);
  } catch {
    return undefined;
  }
}

export function createStoredPictures(): StoredPictures {
  const kept = new LRUCache<string, Uint8Array<ArrayBuffer>>({
    maxSize: mostKeptBytes,
    sizeCalculation: ({ byteLength }) => byteLength + 100,
  });
  return {
    small: async (bytes, size) => {
      const key = `${size} ${createHash("sha256").update(bytes).digest("base64url")}`;
      const found = kept.get(key) ?? (await made(bytes, size));
      if (found !== undefined) kept.set(key, found);
      return found;
    },
  };
}
