/** Words and n-grams: what counts as the same word, and what texts without spaces leave. */
import { expect, test } from "vitest";
import { createWordReader } from "./words.ts";

function read(text: string, field = 0): { readonly words: readonly number[]; readonly grams: readonly number[] } {
  const words: number[] = [];
  const grams: number[] = [];
  createWordReader()(
    text,
    field,
    (hash) => words.push(hash),
    (hash) => grams.push(hash),
  );
  return { words, grams };
}

test("case, width and composition of letters do not matter", () => {
  expect(read("Cafe\u0301 ＡＢＣ")).toEqual(read("café abc"));
  expect(read("STRASSE").words).toEqual(read("strasse").words);
});

test("plain letters give the same whether or not the text has others too", () => {
  const plain = read("Blue linen shirt, 42 cm");
  const mixed = read("Blue linen shirt, 42 cm é");
  expect(mixed.words.slice(0, -1)).toEqual(plain.words);
  expect(plain.words).toHaveLength(5);
});

test("n-grams know the beginnings and ends of words", () => {
  expect(read("shirt").grams).toHaveLength(4);
  expect(read("a").grams).toHaveLength(1);
  const [beginning] = read("linen").grams;
  expect(read("line").grams).toContain(beginning);
  expect(read("bline").grams).not.toContain(beginning);
});

test("parts of Chinese and Japanese runs are found again in others", () => {
  const shared = (a: string, b: string): number => read(a).grams.filter((hash) => read(b).grams.includes(hash)).length;
  expect(shared("青い亜麻のシャツ", "亜麻のシャツです")).toBeGreaterThanOrEqual(5);
  expect(shared("青い亜麻のシャツ", "銅製茶壺")).toBe(0);
  const long = "亜麻".repeat(100);
  expect(read(long).grams.length).toBeGreaterThanOrEqual(199);
});

test("the same word in another field is another word", () => {
  expect(read("linen", 1).words).not.toEqual(read("linen", 0).words);
});

test("texts without letters and digits have no words; endless ones are cut", () => {
  expect(read(" – … !! \u0000")).toEqual({ words: [], grams: [] });
  expect(read("x".repeat(100_000)).grams.length).toBeLessThan(100);
});
