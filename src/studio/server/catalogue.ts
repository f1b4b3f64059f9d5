/** The items of a run as the page shows them: tiles, and the wall that searches, filters and orders them. */
import { knownIds } from "../../recommender/known-ids.ts";
import { popularityOf } from "../../recommender/popularity.ts";
import type { Run } from "../../runs/open-run.ts";
import type { RunWeights } from "../../runs/weights.ts";
import type { Categories, Tile, Wall, WallQuery } from "../api.ts";
import type { ItemFacts } from "./item-facts.ts";

export interface StudioCatalogue {
  /** @throws ConfigError naming the id and the closest known ones */
  readonly indexOf: (id: string) => number;
  idOf(item: number): string;
  tile(item: number): Tile;
  wall(query: WallQuery): Wall;
  categories(): Categories;
}

/** In lower case and without accents, so that what people type finds what was meant. */
const plain = (text: string): string => text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();

export function createStudioCatalogue(
  { ids }: Pick<Run, "ids">,
  { interactions }: Pick<RunWeights, "interactions">,
  facts: ItemFacts,
): StudioCatalogue {
  const popularity = popularityOf(interactions.train);
  const known = knownIds("item", ids.items);
  const idOf = (item: number): string => ids.items[item] ?? "";
  const titleOf = (item: number): string | undefined => ids.titles?.[item];
  const searched = ids.items.map((id, item) => plain(`${titleOf(item) ?? ""} ${id}`));
  const byTitle = ids.items
    .map((id, item) => ({ item, key: plain(titleOf(item) ?? id) }))
    .sort((a, b) => a.key.localeCompare(b.key, "en") || a.item - b.item)
    .map(({ item }) => item);
  const counts = new Map<string, number>();
  for (const id of ids.items) {
    for (const category of facts.categoriesOf(id)) counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  const categories = Array.from(counts, ([name, items]) => ({ name, items })).sort(
    (a, b) => b.items - a.items || a.name.localeCompare(b.name, "en"),
  );

  const tile = (item: number): Tile => {
    const id = idOf(item);
    const title = titleOf(item);
    return {
      id,
      ...(title === undefined ? {} : { title }),
      picture: facts.pictureOf(id) !== undefined,
      popularity: popularity.counts[item] ?? 0,
      categories: [...facts.categoriesOf(id)],
    };
  };
  const ordered = (order: WallQuery["order"]): Iterable<number> => {
    switch (order) {
      case "popularity":
        return popularity.order;
      case "title":
        return byTitle;
      case "catalogue":
        return ids.items.keys();
    }
  };
  return {
    indexOf: known.indexOf,
    idOf,
    tile,
    categories: () => ({ categories }),
    wall: ({ query, category, order, offset, limit }) => {
      const words = plain(query)
        .split(/\s+/)
        .filter((word) => word !== "");
      const found: number[] = [];
      for (const item of ordered(order)) {
        const text = searched[item] ?? "";
        if (!words.every((word) => text.includes(word))) continue;
        if (category !== undefined && !facts.categoriesOf(idOf(item)).includes(category)) continue;
        found.push(item);
      }
      return { total: found.length, offset, items: found.slice(offset, offset + limit).map(tile) };
    },
  };
}
