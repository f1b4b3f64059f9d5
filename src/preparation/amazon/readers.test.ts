import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import { imageContent, madeAsin, madePicture } from "./amazon-files.fixture.ts";
import { type LineOptions, readLines } from "./compressed-lines.ts";
import { openImageRecords, readImageFeatures, recordBytes } from "./image-features.ts";
import { itemText, releasedItemText } from "./item-text.ts";
import { parseMetadata } from "./metadata.ts";
import { parseReview } from "./reviews.ts";

const folder = mkdtempSync(join(tmpdir(), "latticework-amazon-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, content: string | Uint8Array): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};

describe("lines", () => {
  const all = async (file: string, options?: LineOptions): Promise<readonly string[]> => {
    const lines: string[] = [];
    for await (const block of readLines(file, options)) {
      expect(block.first).toBe(lines.length + 1);
      lines.push(...block.lines);
    }
    return lines;
  };

  it("are the same from gz, from several gz one after the other, and from plain text", async () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, ""));
    await fc.assert(
      fc.asyncProperty(fc.array(line), line, fc.constantFrom("\n", "\r\n"), async (lines, last, end) => {
        const text = lines.map((one) => one + end).join("");
        const expected = last === "" ? lines : [...lines, last];
        expect(await all(write("lines.txt", text + last))).toEqual(expected);
        expect(await all(write("lines.gz", Buffer.concat([gzipSync(text), gzipSync(last)])))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("may be longer than what is read at a time", async () => {
    const long = randomBytes(1_000_000).toString("hex");
    expect(await all(write("long.gz", gzipSync(`a\n${long}\nb`)))).toEqual(["a", long, "b"]);
  });

  it("are refused beyond a bound, before they are held", async () => {
    const bomb = write("bomb.gz", gzipSync(Buffer.concat([Buffer.from("a\n"), Buffer.alloc(50_000_000, 0x78)])));
    await expect(all(bomb, { longestLine: 1_000_000 })).rejects.toThrow(
      "bomb.gz line 2 is longer than 1000000 bytes, expected one record a line",
    );
    await expect(all(write("plain.txt", "short\nfar too long\n"), { longestLine: 6 })).rejects.toThrow(
      "plain.txt line 2 is longer than 6 bytes",
    );
  });

  it("of a gz that is cut or damaged are counted", async () => {
    const text = Array.from({ length: 20_000 }, (_, n) => `${n} ${randomBytes(20).toString("hex")}\n`).join("");
    const packed = gzipSync(text);
    await expect(all(write("cut.gz", packed.subarray(0, 300_000)))).rejects.toThrow(
      /^cut\.gz is truncated: the gz data ends early, after [1-9]\d* whole lines; download or copy it again$/,
    );
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, 100_000, 100_100);
    await expect(all(write("damaged.gz", damaged))).rejects.toThrow(
      /^damaged\.gz is damaged: .+ after \d+ whole lines/,
    );
  });

  it("that are not UTF-8 are refused, and a missing file too", async () => {
    await expect(all(write("latin.txt", Buffer.from("a\ncaf\xe9\n", "latin1")))).rejects.toThrow(
      "latin.txt line 2 is not UTF-8",
    );
    await expect(all(join(folder, "none.gz"))).rejects.toThrow(/^none\.gz cannot be read: .*ENOENT/);
  });
});

describe("image features", () => {
  const pictures = Array.from({ length: 150 }, (_, n) => madePicture(madeAsin(n), n));

  it("are read record by record, and singly by their place", () => {
    const file = write("image_features_X.b", imageContent(pictures));
    const found = Array.from(readImageFeatures(file), ({ item, values, offset }) => ({
      asin: item,
      values: values.slice(),
      offset,
    }));
    expect(found).toEqual(pictures.map((picture, n) => ({ ...picture, offset: n * recordBytes })));
    const records = openImageRecords(file);
    expect(records.read(140 * recordBytes)).toMatchObject({ item: madeAsin(140), values: pictures[140]?.values });
    expect(() => records.read(150 * recordBytes)).toThrow("is cut inside the record at byte 2459100: found 0 bytes");
    records.close();
  });

  it("cut inside a record are refused with the byte where it begins", () => {
    const content = imageContent(pictures);
    for (const [bytes, offset, rest] of [
      [100 * recordBytes + 5, 100 * recordBytes, 5],
      [3 * recordBytes - 1, 2 * recordBytes, recordBytes - 1],
    ] as const) {
      const file = write("image_features_Cut.b", content.subarray(0, bytes));
      expect(() => [...readImageFeatures(file)]).toThrow(
        `image_features_Cut.b is cut inside the record at byte ${offset}: found ${rest} bytes of it, expected 16394`,
      );
    }
  });

  it("that lost their step are refused", () => {
    const content = imageContent(pictures).subarray(3);
    const file = write("image_features_Shifted.b", content);
    expect(() => [...readImageFeatures(file)]).toThrow(
      /^image_features_Shifted\.b, record at byte 0: found bytes [\da-f]{20} as id, expected 10 printable characters/,
    );
  });
});

describe("a review", () => {
  const parse = (line: string) => parseReview(line, "/raw/reviews_Baby_5.json.gz", 7);

  it("is who, what, stars and milliseconds", () => {
    const line = '{"reviewerID": "A1", "asin": "B1", "helpful": [0, 0], "overall": 4.0, "unixReviewTime": 1252800000}';
    expect(parse(line)).toEqual({ user: "A1", item: "B1", rating: 4, time: 1252800000000n });
    expect(parse('{"reviewerID": "A1", "asin": "B1"}')).toMatchObject({ rating: null, time: null });
  });

  test.each([
    [
      '{"reviewerID": "A1", "overall": 5}',
      "line 7: a review without asin, found reviewerID, overall; expected at least",
    ],
    ['{"asin": "B1"}', "line 7: a review without reviewerID, found asin"],
    ['{"reviewerID": "A1", "asin": 12}', "line 7: asin is 12, expected an id as text"],
    ['{"reviewerID": "A1", "asin": "B1", "overall": "five"}', 'overall is "five", expected a number of stars'],
    ['{"reviewerID": "A1", "asin": "B1", "unixReviewTime": 1.5}', "unixReviewTime is 1.5, expected whole seconds"],
    ["[1]", "line 7: found [1], expected one review as a JSON object"],
    ["{'reviewerID': 'A1'}", "reviews_Baby_5.json.gz line 7 is not JSON"],
  ])("is refused: %s", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
});

describe("metadata", () => {
  const parse = (line: string) => parseMetadata(line, "/raw/meta_Baby.json.gz", 9);

  it("is what is there, as text", () => {
    const line = `{'asin': '0001', 'title': "Kid's \\u00e9", 'price': 3.17, 'imUrl': 'http://x/y.jpg', 'related': {'also_bought': ['B1']}, 'salesRank': {'Toys': 2}, 'categories': [['Baby', 'Bath'], ['Gifts']]}`;
    expect(parse(line)).toEqual({
      item: "0001",
      title: "Kid's é",
      brand: undefined,
      description: undefined,
      categories: [["Baby", "Bath"], ["Gifts"]],
      price: 3.17,
      imUrl: "http://x/y.jpg",
    });
    expect(parse("{'asin': '1', 'description': ['two', 'parts'], 'title': None, 'brand': 7}")).toMatchObject({
      title: undefined,
      brand: "7",
      description: "two parts",
      categories: [],
    });
  });

  test.each([
    ["['0001']", "line 9: found a list, expected a dictionary of one item"],
    ["{'title': 'x'}", "line 9: an item without asin, found title"],
    ["{'asin': '1', 'title': {}}", "line 9: title is a dictionary, expected text"],
    ["{'asin': '1', 'categories': 'Baby'}", 'line 9: categories is "Baby", expected a list of lists of texts'],
    ["{'asin': '1', 'categories': [[1]]}", "line 9: categories is 1, expected a list of lists of texts"],
    ["{'asin': '1', 'price': 'free'}", 'line 9: price is "free", expected a number'],
    ["{'asin': exit()}", 'line 9, column 10: found a call of "exit"'],
  ])("is refused: %s", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
});

describe("the text of an item", () => {
  const parts = {
    categories: [["Baby", "Bath & Care"], ["Gifts"]],
    title: " Rubber duck",
    brand: "Quack",
    description: "Yellow.\nFloats. ",
  };

  it("is categories, title, brand and description, on one line", () => {
    expect(itemText(parts)).toBe("Baby Bath & Care Gifts Rubber duck Quack Yellow. Floats.");
    expect(itemText({ categories: [[]], title: "\n" })).toBe("");
  });

  it("has the title for the brand, and no spaces, as the released script writes it", () => {
    expect(releasedItemText(parts)).toBe(" Baby Bath & Care Gifts  Rubber duck Rubber duckYellow. Floats. ");
    expect(releasedItemText({ ...parts, brand: undefined })).toBe(
      " Baby Bath & Care Gifts  Rubber duckYellow. Floats. ",
    );
    expect(releasedItemText({ categories: [] })).toBe(" ");
  });
});
