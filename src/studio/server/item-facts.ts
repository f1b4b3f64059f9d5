/**
 * What the dataset of a run says about its items beyond their features: categories, the paths of their pictures, and its other columns, by item id. A
 * run whose dataset is gone, or has no table of items, still opens; a notice says what is missing and what to do.
 */
import path from "node:path";
import { LatticeworkError } from "../../errors.ts";
import { openEncodingTarget } from "../../features/encoding-target.ts";
import { guessImageColumns } from "../../features/guess-columns.ts";
import type { ItemTable } from "../../features/item-table.ts";
import { categoriesIn } from "../../recommender/rules/categories.ts";
import type { Run } from "../../runs/open-run.ts";

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface ItemFacts {
  /** Categories, each path of levels and each level of it. */
  categoriesOf(id: string): readonly string[];
  /** As the catalogue writes it; undefined for an item without a picture. */
  pictureOf(id: string): string | undefined;
  /** Columns that are neither title, category nor picture, empty ones left out. */
  factsOf(id: string): readonly Fact[];
  /** Folder below which pictures lie; undefined where none is known. */
  readonly imageFolder: string | undefined;
  readonly notices: readonly string[];
}

const categoryColumns = ["category", "categories"];
const titleColumns = ["title", "name"];

/** Nothing but why there is nothing. */
export function noItemFacts(notice: string): ItemFacts {
  return {
    categoriesOf: () => [],
    pictureOf: () => undefined,
    factsOf: () => [],
    imageFolder: undefined,
    notices: [notice],
  };
}

async function collected(pass: AsyncIterable<readonly string[]>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const block of pass) for (const value of block) all.push(value);
  return all;
}

async function readTable(table: ItemTable, imageFolder: string | undefined): Promise<ItemFacts> {
  const ids = await collected(table.ids());
  const places = new Map(ids.map((id, place) => [id, place]));
  const read = (name: string): Promise<readonly string[]> => collected(table.column(name, " | ")());
  const categoryColumn = categoryColumns.find((name) => table.columns.includes(name));
  const [imageColumn] = guessImageColumns(table.columns);
  const categories = categoryColumn === undefined ? undefined : (await read(categoryColumn)).map(categoriesIn);
  const pictures = imageColumn === undefined || imageFolder === undefined ? undefined : await read(imageColumn);
  const others: (readonly [name: string, values: readonly string[]])[] = [];
  for (const name of table.columns) {
    if (name === categoryColumn || name === imageColumn || titleColumns.includes(name.toLowerCase())) continue;
    others.push([name, await read(name)]);
  }
  const placeOf = (id: string): number => places.get(id) ?? -1;
  const notices = [
    ...(pictures === undefined
      ? [
          "The dataset names no pictures, so items are shown by their titles. Prepare it with an image folder to see them.",
        ]
      : []),
    ...(categories === undefined
      ? ["The dataset has no column called category or categories, so items cannot be filtered by them."]
      : []),
  ];
  return {
    categoriesOf: (id) => categories?.[placeOf(id)] ?? [],
    pictureOf: (id) => pictures?.[placeOf(id)] || undefined,
    factsOf: (id) =>
      others.map(([name, values]) => ({ name, value: values[placeOf(id)] ?? "" })).filter(({ value }) => value !== ""),
    imageFolder,
    notices,
  };
}

/** @param dataset folder, where it is not the one that the run was trained on */
export async function openItemFacts({ config }: Pick<Run, "config">, dataset?: string): Promise<ItemFacts> {
  const folder = dataset ?? config.dataset.folder;
  if (folder === undefined) {
    return noItemFacts("The run was trained on a dataset in memory: no pictures and no categories are known.");
  }
  try {
    const target = await openEncodingTarget(folder);
    try {
      return await readTable(target.table, target.imageFolder);
    } finally {
      target.close();
    }
  } catch (error) {
    if (!(error instanceof LatticeworkError)) throw error;
    if (dataset !== undefined) throw error;
    return noItemFacts(
      `Pictures and categories are missing: ${error.message}. Where the dataset moved from ${path.basename(folder)}, start again with --dataset.`,
    );
  }
}
