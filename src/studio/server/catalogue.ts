/**
 * The items of a recommender as the page shows them, as they are now: tiles, and the wall that searches, filters and orders them. What costs a pass over
 * all items is made when it is first asked for, and again after the catalogue changed.
 */
import type { Recommender } from "../../recommender/index.ts";
import type { Categories, Tile, Wall, WallQuery } from "../api.ts";

export interface StudioCatalogue {
  /** @throws ConfigError naming the id and the closest known ones */
  tile(id: string): Tile;
  wall(query: WallQuery): Wall;
  categories(): Categories;
}

export interface CatalogueParts {
  readonly recommender: Pick<Recommender, "itemIds" | "item">;
  /** Categories, each path of levels and each level of it. */
  categoriesOf(id: string): readonly string[];
  hasPicture(id: string): boolean;
  /** Another number after every change of the catalogue. */
  changes(): number;
}

/** In lower case and without accents, so that what people type finds what was meant. */
const plain = (text: string): string => text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();

/** A value made of the catalogue, kept until it changes. */
function perChange<T>(changes: () => number, make: () => T): () => T {
  let made: { readonly at: number; readonly value: T } | undefined;
  return () => {
    const at = changes();
    if (made?.at !== at) made = { at, value: make() };
    return made.value;
  };
}

export function createStudioCatalogue(parts: CatalogueParts): StudioCatalogue {
  const { recommender, categoriesOf, hasPicture, changes } = parts;
  /** Titles change seldom, and making them plain is what takes long. */
  const plainTexts = new Map<string, { readonly title: string | undefined; readonly text: string }>();
  const searchedOf = (id: string): string => {
    const { title } = recommender.item(id);
    const known = plainTexts.get(id);
    if (known !== undefined && known.title === title) return known.text;
    const text = plain(`${title ?? ""} ${id}`);
    plainTexts.set(id, { title, text });
    return text;
  };
  const ids = perChange(changes, () => recommender.itemIds());
  const byPopularity = perChange(changes, () =>
    ids()
      .map((id, place) => ({ id, place, interactions: recommender.item(id).interactions }))
      .sort((a, b) => b.interactions - a.interactions || a.place - b.place)
      .map(({ id }) => id),
  );
  const byTitle = perChange(changes, () =>
    ids()
      .map((id, place) => ({ id, place, key: plain(recommender.item(id).title ?? id) }))
      .sort((a, b) => a.key.localeCompare(b.key, "en") || a.place - b.place)
      .map(({ id }) => id),
  );
  const categories = perChange(changes, () => {
    const counts = new Map<string, number>();
    for (const id of ids()) {
      for (const category of categoriesOf(id)) counts.set(category, (counts.get(category) ?? 0) + 1);
    }
    return Array.from(counts, ([name, items]) => ({ name, items })).sort(
      (a, b) => b.items - a.items || a.name.localeCompare(b.name, "en"),
    );
  });

  const tile = (id: string): Tile => {
    const { title, interactions } = recommender.item(id);
    return {
      id,
      ...(title === undefined ? {} : { title }),
      picture: hasPicture(id),
      popularity: interactions,
      categories: [...categoriesOf(id)],
    };
  };
  const ordered = (order: WallQuery["order"]): readonly string[] => {
    switch (order) {
      case "popularity":
        return byPopularity();
      case "title":
        return byTitle();
      case "catalogue":
        return ids();
    }
  };
  return {
    tile,
    categories: () => ({ categories: categories() }),
    wall: ({ query, category, order, offset, limit }) => {
      const words = plain(query)
        .split(/\s+/)
        .filter((word) => word !== "");
      const found = ordered(order).filter((id) => {
        if (category !== undefined && !categoriesOf(id).includes(category)) return false;
        if (words.length === 0) return true;
        const text = searchedOf(id);
        return words.every((word) => text.includes(word));
      });
      return { total: found.length, offset, items: found.slice(offset, offset + limit).map(tile) };
    },
  };
}
