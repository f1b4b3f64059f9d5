/**
 * The classic text encoder, without a network and without a model: words and character n-grams weighed by TF-IDF (weigh-texts.ts), brought to
 * a few hundred dimensions by a truncated singular value decomposition (randomised-svd.ts),
 *
 *   X ≈ U diag(σ) Vᵀ,   row of an item = x V diag(σ)^½ / ‖·‖ = the row of U diag(σ)^(3/2), at length 1.
 *
 * The power above 1 lets the directions that many texts share count for more than those of a few; it was chosen on validation figures.
 * V is computed from all texts, or from evenly spaced ones where there are more than its bound; every text then gets its row. Memory does
 * not depend on the number of texts, and the bytes not on threads or on how the texts come in portions.
 */
import type { Engine, Matrix } from "../../engine/engine.ts";
import { openEngine } from "../../engine/open.ts";
import { ConfigError, DatasetError } from "../../errors.ts";
import type { CorpusEncoder, EncodedItem, ItemEncoder } from "../encoder.ts";
import { truncatedSvd } from "./randomised-svd.ts";
import { createSparseRows, transposeSparse } from "./sparse-rows.ts";
import { countVocabulary, type Vocabulary } from "./vocabulary.ts";
import { createTextWeigher } from "./weigh-texts.ts";

export interface TextEncoderOptions {
  /** Values a row at most; fewer come out when the texts have fewer directions. Default 256. */
  readonly size?: number | undefined;
  /** Of the random start of the decomposition; default 1. */
  readonly seed?: number | undefined;
  /** Threads that compute; default the machine's processors. The rows do not depend on it. */
  readonly threads?: number | undefined;
  /** Words and n-grams that count, at most; default 65,536. */
  readonly vocabulary?: number | undefined;
  /** Texts that the decomposition is computed from, at most; default 65,536. */
  readonly fitTexts?: number | undefined;
}

/** The texts of a corpus in batches, from the beginning each time it is called. */
export type Texts = () => AsyncIterable<readonly string[]>;
type Progress = (share: number) => Promise<void>;

/** Entries of the rows that the decomposition is computed from: 8 bytes each, twice. */
const mostFitEntries = 12_000_000;
const rowsAtOnce = 1024;
/** Shares of the work, for the progress: counting, reading the texts to decompose, decomposing; the rest gives the rows. */
const counting = 0.2;
const reading = 0.35;
const decomposing = 0.6;

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new ConfigError(`${name} is ${value}; expected a whole number from ${least} to ${most}`);
}

/** The projection x → x V diag(σ)^½, from all texts or evenly spaced ones. */
async function findProjection(
  engine: Engine,
  texts: Texts,
  vocabulary: Vocabulary,
  { size, seed, fitTexts }: { readonly size: number; readonly seed: number; readonly fitTexts: number },
  onProgress: Progress,
): Promise<Matrix> {
  const { counted, entries } = vocabulary;
  const share = Math.min(1, fitTexts / counted, mostFitEntries / entries);
  const capacity = share === 1 ? entries : Math.min(entries, mostFitEntries);
  const rows = createSparseRows(engine, vocabulary.columns, Math.min(counted, fitTexts), capacity);
  const weigher = createTextWeigher(vocabulary);
  let number = 0;
  let read = 0;
  for await (const portion of texts()) {
    for (const text of portion) {
      read++;
      if (text === "") continue;
      number++;
      if (Math.floor(number * share) === Math.floor((number - 1) * share)) continue;
      const length = weigher.weigh(text);
      if (length > 0 && rows.fits(length)) rows.add(weigher.columns, weigher.values, length);
    }
    await onProgress(counting + ((reading - counting) * read) / vocabulary.texts);
  }
  const matrix = rows.matrix();
  const transpose = transposeSparse(engine, matrix);
  const { singularValues, rightVectors } = await truncatedSvd(engine, matrix, transpose, { size, seed }, (done) =>
    onProgress(reading + (decomposing - reading) * done),
  );
  for (const array of [transpose.rowPointers, transpose.columnIndices, transpose.values]) engine.release(array);
  rows.release();
  const { rows: columns, columns: kept, data } = rightVectors;
  for (let column = 0; column < columns; column++) {
    for (let j = 0; j < kept; j++) data[column * kept + j] *= Math.sqrt(singularValues[j] / singularValues[0]);
  }
  return rightVectors;
}

/** `count` rows of `data` at length 1, each an array of its own. */
function unitRows({ rows, columns, data }: Matrix): Float32Array[] {
  return Array.from({ length: rows }, (_, row) => {
    const values = Float32Array.from(data.subarray(row * columns, (row + 1) * columns));
    let squares = 0;
    for (const value of values) squares += value * value;
    const factor = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let j = 0; j < columns; j++) values[j] *= factor;
    return values;
  });
}

/** Rows of all texts, `rowsAtOnce` at a time whatever portions they come in. */
async function* project(
  engine: Engine,
  texts: Texts,
  vocabulary: Vocabulary,
  projection: Matrix,
  onProgress: Progress,
): AsyncGenerator<readonly EncodedItem[], void, undefined> {
  const weigher = createTextWeigher(vocabulary);
  let rows = createSparseRows(engine, vocabulary.columns, rowsAtOnce, 1 << 18);
  let items: (EncodedItem | undefined)[] = [];
  const finish = (): readonly EncodedItem[] => {
    const matrix = rows.matrix();
    const found = engine.step(() => {
      const out = {
        rows: matrix.rows,
        columns: projection.columns,
        data: engine.floats(matrix.rows * projection.columns),
      };
      engine.spmm(matrix, projection, out);
      return unitRows(out);
    });
    let next = 0;
    const finished = items.map((item): EncodedItem => item ?? found[next++]);
    items = [];
    rows.clear();
    return finished;
  };
  try {
    let done = 0;
    for await (const portion of texts()) {
      for (const text of portion) {
        const length = text === "" ? 0 : weigher.weigh(text);
        if (length > 0 && !rows.fits(length)) {
          if (items.length > 0) yield finish();
          if (!rows.fits(length)) {
            rows.release();
            rows = createSparseRows(engine, vocabulary.columns, rowsAtOnce, 2 * length);
          }
        }
        if (length > 0) {
          rows.add(weigher.columns, weigher.values, length);
          items.push(undefined);
        } else {
          items.push({
            missing: text === "" ? "the column is empty" : "none of its words is in another text of the catalogue",
          });
        }
        if (items.length === rowsAtOnce) yield finish();
      }
      done += portion.length;
      await onProgress(decomposing + ((1 - decomposing) * done) / vocabulary.texts);
    }
    if (items.length > 0) yield finish();
  } finally {
    rows.release();
  }
}

export const textEncoderName = "tfidf-svd";

const withoutBlanks = (given: Texts): Texts =>
  async function* () {
    for await (const portion of given()) yield portion.map((text) => (text.trim() === "" ? "" : text));
  };

export interface ClassicTextEncoder extends CorpusEncoder {
  /**
   * Learns from these texts once, and gives an encoder for other ones: one of the texts gets the row that `encode` gives it. It holds an engine
   * until it is closed. @throws as `encode`
   */
  learn(texts: Texts): Promise<ItemEncoder>;
}

/**
 * @throws ConfigError when a number makes no sense; `encode` throws a DatasetError when the texts have no word in common, and an
 * EngineError when memory does not suffice. The rows have to be read to their end (or returned), which closes the engine.
 */
export function createTextEncoder(options: TextEncoderOptions = {}): ClassicTextEncoder {
  const { size = 256, seed = 1, threads, vocabulary: mostColumns = 65_536, fitTexts = 65_536 } = options;
  checkWhole("size", size, 1, 4096);
  checkWhole("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  checkWhole("vocabulary", mostColumns, 1, 1 << 21);
  checkWhole("fitTexts", fitTexts, 1, 1 << 24);
  /** @returns what was learned of the texts, over an engine that is the caller's to close */
  const learn = async (texts: Texts, onProgress: Progress) => {
    const vocabulary = await countVocabulary(texts(), mostColumns, () => onProgress(0));
    if (vocabulary.counted === 0) {
      throw new DatasetError(`none of the ${vocabulary.texts} items has a text; choose other columns`);
    }
    if (vocabulary.columns === 0) {
      throw new DatasetError(
        `the ${vocabulary.counted} texts have no word and no part of a word in common; expected texts that people wrote: choose other columns`,
      );
    }
    const engine = await openEngine(threads === undefined ? {} : { threads });
    try {
      await onProgress(counting);
      const projection = await findProjection(engine, texts, vocabulary, { size, seed, fitTexts }, onProgress);
      return { engine, vocabulary, projection };
    } catch (error) {
      engine.close();
      throw error;
    }
  };
  const settings = { version: 1, size, seed, vocabulary: mostColumns, fitTexts };
  return {
    kind: "corpus",
    name: textEncoderName,
    settings,
    learn: async (given) => {
      const { engine, vocabulary, projection } = await learn(withoutBlanks(given), async () => {});
      return {
        kind: "item",
        name: textEncoderName,
        settings,
        columns: projection.columns,
        batchSize: rowsAtOnce,
        encode: async (inputs) => {
          const rows: EncodedItem[] = [];
          const pass = withoutBlanks(async function* () {
            yield inputs;
          });
          for await (const block of project(engine, pass, vocabulary, projection, async () => {})) rows.push(...block);
          return rows;
        },
        close: async () => engine.close(),
      };
    },
    encode: async (given, onProgress) => {
      const texts = withoutBlanks(given);
      const { engine, vocabulary, projection } = await learn(texts, onProgress);
      const rows = async function* (): AsyncGenerator<readonly EncodedItem[], void, undefined> {
        try {
          yield* project(engine, texts, vocabulary, projection, onProgress);
        } finally {
          engine.close();
        }
      };
      return { columns: projection.columns, rows: rows() };
    },
  };
}
