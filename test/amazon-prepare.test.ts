/** From Amazon-format files to a dataset, to both exported layouts, and back: the same interactions, ids, texts and features everywhere. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  amazonSource,
  type Dataset,
  exportDataset,
  prepareDataset,
  readDataset,
  readItemColumn,
  type Split,
} from "../src/index.ts";
import {
  imageContent,
  type MadeFiles,
  type MadeItem,
  madeAsin,
  madePicture,
  writeAmazonFiles,
} from "../src/preparation/amazon/amazon-files.fixture.ts";
import { latticework } from "./command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let made = 0;
const splits: readonly Split[] = ["train", "validation", "test"];

/** "user item split" of every interaction, by outside ids, sorted. */
function interactionsOf({ interactions, userIds, itemIds }: Dataset): readonly string[] {
  const all = splits.flatMap((split) => {
    const { rowPointers, columnIndices } = interactions[split];
    return userIds.flatMap((user, u) =>
      [...columnIndices.subarray(rowPointers[u], rowPointers[u + 1])].map((item) =>
        JSON.stringify([user, itemIds[item], split]),
      ),
    );
  });
  return all.sort();
}

function imagesOf({ modalities, items }: Dataset): {
  readonly missing: readonly number[];
  readonly rows: Float32Array;
} {
  const image = modalities.find(({ name }) => name === "image");
  const rows = new Float32Array(items * 4096);
  image?.features?.read(0, items, rows);
  return { missing: [...(image?.missing ?? [])], rows };
}

async function columnOf(dataset: string, column: string): Promise<readonly string[]> {
  const values: string[] = [];
  for await (const block of readItemColumn(dataset, column)()) values.push(...block);
  return values;
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom("'", '"', "\\", "\n", "\r", "\t", "\0", "é", "😀", "u", "{", " ", "&amp;"),
    maxLength: 12,
  }),
);
const user = fc.oneof(
  fc.constantFrom("A1", "A\tB", "A\nB", "'", '"', "👩🏽‍🚀", "0", "-1", "NULL", "__proto__", "a,b", "\\N"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 5 }).filter((id) => id.trim() !== ""),
);
const asin = fc.nat({ max: 14 }).map(madeAsin);
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });

/** Fields that are undefined are left away. */
function present<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

const files: fc.Arbitrary<MadeFiles> = fc.record({
  reviews: fc
    .array(
      fc.record({
        reviewerID: user,
        asin,
        overall: maybe(fc.integer({ min: 1, max: 5 })),
        unixReviewTime: maybe(fc.integer({ min: -1e6, max: 2e9 })),
        reviewText: maybe(text),
      }),
      { minLength: 1, maxLength: 80 },
    )
    .map((reviews) => reviews.map(present)),
  items: fc
    .uniqueArray(
      fc.record({
        asin: fc.nat({ max: 20 }).map(madeAsin),
        title: maybe(text),
        brand: maybe(text),
        description: maybe(text),
        categories: maybe(fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 2 })),
        price: maybe(fc.double({ min: 0, max: 1000, noNaN: true })),
        imUrl: maybe(text),
      }),
      { selector: (item) => item.asin, maxLength: 20, minLength: 1 },
    )
    .map((items) => items.map(present)),
  pictures: fc
    .uniqueArray(fc.nat({ max: 20 }), { maxLength: 20 })
    .map((list) => list.map((n) => madePicture(madeAsin(n), n + 1))),
});

/** The released procedure's sizes for a user of `n` items: below ten one each, otherwise a fifth of them, halved. */
function heldOut(n: number): { readonly validation: number; readonly test: number } {
  const held = n < 10 ? 2 : Math.floor(n / 5);
  return { validation: held - Math.floor(held / 2), test: Math.floor(held / 2) };
}

const composed = ({ categories = [], title = "", brand = "", description = "" }: MadeItem): string =>
  [...categories.flat(), title, brand, description].join(" ").split(/\s+/).filter(Boolean).join(" ");

describe("Amazon-format files", () => {
  test("→ dataset → both exported layouts → dataset keep interactions, ids, texts and features", async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.nat({ max: 5 }), async (content, seed) => {
        const at = join(folder, String(made++));
        mkdirSync(at);
        writeAmazonFiles(at, "Toys", content);
        const reviewed = new Set(content.reviews.map((review) => review.asin));
        const pictures = new Map(content.pictures?.map(({ asin: id, values }) => [id, values]));
        fc.pre([...reviewed].some((id) => pictures.has(id)));

        const out = join(at, "dataset");
        const report = await prepareDataset({ source: amazonSource(at), out, seed });
        const dataset = await readDataset(out);
        expect(report.split.method).toBe("paper");
        expect(dataset.name).toBe("Toys");
        expect(new Set(dataset.itemIds)).toEqual(reviewed);
        expect(new Set(dataset.userIds)).toEqual(new Set(content.reviews.map(({ reviewerID }) => reviewerID)));

        const pairs = new Set(content.reviews.map(({ reviewerID, asin: id }) => JSON.stringify([reviewerID, id])));
        const found = interactionsOf(dataset).map((one) => JSON.parse(one) as [string, string, Split]);
        expect(new Set(found.map(([a, b]) => JSON.stringify([a, b])))).toEqual(pairs);
        expect(found).toHaveLength(pairs.size);
        for (const id of dataset.userIds) {
          const own = found.filter(([one]) => one === id);
          if (own.length < 3) continue;
          const count = (split: Split): number => own.filter(([, , other]) => other === split).length;
          expect({ validation: count("validation"), test: count("test") }).toEqual(heldOut(own.length));
        }

        const items = new Map(content.items?.map((item) => [item.asin, item]));
        const texts = await columnOf(out, "text");
        const titles = await columnOf(out, "title");
        expect(texts).toEqual(dataset.itemIds.map((id) => composed(items.get(id) ?? { asin: id })));
        expect(titles).toEqual(dataset.itemIds.map((id) => items.get(id)?.title ?? ""));

        const { missing, rows } = imagesOf(dataset);
        expect(missing).toEqual(dataset.itemIds.flatMap((id, item) => (pictures.has(id) ? [] : [item])));
        for (const [item, id] of dataset.itemIds.entries()) {
          const row = rows.subarray(item * 4096, (item + 1) * 4096);
          expect(row).toEqual(pictures.get(id) ?? new Float32Array(4096));
        }

        for (const layout of ["inter", "5-core"] as const) {
          const copy = join(at, layout);
          await exportDataset(out, copy, layout);
          const back = await readDataset(copy);
          expect(back.userIds).toEqual(dataset.userIds);
          expect(back.itemIds).toEqual(dataset.itemIds);
          expect(interactionsOf(back)).toEqual(interactionsOf(dataset));
          expect(imagesOf(back)).toEqual({ missing, rows });
          expect(back.fingerprint).toBe(dataset.fingerprint);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("latticework prepare refuses, in one line and leaving nothing behind,", () => {
  const items = [0, 1, 2].map((n) => ({ asin: madeAsin(n), title: `Toy ${n}` }));
  const reviews = ["A1", "A2", "A3"].flatMap((reviewerID) =>
    items.map(({ asin }) => ({ reviewerID, asin, overall: 5, unixReviewTime: 1_300_000_000 })),
  );
  const pictures = items.map(({ asin }, n) => madePicture(asin, n + 1));

  const refusals: readonly (readonly [string, (at: string) => void, RegExp])[] = [
    [
      "a Python literal with code in it, which does not run",
      (at) =>
        writeFileSync(
          join(at, "meta_Toys.json"),
          `{'asin': 'B1', 'title': 'x'}\n{'asin': open(${JSON.stringify(join(at, "ran"))}, 'w')}\n`,
        ),
      /error: meta_Toys\.json line 2, column 10: found a call of "open", expected a string, .* nothing in it is ever run/,
    ],
    [
      "image features cut inside a record",
      (at) => writeFileSync(join(at, "image_features_Toys.b"), imageContent(pictures).subarray(0, 2 * 16394 + 77)),
      /error: image_features_Toys\.b is cut inside the record at byte 32788: found 77 bytes of it, expected 16394/,
    ],
    [
      "a truncated gz",
      (at) => {
        const file = join(at, "reviews_Toys_5.json.gz");
        writeFileSync(file, readFileSync(file).subarray(0, 60));
      },
      /error: reviews_Toys_5\.json\.gz is truncated: the gz data ends early, after \d+ whole lines/,
    ],
    [
      "a review without asin",
      (at) => writeFileSync(join(at, "reviews_Toys_5.json.gz"), '{"reviewerID": "A1", "overall": 5.0}\n'),
      /error: reviews_Toys_5\.json\.gz line 1: a review without asin, found reviewerID, overall/,
    ],
    [
      "two categories at once",
      (at) => writeAmazonFiles(at, "Baby", { reviews }),
      /error: .* has the reviews of Baby, Toys, expected one category; name the reviews file of the one that is meant/,
    ],
  ];
  test.each(refusals)("%s", async (_, spoil, message) => {
    const at = join(folder, String(made++));
    mkdirSync(at);
    writeAmazonFiles(at, "Toys", { reviews, pictures });
    spoil(at);
    const out = join(at, "dataset");
    const { code, errors } = await latticework("prepare", at, "--out", out);
    expect(code).toBe(1);
    expect(errors).toMatch(message);
    expect(errors).not.toContain("fault in Latticework");
    expect([existsSync(out), existsSync(join(at, "ran"))]).toEqual([false, false]);
  });

  test("metadata without reviews", async () => {
    const at = join(folder, String(made++));
    mkdirSync(at);
    writeFileSync(join(at, "meta_Toys.json.gz"), "");
    const { code, errors } = await latticework("prepare", at, "--out", join(at, "dataset"));
    expect(code).toBe(1);
    expect(errors).toMatch(/has meta_Toys\.json\.gz but no reviews, expected reviews_Toys_5\.json\.gz beside it/);
  });
});
