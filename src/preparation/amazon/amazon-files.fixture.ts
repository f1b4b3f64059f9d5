/** Files in the formats of the Amazon 2014 collection: JSON reviews, items as `repr` writes Python dictionaries, image records. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** What `repr` of Python writes. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return pythonString(value);
  if (Array.isArray(value)) return `[${value.map(pythonText).join(", ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([key, one]) => `${pythonString(key)}: ${pythonText(one)}`);
    return `{${entries.join(", ")}}`;
  }
  return String(value);
}

function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === "\\" || character === quote) body += `\\${character}`;
    else if (character === "\n") body += "\\n";
    else if (character === "\r") body += "\\r";
    else if (character === "\t") body += "\\t";
    else if (code < 0x20 || (code >= 0x7f && code < 0xa1)) body += `\\x${code.toString(16).padStart(2, "0")}`;
    else if ((code >= 0xd800 && code < 0xe000) || code === 0x2028) body += `\\u${code.toString(16)}`;
    else body += character;
  }
  return quote + body + quote;
}

export interface MadeReview {
  readonly reviewerID: string;
  readonly asin: string;
  readonly overall?: number;
  readonly unixReviewTime?: number;
  readonly reviewText?: string;
}

export interface MadeItem {
  readonly asin: string;
  readonly title?: string;
  readonly brand?: string;
  readonly description?: string;
  readonly categories?: readonly (readonly string[])[];
  readonly price?: number;
  readonly imUrl?: string;
}

export interface MadePicture {
  readonly asin: string;
  /** 4096 values. */
  readonly values: Float32Array;
}

export interface MadeFiles {
  readonly reviews: readonly MadeReview[];
  readonly items?: readonly MadeItem[];
  readonly pictures?: readonly MadePicture[];
}

export const reviewsContent = (reviews: readonly MadeReview[]): Buffer =>
  gzipSync(reviews.map((review) => `${JSON.stringify(review)}\n`).join(""));

export const metadataContent = (items: readonly MadeItem[]): Buffer =>
  gzipSync(items.map((item) => `${pythonText(item)}\n`).join(""));

export function imageContent(pictures: readonly MadePicture[]): Buffer {
  return Buffer.concat(
    pictures.flatMap(({ asin, values }) => [
      Buffer.from(asin, "latin1"),
      Buffer.from(values.buffer, values.byteOffset, values.byteLength),
    ]),
  );
}

/** Writes what is given, as category `category`. */
export function writeAmazonFiles(folder: string, category: string, { reviews, items, pictures }: MadeFiles): void {
  writeFileSync(join(folder, `reviews_${category}_5.json.gz`), reviewsContent(reviews));
  if (items !== undefined) writeFileSync(join(folder, `meta_${category}.json.gz`), metadataContent(items));
  if (pictures !== undefined) writeFileSync(join(folder, `image_features_${category}.b`), imageContent(pictures));
}

/** Ids of ten characters, as the collection's. */
export const madeAsin = (n: number): string => `B${String(n).padStart(9, "0")}`;

/** A picture that tells its item. */
export function madePicture(asin: string, seed: number): MadePicture {
  return { asin, values: Float32Array.from({ length: 4096 }, (_, c) => ((seed * 31 + c * 7) % 101) / 101) };
}
