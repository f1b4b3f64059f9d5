import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { type Database, openDatabase, sqlText } from "../../data/database.ts";
import { createDataset, readDataset } from "../../data/index.ts";
import { writeNativeDataset } from "../../data/native-layout.ts";
import type { StagedSource } from "../source.ts";
import {
  imageContent,
  type MadeItem,
  type MadePicture,
  madeAsin,
  madePicture,
  reviewsContent,
  writeAmazonFiles,
} from "./amazon-files.fixture.ts";
import { recogniseAmazonFiles } from "./amazon-folder.ts";
import { type AmazonOptions, amazonSource } from "./amazon-source.ts";

const root = mkdtempSync(join(tmpdir(), "latticework-amazon-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
function newFolder(): string {
  const folder = join(root, String(made++));
  mkdirSync(folder);
  return folder;
}

const reviews = [
  { reviewerID: "A1", asin: madeAsin(1), overall: 5, unixReviewTime: 1_252_800_000 },
  { reviewerID: "A2", asin: madeAsin(0), overall: 2.5, unixReviewTime: -1 },
  { reviewerID: "A\t☃", asin: madeAsin(1) },
];
const items: readonly MadeItem[] = [
  {
    asin: madeAsin(1),
    title: "Kid's \"Tutu\"\n– 'Zebra'",
    brand: "Coxlures",
    description: "Hot\tpink \\ 3.17",
    categories: [["Baby", "Clothes"], ["Sports & Outdoors"]],
    price: 3.17,
    imUrl: "http://example.org/a.jpg",
  },
  { asin: madeAsin(0) },
];

async function withStaged(
  folder: string,
  use: (database: Database, staged: StagedSource) => Promise<void>,
  options: AmazonOptions = {},
): Promise<void> {
  const database = await openDatabase({ threads: 2 });
  try {
    await use(database, await amazonSource(folder, options).stage({ database, onProgress: () => undefined }));
  } finally {
    database.close();
  }
}

describe("the files of a category", () => {
  it("are recognised by their names, whatever the category", () => {
    const folder = newFolder();
    expect(recogniseAmazonFiles(folder)).toBeUndefined();
    expect(recogniseAmazonFiles(join(folder, "none"))).toBeUndefined();
    writeAmazonFiles(folder, "Sports_and_Outdoors", { reviews, items, pictures: [] });
    const found = {
      category: "Sports_and_Outdoors",
      reviews: join(folder, "reviews_Sports_and_Outdoors_5.json.gz"),
      metadata: join(folder, "meta_Sports_and_Outdoors.json.gz"),
      images: join(folder, "image_features_Sports_and_Outdoors.b"),
    };
    expect(recogniseAmazonFiles(folder)).toEqual(found);
    writeAmazonFiles(folder, "Baby", { reviews });
    expect(() => recogniseAmazonFiles(folder)).toThrow(
      /has the reviews of Baby, Sports_and_Outdoors, expected one category; name the reviews file/,
    );
    expect(recogniseAmazonFiles(found.reviews)).toEqual(found);
    expect(recogniseAmazonFiles(found.metadata)).toBeUndefined();
  });

  it("without reviews are refused, and a folder of other things too", () => {
    const folder = newFolder();
    writeFileSync(join(folder, "meta_Baby.json.gz"), "");
    expect(() => amazonSource(folder)).toThrow(
      /has meta_Baby\.json\.gz but no reviews, expected reviews_Baby_5\.json\.gz beside it/,
    );
    expect(() => amazonSource(newFolder())).toThrow(/holds no Amazon 2014 files, expected reviews_X_5\.json\.gz/);
  });
});

describe("staged", () => {
  it("reviews are interactions and metadata are items", async () => {
    const folder = newFolder();
    writeAmazonFiles(folder, "Baby", { reviews, items });
    await withStaged(folder, async (database, staged) => {
      expect(await database.rows("SELECT * FROM raw_interactions")).toEqual([
        { user: "A1", item: madeAsin(1), rating: 5, time: 1_252_800_000_000n, event: null },
        { user: "A2", item: madeAsin(0), rating: 2.5, time: -1000n, event: null },
        { user: "A\t☃", item: madeAsin(1), rating: null, time: null, event: null },
      ]);
      const { asin: _, categories: __, ...texts } = items[0] ?? { asin: "" };
      expect(await database.rows("SELECT * FROM raw_items")).toEqual([
        {
          item: madeAsin(1),
          ...texts,
          categories: "Baby > Clothes | Sports & Outdoors",
          text: "Baby Clothes Sports & Outdoors Kid's \"Tutu\" – 'Zebra' Coxlures Hot pink \\ 3.17",
        },
        {
          item: madeAsin(0),
          title: null,
          brand: null,
          description: null,
          categories: null,
          price: null,
          imUrl: null,
          text: null,
        },
      ]);
      expect(staged.read).toEqual(["reviews_Baby_5.json.gz: 3 reviews", "meta_Baby.json.gz: 2 items"]);
      expect(staged.notes).toEqual(['image_features_Baby.b is not there: no modality "image"']);
    });
  });

  it("the text is the released script's where it is asked for", async () => {
    const folder = newFolder();
    writeAmazonFiles(folder, "Baby", { reviews, items });
    await withStaged(
      folder,
      async (database) => {
        const title = "Kid's \"Tutu\" – 'Zebra'";
        expect(await database.rows(`SELECT text FROM raw_items WHERE item = ${sqlText(madeAsin(1))}`)).toEqual([
          { text: ` Baby Clothes Sports & Outdoors ${title}${title}Hot\tpink \\ 3.17` },
        ]);
      },
      { paperText: true },
    );
  });

  it("reviews alone are enough, and what is missing is said", async () => {
    const folder = newFolder();
    writeAmazonFiles(folder, "Baby", { reviews });
    await withStaged(folder, async (_, { hasItems, addModalities, notes }) => {
      expect([hasItems, addModalities]).toEqual([false, undefined]);
      expect(notes).toEqual([
        "meta_Baby.json.gz is not there: no titles and no text to encode",
        'image_features_Baby.b is not there: no modality "image"',
      ]);
    });
  });

  test.each([
    [
      "a line with code in it",
      (folder: string) =>
        writeFileSync(
          join(folder, "meta_Baby.json"),
          `{'asin': 'B1'}\n{'asin': __import__('fs').writeFileSync(${JSON.stringify(join(folder, "ran"))}, '')}\n`,
        ),
      'meta_Baby.json line 2, column 10: found a call of "__import__"',
    ],
    [
      "a review without asin",
      (folder: string) => writeFileSync(join(folder, "reviews_Baby_5.json"), '{"reviewerID": "A1", "overall": 5}\n'),
      "reviews_Baby_5.json line 1: a review without asin",
    ],
    [
      "a truncated gz",
      (folder: string) => writeFileSync(join(folder, "reviews_Baby_5.json"), reviewsContent(reviews).subarray(0, -20)),
      /reviews_Baby_5\.json is truncated: the gz data ends early, after \d whole lines/,
    ],
    [
      "an empty file",
      (folder: string) => writeFileSync(join(folder, "reviews_Baby_5.json"), "\n"),
      "reviews_Baby_5.json is empty, expected one record a line",
    ],
  ] as const)("%s is refused", async (_, spoil, message) => {
    const folder = newFolder();
    writeFileSync(join(folder, "reviews_Baby_5.json"), reviewsContent(reviews));
    spoil(folder);
    await expect(withStaged(folder, async () => undefined)).rejects.toThrow(message);
    expect(existsSync(join(folder, "ran"))).toBe(false);
  });
});

describe("image features", () => {
  const ids = [0, 1, 2, 3].map(madeAsin);

  /** A dataset of four items as it is when modalities are added. */
  async function added(pictures: readonly MadePicture[], options: AmazonOptions = {}, cutTo?: number) {
    const folder = newFolder();
    writeAmazonFiles(folder, "Baby", { reviews, pictures });
    if (cutTo !== undefined) {
      writeFileSync(join(folder, "image_features_Baby.b"), imageContent(pictures).subarray(0, cutTo));
    }
    const out = join(folder, "dataset");
    await writeNativeDataset(
      out,
      createDataset({ name: "x", itemIds: ids, interactions: { train: ids.map((_, item) => [0, item] as const) } }),
    );
    let notes: readonly string[] = [];
    await withStaged(
      folder,
      async (database, { addModalities }) => {
        const rows = ids.map((id, index) => `(${index}, ${sqlText(id)})`).join(", ");
        await database.run(`CREATE TABLE prepared_items AS SELECT * FROM (VALUES ${rows}) AS t(item_index, item)`);
        notes = (await addModalities?.(out)) ?? [];
      },
      options,
    );
    const [image] = (await readDataset(out)).modalities;
    const values = new Float32Array(ids.length * 4096);
    image?.features?.read(0, ids.length, values);
    const row = (item: number): Float32Array => values.slice(item * 4096, (item + 1) * 4096);
    return { missing: [...(image?.missing ?? [])], row, notes };
  }

  const [zeroth, second, foreign] = [
    madePicture(madeAsin(0), 5),
    madePicture(madeAsin(2), 8),
    madePicture(madeAsin(77), 9),
  ];

  it("come in item order, and items without a picture are marked", async () => {
    const { missing, row, notes } = await added([second, foreign, zeroth]);
    expect(missing).toEqual([1, 3]);
    expect(notes).toEqual(["image: 2 of 4 items have features, 2 are marked missing"]);
    expect(row(0)).toEqual(zeroth.values);
    expect(row(2)).toEqual(second.values);
    expect(row(1).every((value) => value === 0)).toBe(true);
  });

  it("of items without a picture are the mean of the others where that is asked for", async () => {
    const { missing, row, notes } = await added([second, foreign, zeroth], { missingImages: "mean" });
    expect(missing).toEqual([]);
    expect(notes).toEqual(["image: 2 of 4 items have features, 2 get the mean of the others"]);
    expect(row(0)).toEqual(zeroth.values);
    expect(row(1)).toEqual(
      zeroth.values.map((value, c) => Math.fround((value + (second.values[c] ?? Number.NaN)) / 2)),
    );
    expect(row(3)).toEqual(row(1));
  });

  it("that say nothing are no picture, and the last record of an item counts", async () => {
    const zeros = { asin: madeAsin(3), values: new Float32Array(4096) };
    const broken = { asin: madeAsin(1), values: new Float32Array(4096).fill(Number.NaN, 4000) };
    const { missing, row, notes } = await added([madePicture(madeAsin(0), 1), zeros, broken, second, zeroth]);
    expect(notes).toContain("image: 2 records hold no usable numbers");
    expect(missing).toEqual([1, 3]);
    expect(row(0)).toEqual(zeroth.values);
  });

  it("that are cut, or of other items, are refused", async () => {
    await expect(added([second, zeroth], {}, 16394 + 100)).rejects.toThrow(
      "image_features_Baby.b is cut inside the record at byte 16394: found 100 bytes of it, expected 16394",
    );
    await expect(added([foreign])).rejects.toThrow(
      "image_features_Baby.b has 1 records and none of an item of this dataset",
    );
  });
});
