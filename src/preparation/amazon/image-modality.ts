/**
 * From image records in whatever order to feature rows in item order, in bounded memory: a first pass notes where each item's record
 * stands (and sums the mean picture), a second one fetches the records item by item. An item without a picture is
 * marked missing, or, as the paper's script does, given the mean of the others.
 */
import path from "node:path";
import { firstNonFinite } from "../../data/feature-file.ts";
import { DatasetError } from "../../errors.ts";
import { type ImageRecord, imageColumns, openImageRecords, readImageFeatures } from "./image-features.ts";

/** What an item without a picture gets: a mark that it has none, or the mean vector of the pictures that are there. */
export type MissingImages = "mark" | "mean";

export interface ImageIndex {
  readonly file: string;
  /** Where the record of each item begins; -1 for an item without a usable one. */
  readonly offsets: Float64Array;
  /** Items without a usable record, ascending. */
  readonly missing: Int32Array;
  /** Mean over the usable records of items, a value a column. */
  readonly mean: Float32Array;
  /** Records of items of the dataset; those of other items are passed over. */
  readonly used: number;
  readonly records: number;
  /** Records of items that hold NaN or infinity, or, where such items are marked, nothing but zeros. */
  readonly unusable: number;
}

/**
 * Reads the file once. Where an item has several records the last one counts, and the mean is over all of them.
 * @param indexOf index of an item in the dataset, undefined where it is not in it
 * @param onBytes told now and then how many bytes were read
 */
export async function indexImages(
  file: string,
  items: number,
  indexOf: (item: string) => number | undefined,
  missingImages: MissingImages,
  onBytes: (bytes: number) => Promise<void>,
): Promise<ImageIndex> {
  const offsets = new Float64Array(items).fill(-1);
  const sums = new Float64Array(imageColumns);
  let used = 0;
  let records = 0;
  let unusable = 0;
  for (const { item, values, offset } of readImageFeatures(file)) {
    if (records++ % recordsBetweenReports === 0) await onBytes(offset);
    const index = indexOf(item);
    if (index === undefined) continue;
    if (!isUsable(values, missingImages)) {
      unusable++;
      continue;
    }
    for (let c = 0; c < imageColumns; c++) sums[c] = (sums[c] ?? 0) + (values[c] ?? 0);
    offsets[index] = offset;
    used++;
  }
  const missing = Int32Array.from([...offsets.keys()].filter((item) => offsets[item] === -1));
  const mean = Float32Array.from(sums, (sum) => sum / used);
  return { file, offsets, missing, mean, used, records, unusable };
}

/** The rows of all items, in order, some hundred a block; rows of items without a picture hold zeros, or the mean. */
export async function* imageRows(
  index: ImageIndex,
  ids: readonly string[],
  missingImages: MissingImages,
  onRows: (rows: number) => Promise<void>,
): AsyncGenerator<Float32Array, void, undefined> {
  const { file, offsets, mean } = index;
  const records = openImageRecords(file);
  try {
    for (let from = 0; from < offsets.length; from += rowsABlock) {
      const to = Math.min(offsets.length, from + rowsABlock);
      const block = new Float32Array((to - from) * imageColumns);
      for (let item = from; item < to; item++) {
        const row = block.subarray((item - from) * imageColumns, (item - from + 1) * imageColumns);
        const offset = offsets[item] ?? -1;
        if (offset >= 0) row.set(checked(records.read(offset), ids[item], file).values);
        else if (missingImages === "mean") row.set(mean);
      }
      yield block;
      await onRows(to);
    }
  } finally {
    records.close();
  }
}

/** The released script takes a record of zeros as it is. */
function isUsable(values: Float32Array, missingImages: MissingImages): boolean {
  if (firstNonFinite(values, imageColumns) >= 0) return false;
  return missingImages === "mean" || values.some((value) => value !== 0);
}

function checked(record: ImageRecord, item: string | undefined, file: string): ImageRecord {
  if (record.item === item) return record;
  throw new DatasetError(
    `${path.basename(file)} changed while it was read: the record at byte ${record.offset} is of ${record.item}, it was of ${item}; leave it alone and start again`,
  );
}

const recordsBetweenReports = 256;
const rowsABlock = 256;
