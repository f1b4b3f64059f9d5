/** The classic text encoder as a whole: the same bytes however it is run, items without words, and that its features carry preference. */
import { describe, expect, test } from "vitest";
import { inspectDataset } from "../../data/index.ts";
import { openEngine } from "../../engine/open.ts";
import { createRandom } from "../../tensor/random.ts";
import type { EncodedItem } from "../encoder.ts";
import { fieldSeparator } from "../join-columns.ts";
import { createTextEncoder, type TextEncoderOptions } from "./open-text-encoder.ts";
import { textCatalogue } from "./text-catalogue.fixture.ts";

function inPortions(texts: readonly string[], portion: number): () => AsyncIterable<readonly string[]> {
  return async function* () {
    for (let from = 0; from < texts.length; from += portion) yield texts.slice(from, from + portion);
  };
}

async function encode(
  texts: readonly string[],
  options: TextEncoderOptions = {},
  portion = 7,
): Promise<{ readonly columns: number; readonly items: readonly EncodedItem[] }> {
  const { columns, rows } = await createTextEncoder(options).encode(inPortions(texts, portion), async () => {});
  const items: EncodedItem[] = [];
  for await (const part of rows) items.push(...part);
  return { columns, items };
}

const rowOf = (item: EncodedItem | undefined): Float32Array =>
  item instanceof Float32Array ? item : Float32Array.of();
const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, j) => sum + value * b[j], 0);

const { texts } = textCatalogue(300, 5);

describe("the same bytes", () => {
  const reference = encode(texts, { size: 24, threads: 1 });

  test.each([
    ["two threads", { size: 24, threads: 2 }, 7],
    ["one text at a time", { size: 24, threads: 1 }, 1],
    ["all texts at once", { size: 24, threads: 2 }, 1000],
  ] as const)("%s", async (_, options, portion) => {
    expect(await encode(texts, options, portion)).toEqual(await reference);
  });

  test("another seed starts elsewhere and ends at about the same", async () => {
    const { items } = await encode(texts, { size: 24, seed: 2 });
    const { items: others } = await reference;
    const between = (rows: readonly EncodedItem[]): number => cosine(rowOf(rows[0]), rowOf(rows[1]));
    expect(between(items)).toBeCloseTo(between(others), 2);
  });
});

test("what was learned of the texts encodes one of them as it was encoded, and others beside them, in memory that does not grow", async () => {
  const { columns, items } = await encode(texts, { size: 24, threads: 1 });
  const encoder = await createTextEncoder({ size: 24, threads: 1 }).learn(inPortions(texts, 50));
  expect(encoder.columns).toBe(columns);
  expect(await encoder.encode(texts.slice(5, 9))).toEqual(items.slice(5, 9));
  const [changed, blank, strange] = await encoder.encode([`${texts[7]} ${texts[8]}`, " ", "qqqq"]);
  expect(cosine(rowOf(changed), rowOf(items[7]))).toBeGreaterThan(0.3);
  expect([blank, strange].every((item) => item !== undefined && "missing" in item)).toBe(true);
  for (let call = 0; call < 300; call++) await encoder.encode([texts[call] ?? ""]);
  await encoder.close();
});

test("rows have length 1, and as many values as there are directions when there are few", async () => {
  const { columns, items } = await encode(["red shirt", "red scarf", "blue shirt", "blue scarf"], { size: 256 });
  expect(columns).toBeLessThanOrEqual(4);
  for (const item of items) expect(cosine(rowOf(item), rowOf(item))).toBeCloseTo(1, 6);
});

test("items of a kind are nearer than others; words in any script count", async () => {
  const { items } = await encode([
    "linen shirt",
    "linen shirt dress",
    "copper kettle",
    "copper pot",
    "亜麻のシャツ",
    "亜麻の服",
  ]);
  const [a, b, c, , e, f] = items.map(rowOf);
  expect(cosine(a, b)).toBeGreaterThan(cosine(a, c) + 0.3);
  expect(cosine(e, f)).toBeGreaterThan(cosine(e, a) + 0.3);
});

test("fields are told apart", async () => {
  const join = (title: string, brand: string): string => title + fieldSeparator + brand;
  const { items } = await encode([
    join("diamond", "carat"),
    join("carat", "diamond"),
    join("diamond", "carat"),
    join("carat", "diamond"),
  ]);
  const [a, b, c] = items.map(rowOf);
  expect(cosine(a, c)).toBeCloseTo(1, 6);
  expect(cosine(a, b)).toBeLessThan(0.1);
});

test("items without words are missing, with the reason", async () => {
  const { items } = await encode(["red shirt", "", "  \n", "red scarf", "zyxq", "…"]);
  const reasons = items.map((item) => ("missing" in item ? item.missing : ""));
  expect(reasons).toEqual([
    "",
    "the column is empty",
    "the column is empty",
    "",
    "none of its words is in another text of the catalogue",
    "none of its words is in another text of the catalogue",
  ]);
});

test.each([
  { texts: ["", " "], message: "none of the 2 items has a text; choose other columns" },
  { texts: ["abcd", "efgh"], message: /the 2 texts have no word and no part of a word in common/ },
])("$message", async ({ texts, message }) => {
  await expect(encode(texts)).rejects.toThrow(message);
});

test.each([{ size: 0 }, { seed: -1 }, { vocabulary: 1.5 }, { fitTexts: 0 }])("refuses %o", (options) => {
  expect(() => createTextEncoder(options)).toThrow(/expected a whole number/);
});

test("bounds on vocabulary and on the texts decomposed keep a row for every text", async () => {
  const { items } = await encode(texts, { size: 16, vocabulary: 200, fitTexts: 60 });
  expect(items.filter((item) => item instanceof Float32Array)).toHaveLength(texts.length);
});

test("neighbours by text share users clearly more often than by random features", async () => {
  const catalogue = textCatalogue(400, 2);
  const { columns, items } = await encode(catalogue.texts, { size: 32 });
  const features = new Float32Array(items.length * columns);
  for (const [item, row] of items.entries()) features.set(rowOf(row), item * columns);
  const random = createRandom(1, "random-features");
  const noise = Float32Array.from({ length: items.length * columns }, () => random.uniform() - 0.5);
  const engine = await openEngine({ threads: 1 });
  try {
    const lift = (values: Float32Array): number =>
      inspectDataset(catalogue.dataset(values, columns), engine).modalities[0]?.preference.lift ?? Number.NaN;
    expect(lift(noise)).toBeLessThan(1.2);
    expect(lift(features)).toBeGreaterThan(1.5 * lift(noise));
  } finally {
    engine.close();
  }
});
