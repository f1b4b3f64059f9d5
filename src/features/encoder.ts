/**
 * What turns one column of a catalogue (texts, pictures, sounds) into feature rows. An item encoder needs one item at a time, so that its
 * work can be stopped and gone on with; a corpus encoder reads everything first (word counts), then gives the rows.
 */

/** Why an item got no row: it is marked missing, counted and listed, and never a row of zeros that pretends to be data. */
export interface Missing {
  readonly missing: string;
}

export type EncodedItem = Float32Array | Missing;

interface EncoderDescription {
  /** Short name, e.g. "colour-gradient" or a model's id. */
  readonly name: string;
  /** Everything that decides the values, kept in the dataset's description. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** Encodes batches of items one after the other. */
export interface ItemEncoder extends EncoderDescription {
  readonly kind: "item";
  /** Values a row. */
  readonly columns: number;
  /** How many items it likes at a time. */
  readonly batchSize: number;
  /**
   * @param inputs one text, or one absolute path of a picture or sound, an item
   * @returns as many, each `columns` long or the reason why there is none
   */
  encode(inputs: readonly string[]): Promise<readonly EncodedItem[]>;
  close(): Promise<void>;
}

/** Encodes a whole column at once, in bounded memory: it reads the texts more than once. */
export interface CorpusEncoder extends EncoderDescription {
  readonly kind: "corpus";
  /**
   * @param texts gives a fresh pass over all texts in item order, "" for an item without one; called more than once
   * @param onProgress told a share of the whole, 0 to 1
   * @returns the number of columns, and the rows in item order
   */
  encode(
    texts: () => AsyncIterable<readonly string[]>,
    onProgress: (share: number) => Promise<void>,
  ): Promise<{ readonly columns: number; readonly rows: AsyncIterable<readonly EncodedItem[]> }>;
}

export type Encoder = ItemEncoder | CorpusEncoder;
