/**
 * A text as a sparse row. In each field the words and the n-grams weigh apart, x_t = (1 + ln tf_t) · idf_t, each part divided by the square root of
 * its length ‖x‖^½: a long description says more than a title, but not in proportion to its length. The parts are added up and the
 * row brought to length 1.
 */
import { logarithm } from "../../tensor/elementary.ts";
import { fieldSeparator } from "../join-columns.ts";
import { bucketMask, type Vocabulary } from "./vocabulary.ts";
import { createWordReader } from "./words.ts";

/** Reads into arrays that the next call overwrites. */
export interface TextWeigher {
  /** @returns how many entries the row has; 0 when no word of the text is known */
  weigh(text: string): number;
  /** The first so many are the row's columns, ascending. */
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

const tabulated = 256;

export function createTextWeigher({ columns, columnOf, weights }: Vocabulary): TextWeigher {
  const read = createWordReader();
  const row = new Int32Array(columns);
  const values = new Float64Array(columns);
  const sums = new Float64Array(columns);
  /** Times a column occurs in the part at hand. */
  const times = new Int32Array(columns);
  const words = { list: new Int32Array(columns), length: 0 };
  const grams = { list: new Int32Array(columns), length: 0 };
  const damped = Float64Array.from({ length: tabulated }, (_, tf) => 1 + logarithm(Math.max(1, tf)));
  let entries = 0;

  const collect = (part: typeof words, hash: number): void => {
    const column = columnOf[hash & bucketMask];
    if (column < 0) return;
    if (times[column]++ === 0) part.list[part.length++] = column;
  };
  const addPart = (part: typeof words): void => {
    let squares = 0;
    for (let at = 0; at < part.length; at++) {
      const column = part.list[at];
      const tf = times[column];
      values[at] = (tf < tabulated ? damped[tf] : 1 + logarithm(tf)) * weights[column];
      squares += values[at] * values[at];
    }
    const factor = 1 / Math.sqrt(Math.sqrt(squares));
    for (let at = 0; at < part.length; at++) {
      const column = part.list[at];
      if (sums[column] === 0) row[entries++] = column;
      sums[column] += factor * values[at];
      times[column] = 0;
    }
    part.length = 0;
  };
  /** A word and an n-gram may share a bucket; the first to come has it. */
  const onWord = (hash: number): void => collect(words, hash);
  const onGram = (hash: number): void => collect(grams, hash);

  return {
    columns: row,
    values,
    weigh: (text) => {
      entries = 0;
      for (const [field, part] of text.split(fieldSeparator).entries()) {
        read(part, field, onWord, onGram);
        if (words.length > 0) addPart(words);
        if (grams.length > 0) addPart(grams);
      }
      row.subarray(0, entries).sort();
      let squares = 0;
      for (let at = 0; at < entries; at++) {
        values[at] = sums[row[at]];
        squares += values[at] * values[at];
        sums[row[at]] = 0;
      }
      const factor = 1 / Math.sqrt(squares);
      for (let at = 0; at < entries; at++) values[at] *= factor;
      return entries;
    },
  };
}
