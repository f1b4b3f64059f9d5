/** The classic picture encoder as a whole: what it sees in pictures, which kinds it reads, and that its bytes repeat. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { createDataset, inspectDataset } from "../../data/index.ts";
import { createReferenceEngine } from "../../engine/reference.ts";
import { createRandom } from "../../tensor/random.ts";
import type { EncodedItem } from "../encoder.ts";
import { drawCatalogue, type PictureCatalogue } from "./catalogue.fixture.ts";
import { createImageEncoder, describePicture, imageColumns } from "./open-image-encoder.ts";

const folder = temporaryFolder();

function rowOf(item: EncodedItem | undefined): Float32Array {
  if (item instanceof Float32Array) return item;
  throw new Error(`no row: ${item?.missing}`);
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, first, second] = [0, 0, 0];
  for (const [at, value] of a.entries()) {
    dot += value * b[at];
    first += value * value;
    second += b[at] * b[at];
  }
  return dot / Math.sqrt(first * second);
}

async function encodeAll(files: readonly string[]): Promise<readonly EncodedItem[]> {
  const encoder = await createImageEncoder({ imageRoot: folder });
  try {
    return await encoder.encode(files);
  } finally {
    await encoder.close();
  }
}

describe("a catalogue of shapes in colours", () => {
  let catalogue: PictureCatalogue;
  let rows: readonly Float32Array[];

  beforeAll(async () => {
    catalogue = await drawCatalogue(folder, 180);
    rows = (await encodeAll(catalogue.files)).map(rowOf);
  });

  /** The share of the ten nearest pictures that are of the same kind. */
  const purity = (kinds: readonly number[]): number => {
    let same = 0;
    for (const [item, row] of rows.entries()) {
      const nearest = rows
        .flatMap((other, at) => (at === item ? [] : [{ at, near: cosine(row, other) }]))
        .sort((a, b) => b.near - a.near)
        .slice(0, 10);
      same += nearest.filter(({ at }) => kinds[at] === kinds[item]).length / 10;
    }
    return same / rows.length;
  };

  test("puts both colour and shape near each other", () => {
    expect(purity(catalogue.colours)).toBeGreaterThan(0.6);
    expect(purity(catalogue.shapes)).toBeGreaterThan(0.5);
  });

  test.each(["colour", "shape"] as const)(
    "carries the preference of users who like a %s, unlike random features",
    (taste) => {
      const random = createRandom(3, "features");
      const dataset = createDataset({
        name: "shapes",
        items: rows.length,
        interactions: { train: catalogue.interactions[taste] },
        modalities: [
          { name: "image", features: rows.map((row) => [...row]) },
          { name: "random", features: rows.map((row) => Array.from(row, () => random.uniform() - 0.5)) },
        ],
      });
      const [image, byChance] = inspectDataset(dataset, createReferenceEngine("float32")).modalities;
      expect(image?.preference.lift).toBeGreaterThan(1.8);
      expect(byChance?.preference.lift).toBeLessThan(1.3);
    },
  );

  test("gives the same bytes again, alone or in company", async () => {
    const encoder = await createImageEncoder({ imageRoot: folder, parallel: 1 });
    const [third] = await encoder.encode([catalogue.files[3]]);
    await encoder.close();
    expect(Buffer.from(rowOf(third).buffer)).toEqual(Buffer.from(rows[3].buffer));
  });
});

test("pixels give the same bytes on every machine", () => {
  const random = createRandom(5, "pixels");
  const pixels = Uint8Array.from({ length: 3 * 96 * 96 }, (_, at) => ((at >> 7) * 29 + random.below(40)) & 255);
  const row = describePicture(pixels);
  expect(row).toHaveLength(imageColumns);
  expect(createHash("sha256").update(new Uint8Array(row.buffer)).digest("hex")).toBe(
    "317e4e9178cab96866e1791933885f36a43a345dbcd9e1cad75d3819e378f72e",
  );
});

test("a blank picture still has a row", () => {
  const white = describePicture(new Uint8Array(3 * 96 * 96).fill(255));
  expect(white.every(Number.isFinite)).toBe(true);
  expect(white.some((value) => value > 0.5)).toBe(true);
});

describe("kinds of picture", () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="180"><rect width="240" height="180" fill="#eee"/><circle cx="80" cy="90" r="55" fill="#d22"/><rect x="150" y="30" width="60" height="120" fill="#26c"/></svg>';
  let original: Float32Array;
  const nearness = async (name: string, bytes: Uint8Array | string): Promise<number> => {
    writeFileSync(join(folder, name), bytes);
    return cosine(original, rowOf((await encodeAll([name]))[0]));
  };
  const drawn = (): Sharp => sharp(Buffer.from(svg)).removeAlpha();

  beforeAll(async () => {
    writeFileSync(join(folder, "original.png"), await drawn().png().toBuffer());
    original = rowOf((await encodeAll(["original.png"]))[0]);
  });

  test.each(["jpeg", "webp", "avif", "tiff", "gif"] as const)("%s", async (format) => {
    expect(await nearness(`same.${format}`, await drawn().toFormat(format).toBuffer())).toBeGreaterThan(0.98);
  });

  test("a drawing (SVG)", async () => {
    expect(await nearness("same.svg", svg)).toBeGreaterThan(0.98);
  });

  test("16 bits a channel", async () => {
    expect(await nearness("deep.png", await drawn().toColourspace("rgb16").png().toBuffer())).toBeGreaterThan(0.98);
  });

  test("CMYK", async () => {
    expect(await nearness("print.jpg", await drawn().toColourspace("cmyk").jpeg().toBuffer())).toBeGreaterThan(0.9);
  });

  test("greys keep the shapes and lose the colours", async () => {
    const near = await nearness("grey.png", await drawn().toColourspace("b-w").png().toBuffer());
    expect(near).toBeGreaterThan(0.3);
    expect(near).toBeLessThan(0.9);
  });

  test("transparency lies on white", async () => {
    const hole =
      '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><circle cx="45" cy="45" r="30" fill="#080"/></svg>';
    writeFileSync(join(folder, "clear.png"), await sharp(Buffer.from(hole)).png().toBuffer());
    writeFileSync(
      join(folder, "white.png"),
      await sharp(Buffer.from(hole)).flatten({ background: "#fff" }).png().toBuffer(),
    );
    const [clear, white] = await encodeAll(["clear.png", "white.png"]);
    expect(cosine(rowOf(clear), rowOf(white))).toBeGreaterThan(0.999);
  });

  test("of a moving picture, the first frame", async () => {
    const frames = await Promise.all([drawn(), drawn().negate()].map((frame) => frame.png().toBuffer()));
    const moving = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect(await nearness("moving.gif", moving)).toBeGreaterThan(0.98);
  });

  test("EXIF rotation is applied", async () => {
    const turned = await drawn().rotate(-90).jpeg({ quality: 95 }).withMetadata({ orientation: 6 }).toBuffer();
    expect(await nearness("turned.jpg", turned)).toBeGreaterThan(0.98);
    const unmarked = await drawn().rotate(-90).jpeg({ quality: 95 }).toBuffer();
    expect(await nearness("unmarked.jpg", unmarked)).toBeLessThan(0.9);
  });
});

test.each([
  [{ imageRoot: join(folder, "nowhere") }, /picture folder .*nowhere: there is no such folder/],
  [{ imageRoot: folder, parallel: 0 }, /parallel is 0; expected a whole number of at least 1/],
  [{ imageRoot: folder, mostPixels: 1.5 }, /mostPixels is 1.5; expected a whole number/],
])("refuses %o", async (options, message) => {
  await expect(createImageEncoder(options)).rejects.toThrow(message);
});
