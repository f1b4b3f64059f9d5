/** What the classic encoders see in the export: pictures the look, texts the wording, both the preference. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDataset, type DatasetInspection, inspectDataset } from "../data/index.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import type { EncodedItem } from "../features/encoder.ts";
import { createImageEncoder } from "../features/image/open-image-encoder.ts";
import { createTextEncoder } from "../features/text/open-text-encoder.ts";
import { createRandom } from "../tensor/random.ts";
import { picturePath, writeRawFiles } from "./raw-files.ts";
import { makeShop, type Product } from "./shop.ts";

const shop = makeShop({ items: 300, users: 260, seed: 1 });
const { products } = shop;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-demo-"));
const rows: Record<string, readonly EncodedItem[]> = {};

beforeAll(async () => {
  await writeRawFiles(folder, shop);
  const images = await createImageEncoder({ imageRoot: folder });
  rows.image = await images.encode(products.map(picturePath));
  await images.close();
  const texts = createTextEncoder({ threads: 1 });
  const encoded = await texts.encode(
    async function* () {
      yield products.map(({ description }) => description);
    },
    async () => undefined,
  );
  const collected: EncodedItem[] = [];
  for await (const block of encoded.rows) collected.push(...block);
  rows.text = collected;
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, first, second] = [0, 0, 0];
  for (const [n, value] of a.entries()) {
    dot += value * (b[n] ?? 0);
    first += value * value;
    second += (b[n] ?? 0) * (b[n] ?? 0);
  }
  return dot / Math.sqrt(first * second);
}

/** How much more often a product and its five nearest share a quality than any two products do. */
function agreement(encoded: readonly EncodedItem[], quality: (product: Product) => string): number {
  const known = [...encoded.keys()].filter((item) => !("missing" in (encoded[item] ?? { missing: "" })));
  const row = (item: number): Float32Array => {
    const found = encoded[item];
    return found === undefined || "missing" in found ? new Float32Array(0) : found;
  };
  const of = (item: number): string => {
    const product = products[item];
    return product === undefined ? "" : quality(product);
  };
  let [near, nearPairs, any, anyPairs] = [0, 0, 0, 0];
  for (const item of known.filter((_, n) => n % 4 === 0)) {
    const others = known.filter((other) => other !== item);
    const nearest = others
      .map((other) => ({ other, score: cosine(row(item), row(other)) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, 5);
    near += nearest.filter(({ other }) => of(other) === of(item)).length;
    nearPairs += nearest.length;
    any += others.filter((other) => of(other) === of(item)).length;
    anyPairs += others.length;
  }
  return near / nearPairs / (any / anyPairs);
}

describe("the export's pictures", () => {
  it("are 128 × 128 pixels, but for those that are broken or not there", async () => {
    for (const product of products.slice(0, 60)) {
      const file = path.join(folder, picturePath(product));
      switch (product.picture) {
        case "whole":
          expect(await sharp(file).metadata()).toMatchObject({ width: 128, height: 128, format: "png" });
          break;
        case "broken":
          await expect(sharp(file).raw().toBuffer()).rejects.toThrow();
          break;
        case "none":
          expect(picturePath(product)).toBe("");
      }
    }
    const missing = rows.image?.filter((row) => "missing" in row).length;
    expect(missing).toBe(products.filter(({ picture }) => picture !== "whole").length);
  });

  it("tell colour and pattern, and not style", () => {
    const image = rows.image ?? [];
    expect(agreement(image, ({ colour }) => colour)).toBeGreaterThan(2);
    expect(agreement(image, ({ pattern }) => pattern)).toBeGreaterThan(1.2);
    expect(agreement(image, ({ style }) => style)).toBeLessThan(1.3);
  });
});

describe("the export's texts", () => {
  it("tell style and make, and neither colour nor circle", () => {
    const text = rows.text ?? [];
    expect(agreement(text, ({ style }) => style)).toBeGreaterThan(2);
    expect(agreement(text, ({ make }) => make)).toBeGreaterThan(1.2);
    expect(agreement(text, ({ colour }) => colour)).toBeLessThan(1.3);
    expect(agreement(text, ({ brand }) => brand)).toBeLessThan(1.5);
  });
});

describe("preference", () => {
  const lifts = (inspection: DatasetInspection): Record<string, number> =>
    Object.fromEntries(inspection.modalities.map(({ name, preference }) => [name, preference.lift ?? 0]));

  it("is in pictures, in texts and in both, and not in random features", () => {
    const purchases = shop.orders.filter(({ event }) => event === "purchase");
    const random = createRandom(1, "test/features");
    const values = (name: string): readonly (readonly number[])[] =>
      (rows[name] ?? []).map((row) => ("missing" in row ? Array.from({ length: 8 }, () => 0) : [...row]));
    const widthOf = (name: string): number => Math.max(...values(name).map((row) => row.length));
    const padded = (name: string): number[][] => {
      const width = widthOf(name);
      return values(name).map((row) => {
        const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
        return Array.from({ length: width }, (_, n) => (row[n] ?? 0) / length);
      });
    };
    const [image, text] = [padded("image"), padded("text")];
    const dataset = createDataset({
      name: "demo",
      interactions: { train: purchases.map(({ customer, product }): [number, number] => [customer, product]) },
      modalities: [
        { name: "both", features: image.map((row, item) => [...row, ...(text[item] ?? [])]) },
        { name: "image", features: image },
        { name: "random", features: products.map(() => Array.from({ length: 16 }, () => random.uniform() - 0.5)) },
        { name: "text", features: text },
      ],
    });
    const found = lifts(inspectDataset(dataset, createReferenceEngine("float32"), { sample: 300 }));
    expect(found.random).toBeLessThan(1.15);
    expect(found.image).toBeGreaterThan(1.5);
    expect(found.text).toBeGreaterThan(1.3);
    expect(found.both).toBeGreaterThan(Math.max(found.image ?? 0, found.text ?? 0));
  });
});
