/**
 * The shop as its software would export it: `orders.csv`, `products.csv` and a folder of pictures. That is where the demonstration starts, and it
 * is the smallest example of what can be prepared.
 */
import fs from "node:fs";
import path from "node:path";
import { stringify } from "csv-stringify/sync";
import sharp from "sharp";
import { writeFileAtomically } from "../data/atomic-file.ts";
import { drawProduct } from "./picture.ts";
import type { Product, Shop } from "./shop.ts";

export const ordersFile = "orders.csv";
export const productsFile = "products.csv";
export const imagesFolder = "images";

export interface RawFilesOptions {
  /** Told how many of the pictures are drawn. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const rowsPerChunk = 5000;
const picturesAtATime = 4;

function* csv<Row>(columns: readonly string[], rows: readonly Row[], cells: (row: Row) => readonly unknown[]) {
  yield stringify([columns]);
  for (let from = 0; from < rows.length; from += rowsPerChunk) {
    yield stringify(rows.slice(from, from + rowsPerChunk).map((row) => [...cells(row)]));
  }
}

/** `customer,sku,event,ordered_at`, by time. */
export function* ordersCsv({ orders, products, customerIds }: Shop): Generator<string> {
  yield* csv(["customer", "sku", "event", "ordered_at"], orders, ({ customer, product, event, time }) => [
    customerIds[customer],
    products[product]?.sku,
    event,
    new Date(time).toISOString().replace(".000Z", "Z"),
  ]);
}

/** Where a product's picture lies in the export; empty where it has none. */
export const picturePath = ({ sku, picture }: Product): string =>
  picture === "none" ? "" : `${imagesFolder}/${sku.toLowerCase()}.png`;

/** `sku,title,description,brand,category,price,image`. */
export function* productsCsv({ products }: Shop): Generator<string> {
  yield* csv(["sku", "title", "description", "brand", "category", "price", "image"], products, (product) => [
    product.sku,
    product.title,
    product.description,
    product.brand,
    product.category,
    product.price.toFixed(2),
    picturePath(product),
  ]);
}

async function writePictures(folder: string, shop: Shop, { onProgress, signal }: RawFilesOptions): Promise<void> {
  const { products, size } = shop;
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < products.length) {
      signal?.throwIfAborted();
      const product = products[next++];
      if (product !== undefined && product.picture !== "none") {
        const png = await sharp(Buffer.from(drawProduct(product, size.seed)))
          .removeAlpha()
          .png()
          .toBuffer();
        const whole = product.picture === "whole" ? png : png.subarray(0, Math.floor(png.length / 3));
        await fs.promises.writeFile(path.join(folder, picturePath(product)), whole);
      }
      onProgress?.(++done, products.length);
    }
  };
  await Promise.all(Array.from({ length: picturesAtATime }, work));
}

/**
 * Writes the export into a folder, which is made where it does not exist; pictures first, so that whoever sees the tables sees the pictures.
 * @throws LatticeworkError when it cannot be saved; the signal's reason when it is aborted
 */
export async function writeRawFiles(folder: string, shop: Shop, options: RawFilesOptions = {}): Promise<void> {
  fs.mkdirSync(path.join(folder, imagesFolder), { recursive: true });
  await writePictures(folder, shop, options);
  writeFileAtomically(path.join(folder, productsFile), productsCsv(shop));
  writeFileAtomically(path.join(folder, ordersFile), ordersCsv(shop));
}
