/**
 * The public Amazon 2014 files as a source of a preparation: reviews become interactions, metadata becomes items with the text that the
 * paper composes, and the image features become the modality `image`.
 */
import fs from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Database } from "../../data/database.ts";
import { addModality } from "../../data/native-modalities.ts";
import { DatasetError } from "../../errors.ts";
import type { ColumnChoice, PreparationProgress, Source, StagedSource, StagingContext } from "../source.ts";
import { type AmazonFiles, recogniseAmazonFiles } from "./amazon-folder.ts";
import { readLines } from "./compressed-lines.ts";
import { imageColumns } from "./image-features.ts";
import { imageRows, indexImages, type MissingImages } from "./image-modality.ts";
import { itemText, releasedItemText } from "./item-text.ts";
import { parseMetadata } from "./metadata.ts";
import { parseReview } from "./reviews.ts";
import { type Cell, type ColumnType, createTable } from "./table-writer.ts";

export interface AmazonOptions {
  /** Compose the text as the released script does, with the title where the brand should be. Default false. */
  readonly paperText?: boolean | undefined;
  /** Default "mark". */
  readonly missingImages?: MissingImages | undefined;
}

/**
 * @param place the folder of the files, or the reviews file of one category
 * @throws DatasetError or ConfigError when the place holds no such files, or those of several categories
 */
export function amazonSource(place: string, options: AmazonOptions = {}): Source {
  const files = recogniseAmazonFiles(place);
  if (files === undefined) {
    throw new DatasetError(
      `${place} holds no Amazon 2014 files, expected reviews_X_5.json.gz, and beside it meta_X.json.gz and image_features_X.b; get them with: latticework fetch amazon-2014`,
    );
  }
  return { name: files.category, usualSplit: "paper", stage: (context) => stage(files, options, context) };
}

async function stage(files: AmazonFiles, options: AmazonOptions, context: StagingContext): Promise<StagedSource> {
  const reviews = await stageReviews(files.reviews, context);
  const items = files.metadata === undefined ? undefined : await stageMetadata(files.metadata, options, context);
  const { images } = files;
  return {
    read: [
      `${path.basename(files.reviews)}: ${reviews} reviews`,
      ...(files.metadata === undefined ? [] : [`${path.basename(files.metadata)}: ${items} items`]),
      ...(images === undefined ? [] : [`${path.basename(images)}: image features, ${imageColumns} an item`]),
    ],
    columns: columnsOf(files),
    time: "seconds since 1970",
    hasItems: files.metadata !== undefined,
    hasRatings: true,
    hasTimes: true,
    hasEvents: false,
    notes: absentNotes(files),
    ...(images === undefined ? {} : { addModalities: (folder) => addImages(folder, images, options, context) }),
  };
}

function absentNotes({ category, metadata, images }: AmazonFiles): readonly string[] {
  return [
    ...(metadata === undefined ? [`meta_${category}.json.gz is not there: no titles and no text to encode`] : []),
    ...(images === undefined ? [`image_features_${category}.b is not there: no modality "image"`] : []),
  ];
}

function columnsOf({ metadata }: AmazonFiles): readonly ColumnChoice[] {
  const choice = (table: ColumnChoice["table"], role: ColumnChoice["role"], column: string): ColumnChoice => ({
    table,
    role,
    column,
    guessed: false,
  });
  return [
    choice("interactions", "user", "reviewerID"),
    choice("interactions", "item", "asin"),
    choice("interactions", "rating", "overall"),
    choice("interactions", "time", "unixReviewTime"),
    ...(metadata === undefined ? [] : [choice("items", "item", "asin"), choice("items", "title", "title")]),
  ];
}

/** @returns how many reviews there are */
async function stageReviews(file: string, context: StagingContext): Promise<number> {
  const columns = { user: "VARCHAR", item: "VARCHAR", rating: "DOUBLE", time: "BIGINT", event: "VARCHAR" } as const;
  return stageLines(file, "raw_interactions", columns, context, (line, number) => {
    const { user, item, rating, time } = parseReview(line, file, number);
    return [user, item, rating, time, null];
  });
}

/** @returns how many items there are */
async function stageMetadata(file: string, { paperText }: AmazonOptions, context: StagingContext): Promise<number> {
  const columns = {
    item: "VARCHAR",
    title: "VARCHAR",
    brand: "VARCHAR",
    description: "VARCHAR",
    categories: "VARCHAR",
    price: "DOUBLE",
    imUrl: "VARCHAR",
    text: "VARCHAR",
  } as const;
  const compose = paperText === true ? releasedItemText : itemText;
  return stageLines(file, "raw_items", columns, context, (line, number) => {
    const item = parseMetadata(line, file, number);
    const { title = null, brand = null, description = null, price = null, imUrl = null } = item;
    const categories = item.categories.map((names) => names.join(" > ")).join(" | ");
    return [item.item, title, brand, description, categories || null, price, imUrl, compose(item) || null];
  });
}

/** One row a line that is not blank. */
async function stageLines(
  file: string,
  table: string,
  columns: Readonly<Record<string, ColumnType>>,
  { database, onProgress, signal }: StagingContext,
  rowOf: (line: string, number: number) => readonly Cell[],
): Promise<number> {
  const size = Math.max(1, fs.statSync(file).size);
  const writer = await createTable(database, table, columns);
  const step = `reading ${path.basename(file)}`;
  let rows = 0;
  for await (const { first, lines, bytesRead } of readLines(file, { signal })) {
    for (const [place, line] of lines.entries()) {
      if (line.trim() === "") continue;
      writer.add(rowOf(line, first + place));
      rows++;
    }
    onProgress({ step, rows, share: bytesRead / size });
  }
  writer.end();
  if (rows === 0) throw new DatasetError(`${path.basename(file)} is empty, expected one record a line`);
  return rows;
}

async function addImages(
  folder: string,
  file: string,
  { missingImages = "mark" }: AmazonOptions,
  { database, onProgress, signal }: StagingContext,
): Promise<readonly string[]> {
  const ids = await itemIds(database);
  const indices = new Map(ids.map((id, index) => [id, index]));
  const size = Math.max(1, fs.statSync(file).size);
  const report = async (progress: PreparationProgress): Promise<void> => {
    onProgress(progress);
    await setImmediate();
    signal?.throwIfAborted();
  };
  const index = await indexImages(
    file,
    ids.length,
    (item) => indices.get(item),
    missingImages,
    (bytes) => report({ step: `reading ${path.basename(file)}`, share: bytes / size }),
  );
  if (index.used === 0) {
    throw new DatasetError(
      `${path.basename(file)} has ${index.records} records and none of an item of this dataset; it belongs to another category, or leave it away`,
    );
  }
  const rows = imageRows(index, ids, missingImages, (done) =>
    report({ step: "writing image features", rows: done, share: done / ids.length }),
  );
  await addModality(folder, {
    name: "image",
    columns: imageColumns,
    encoder: { name: "amazon-2014-image-features", settings: { file: path.basename(file), missingImages } },
    missing: missingImages === "mark" ? index.missing : new Int32Array(0),
    blocks: rows,
  });
  const without = index.missing.length;
  const treatment = missingImages === "mark" ? "are marked missing" : "get the mean of the others";
  return [
    `image: ${ids.length - without} of ${ids.length} items have features${without === 0 ? "" : `, ${without} ${treatment}`}`,
    ...(index.unusable === 0 ? [] : [`image: ${index.unusable} records hold no usable numbers`]),
  ];
}

async function itemIds(database: Database): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const [column = []] of database.chunks("SELECT item FROM prepared_items ORDER BY item_index")) {
    for (const id of column) ids.push(String(id));
  }
  return ids;
}
