/**
 * The categories of items, for filters and boosts: from a column of the dataset's items, or as a program gives them. A text such as
 * `Baby > Clothes | Gifts` is two paths: the item is in Baby, Clothes, `Baby > Clothes` and Gifts.
 */
import type { Dataset } from "../../data/dataset.ts";
import { ConfigError, DatasetError } from "../../errors.ts";
import { openEncodingTarget } from "../../features/encoding-target.ts";
import type { Run } from "../../runs/open-run.ts";
import type { Catalogue } from "../catalogue.ts";
import { knownIds } from "../known-ids.ts";

/** By item id. */
export type CategoryMap = Readonly<Record<string, string | readonly string[]>>;

export interface ItemCategories {
  /** By item id; empty for items without any. */
  of(id: string): readonly string[];
  /** Grows whenever any of them changes; absent where they stay as they are. */
  readonly changes?: number | undefined;
}

/** Where categories come from. */
export type CategorySource = CategoryMap | ItemCategories | string | true;

const isLive = (source: CategorySource): source is ItemCategories =>
  typeof source === "object" && typeof source.of === "function";

/** @returns each category once: levels of paths and the paths up to them */
export function categoriesIn(text: string): readonly string[] {
  const found = new Set<string>();
  for (const path of text.split("|")) {
    const levels = path
      .split(">")
      .map((level) => level.trim())
      .filter((level) => level !== "");
    levels.forEach((level, depth) => {
      found.add(level);
      found.add(levels.slice(0, depth + 1).join(" > "));
    });
  }
  return [...found];
}

const usualColumns = ["category", "categories"];

async function readColumn(
  run: Run,
  given: Dataset | string | undefined,
  wanted: string | true,
): Promise<readonly (readonly [id: string, text: string])[]> {
  const folder = typeof given === "string" ? given : (given ?? run.config.dataset).folder;
  if (folder === undefined) {
    throw new ConfigError(
      `categories: run ${run.folder} was trained on a dataset in memory, which has no columns; give categories by item id`,
    );
  }
  const { table } = await openEncodingTarget(folder);
  try {
    const column = wanted === true ? usualColumns.find((name) => table.columns.includes(name)) : wanted;
    if (column === undefined) {
      throw new DatasetError(
        `${table.label} of ${folder} has no column ${usualColumns.join(" or ")}; found ${table.columns.join(", ") || "none but the id"}: name the one with the categories`,
      );
    }
    const ids: string[] = [];
    for await (const block of table.ids()) ids.push(...block);
    const texts: string[] = [];
    for await (const block of table.column(column, " | ")()) texts.push(...block);
    return ids.map((id, item) => [id, texts[item]] as const);
  } finally {
    table.close();
  }
}

/**
 * @param source categories by item id, something that is asked for them, the name of a column of the dataset's items, or true for a column
 * called category or categories
 * @param dataset where it is not the folder that the run was trained on
 */
export async function openCategories(
  run: Run,
  source: CategorySource,
  dataset: Dataset | string | undefined,
): Promise<ItemCategories> {
  if (isLive(source)) return source;
  const entries = typeof source === "object" ? Object.entries(source) : await readColumn(run, dataset, source);
  const byId = new Map<string, readonly string[]>(
    entries.map(([id, given]) => [id, typeof given === "string" ? categoriesIn(given) : given]),
  );
  return { of: (id) => byId.get(id) ?? [] };
}

/** Items of each category, by index. */
export interface CategoryIndex {
  /** @throws ConfigError naming the category and the closest known ones */
  items(category: string): readonly number[];
}

function categoryIndex(size: number, categoriesOf: (item: number) => readonly string[]): CategoryIndex {
  const items = new Map<string, number[]>();
  for (let item = 0; item < size; item++) {
    for (const category of new Set(categoriesOf(item))) {
      const list = items.get(category);
      if (list === undefined) items.set(category, [item]);
      else list.push(item);
    }
  }
  const names = [...items.keys()];
  const known = knownIds("category", names, "categories");
  return {
    items: (category) => {
      if (names.length === 0)
        throw new ConfigError("categories: no item of this run has any; check the column or the map");
      return items.get(names[known.indexOf(category)]) ?? [];
    },
  };
}

/** The index over a catalogue as it stands, made when first asked for and after items came or went. */
export function openedCategories(
  catalogue: Pick<Catalogue, "size" | "added" | "categoriesOf" | "idOf">,
  categories: ItemCategories | undefined,
): () => CategoryIndex {
  let made: { readonly added: Catalogue["added"]; readonly changes: number; readonly index: CategoryIndex } | undefined;
  return () => {
    if (categories === undefined) {
      throw new ConfigError(
        "categories: this recommender was opened without any; give openRecommender the option categories: a column of the dataset's items, or categories by item id",
      );
    }
    const { changes = 0 } = categories;
    if (made?.added !== catalogue.added || made.changes !== changes) {
      const categoriesOf = (item: number) => catalogue.categoriesOf(item) ?? categories.of(catalogue.idOf(item));
      made = { added: catalogue.added, changes, index: categoryIndex(catalogue.size, categoriesOf) };
    }
    return made.index;
  };
}
