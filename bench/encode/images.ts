/**
 * The classic picture encoder on made-up photographs (smooth noise, JPEG): pictures a second and peak memory, in a process of its own, beside
 * decoding and shrinking alone. Then what single wicked files cost.
 *
 *     node bench/encode/images.ts --pictures 2000 --side 800
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { z } from "zod";
import { createRandom } from "../../src/tensor/random.ts";
import { gigabytes, markdownTable } from "../measuring/figures.ts";
import { measureScript } from "../measuring/measured-process.ts";
import { type ImageResult, type ImageTask, imageResultSchema } from "./one-image-encoding.ts";

const usage = `Usage: node bench/encode/images.ts [options]
  --pictures n     pictures encoded (default 2000)
  --side n         pixels of a side (default 800)
  --parallel n     pictures at a time (default: the processors, at most 4)`;

const argumentsSchema = z.object({
  pictures: z.coerce.number().int().min(1).default(2000),
  side: z.coerce.number().int().min(16).default(800),
  parallel: z.coerce.number().int().min(1).default(Math.min(4, availableParallelism())),
});

/** So many different files; the others are these again. */
const distinct = 100;

async function drawPhotograph(side: number, seed: number): Promise<Buffer> {
  const random = createRandom(seed, "bench/pictures");
  const coarse = Uint8Array.from({ length: 24 * 24 * 3 }, () => random.below(256));
  return await sharp(coarse, { raw: { width: 24, height: 24, channels: 3 } })
    .resize(side, side, { kernel: "cubic" })
    .jpeg({ quality: 88 })
    .toBuffer();
}

/** A black PNG of one bit a pixel. */
function blackPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const bytes = Buffer.alloc(12 + data.length);
    bytes.writeUInt32BE(data.length, 0);
    bytes.write(type, 4);
    bytes.set(data, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
    return bytes;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND", new Uint8Array(0))]);
}

async function writeWickedFiles(folder: string): Promise<readonly (readonly [what: string, file: string])[]> {
  const grey = sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: "#888" } });
  const files: readonly (readonly [string, string, Buffer])[] = [
    ["PNG of 30,000 × 30,000 pixels", "900.png", blackPng(30_000, 30_000)],
    ["PNG of 10,000 × 10,000 pixels", "100.png", blackPng(10_000, 10_000)],
    ["JPEG of as many, progressive", "100.jpg", await grey.clone().jpeg({ progressive: true }).toBuffer()],
    ["GIF of as many", "100.gif", await grey.clone().gif().toBuffer()],
  ];
  for (const [, file, content] of files) writeFileSync(join(folder, file), content);
  return files.map(([what, file]) => [what, file]);
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { pictures: text, side: text, parallel: text, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) {
    console.error(usage);
    return;
  }
  const { pictures, side, parallel } = argumentsSchema.parse(values);
  const folder = mkdtempSync(join(tmpdir(), "latticework-pictures-"));
  const measure = (task: Omit<ImageTask, "folder">): Promise<ImageResult> =>
    measureScript(join(import.meta.dirname, "one-image-encoding.ts"), { folder, ...task }, imageResultSchema);
  try {
    console.error(`drawing ${distinct} photographs of ${side} × ${side} pixels`);
    for (let at = 0; at < distinct; at++) writeFileSync(join(folder, `${at}.jpg`), await drawPhotograph(side, at));
    const files = Array.from({ length: pictures }, (_, at) => `${at % distinct}.jpg`);
    const rows: string[][] = [];
    for (const work of ["decode", "encode"] as const) {
      const { seconds, peakBytes } = await measure({ files, parallel, work });
      rows.push([work, seconds.toFixed(1), Math.round(pictures / seconds).toLocaleString("en"), gigabytes(peakBytes)]);
    }
    console.log(`${pictures} JPEG of ${side} × ${side} pixels, ${parallel} at a time:\n`);
    console.log(markdownTable(["work", "seconds", "pictures/s", "peak memory"], rows));
    const wicked: string[][] = [];
    for (const [what, file] of await writeWickedFiles(folder)) {
      const { seconds, peakBytes, missing } = await measure({ files: [file], parallel, work: "encode" });
      wicked.push([what, missing > 0 ? "marked missing" : "a row", seconds.toFixed(1), gigabytes(peakBytes)]);
    }
    console.log(`\n${markdownTable(["single file", "becomes", "seconds", "peak memory"], wicked)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
