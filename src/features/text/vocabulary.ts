/**
 * Which words and n-grams count, and how much: everything is hashed into 2²² buckets, the number of texts with each bucket is counted in one
 * pass, and the most frequent ones that are in enough texts become the columns, the most frequent first. A column's weight is
 * its smooth inverse document frequency, idf = ln((1 + n) / (1 + df)) + 1 over the n texts that are not empty.
 */
import { logarithm } from "../../tensor/elementary.ts";
import { fieldSeparator } from "../join-columns.ts";
import { createWordReader } from "./words.ts";

export interface Vocabulary {
  readonly columns: number;
  /** By bucket, -1 where it is no column. */
  readonly columnOf: Int32Array;
  /** By column. */
  readonly weights: Float64Array;
  /** All texts, and those that are not empty. */
  readonly texts: number;
  readonly counted: number;
  /** Entries that the rows of all texts will have together, at most. */
  readonly entries: number;
}

const bucketBits = 22;
export const bucketMask = 2 ** bucketBits - 1;

/** Texts that a column must be in: what only one item has can compare it with none, and in larger catalogues two are chance. */
const fewestTexts = (counted: number): number => (counted < 1000 ? 2 : 3);

/** The buckets that become columns, by descending frequency and ascending bucket. */
function chooseBuckets(frequencies: Uint32Array, fewest: number, most: number): Int32Array {
  let frequent = 0;
  for (const frequency of frequencies) if (frequency >= fewest) frequent++;
  const chosen = new Int32Array(frequent);
  let place = 0;
  for (const [bucket, frequency] of frequencies.entries()) if (frequency >= fewest) chosen[place++] = bucket;
  chosen.sort((a, b) => frequencies[b] - frequencies[a] || a - b);
  return chosen.subarray(0, most);
}

/**
 * @param pass one pass over the texts
 * @param mostColumns bound on the columns
 * @param onTexts called after each portion with the number of texts so far
 */
export async function countVocabulary(
  pass: AsyncIterable<readonly string[]>,
  mostColumns: number,
  onTexts: (texts: number) => Promise<void>,
): Promise<Vocabulary> {
  const frequencies = new Uint32Array(bucketMask + 1);
  const lastText = new Uint32Array(bucketMask + 1);
  const read = createWordReader();
  let texts = 0;
  let counted = 0;
  let number = 0;
  const visit = (hash: number): void => {
    const bucket = hash & bucketMask;
    if (lastText[bucket] === number) return;
    lastText[bucket] = number;
    frequencies[bucket]++;
  };
  for await (const portion of pass) {
    for (const text of portion) {
      texts++;
      if (text === "") continue;
      number = ++counted;
      for (const [field, part] of text.split(fieldSeparator).entries()) read(part, field, visit, visit);
    }
    await onTexts(texts);
  }
  const chosen = chooseBuckets(frequencies, fewestTexts(counted), mostColumns);
  const columnOf = new Int32Array(bucketMask + 1).fill(-1);
  const weights = new Float64Array(chosen.length);
  let entries = 0;
  for (const [column, bucket] of chosen.entries()) {
    columnOf[bucket] = column;
    weights[column] = logarithm((1 + counted) / (1 + frequencies[bucket])) + 1;
    entries += frequencies[bucket];
  }
  return { columns: chosen.length, columnOf, weights, texts, counted, entries };
}
