/**
 * Which files of a folder are an Amazon 2014 category: `reviews_X_5.json.gz`, `meta_X.json.gz` and `image_features_X.b`, with the
 * same X. The reviews make the dataset; without the metadata there are no texts, without the image features no pictures.
 */
import fs from "node:fs";
import path from "node:path";
import { ConfigError, DatasetError } from "../../errors.ts";

export interface AmazonFiles {
  /** X, e.g. "Baby" or "Sports_and_Outdoors". */
  readonly category: string;
  readonly reviews: string;
  readonly metadata?: string | undefined;
  readonly images?: string | undefined;
}

type Part = "reviews" | "metadata" | "images";

const patterns: readonly { readonly part: Part; readonly pattern: RegExp }[] = [
  { part: "reviews", pattern: /^reviews_(.+)_5\.json(?:\.gz)?$/ },
  { part: "metadata", pattern: /^meta_(.+)\.json(?:\.gz)?$/ },
  { part: "images", pattern: /^image_features_(.+)\.b$/ },
];

/**
 * @param place a folder with the files, or the reviews file of the category that is meant
 * @returns undefined where nothing looks like these files
 * @throws DatasetError when metadata or image features stand there without their reviews; ConfigError for several categories
 */
export function recogniseAmazonFiles(place: string): AmazonFiles | undefined {
  const isFolder = fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const wanted = isFolder ? undefined : partOf(path.basename(place));
  if (!isFolder && wanted?.part !== "reviews") return undefined;
  const folder = isFolder ? place : path.dirname(place);
  const found = new Map<string, Partial<Record<Part, string>>>();
  // Sorted, so that where a file lies both packed and unpacked, the packed one is taken.
  for (const name of fs.readdirSync(folder).sort()) {
    const recognised = partOf(name);
    if (recognised === undefined) continue;
    found.set(recognised.category, { ...found.get(recognised.category), [recognised.part]: path.join(folder, name) });
  }
  const categories = [...found].filter(([category]) => wanted === undefined || category === wanted.category);
  if (categories.length === 0) return undefined;
  const reviewed = categories
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([category, { reviews, ...others }]) =>
      reviews === undefined ? [] : [{ category, reviews: isFolder ? reviews : place, ...others }],
    );
  const [first, ...more] = reviewed;
  if (first === undefined) {
    const names = categories.flatMap(([, parts]) => Object.values(parts)).map((file) => path.basename(file));
    const expected = categories.map(([category]) => `reviews_${category}_5.json.gz`);
    throw new DatasetError(
      `${folder} has ${names.join(" and ")} but no reviews, expected ${expected.join(" or ")} beside it: fetch or copy that file too`,
    );
  }
  if (more.length > 0) {
    throw new ConfigError(
      `${folder} has the reviews of ${reviewed.map(({ category }) => category).join(", ")}, expected one category; name the reviews file of the one that is meant: ${first.reviews}`,
    );
  }
  return first;
}

function partOf(name: string): { readonly part: Part; readonly category: string } | undefined {
  for (const { part, pattern } of patterns) {
    const category = pattern.exec(name)?.[1];
    if (category !== undefined) return { part, category };
  }
  return undefined;
}
