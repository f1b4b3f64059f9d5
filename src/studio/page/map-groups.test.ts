/** Groups of the map: sizes, names that tell communities apart, fifths by popularity. */
import { describe, expect, it } from "vitest";
import type { ItemMap } from "../api.ts";
import { groupsBy } from "./map-groups.ts";

const map: ItemMap = {
  state: "ready",
  ids: ["a", "b", "c", "d", "e"],
  titles: ["Red rustic mug", "Blue rustic mug", "Rustic chair", "Modern mug", "Modern chair"],
  x: [0, 1, 2, 3, 4],
  y: [0, 1, 2, 3, 4],
  community: [0, 0, 0, 1, 1],
  popularity: [0, 1, 2, 30, 400],
  categories: ["Kitchen", "Home"],
  category: [0, 0, 1, 0, -1],
  modalities: ["image", "text"],
  modality: [1, 1, 0, -1, 1],
  edges: { from: [0], to: [1], modality: [1] },
  addedLater: 0,
};
const namesAndSizes = (by: Parameters<typeof groupsBy>[0]): readonly (readonly [string, number])[] =>
  groupsBy(by, map, false).groups.map(({ name, items }) => [name, items] as const);

describe("groups", () => {
  it("of communities go by the words that they have more than others", () => {
    const [first, second] = namesAndSizes("community");
    expect(first?.[0]).toMatch(/^1 · rustic/);
    expect(second?.[0]).toMatch(/^2 · modern/);
    expect([first?.[1], second?.[1]]).toEqual([3, 2]);
  });

  it("of categories and modalities count their items, and leave out what is of none", () => {
    expect(namesAndSizes("category")).toEqual([
      ["Kitchen", 3],
      ["Home", 1],
    ]);
    expect([...groupsBy("category", map, false).of]).toEqual([0, 0, 1, 0, -1]);
    expect(namesAndSizes("modality")).toEqual([
      ["Most alike by image", 1],
      ["Most alike by text", 3],
    ]);
  });

  it("of popularity hold a fifth each, the most taken first", () => {
    expect(namesAndSizes("popularity")).toEqual([
      ["400 or more interactions", 1],
      ["30 to 399 interactions", 1],
      ["2 to 29 interactions", 1],
      ["1 interactions", 1],
      ["0 interactions", 1],
    ]);
    expect([...groupsBy("popularity", map, true).of]).toEqual([4, 3, 2, 1, 0]);
  });

  it("beyond the colours there are share one", () => {
    const many = Array.from({ length: 30 }, (_, n) => n);
    const wide = {
      ...map,
      ids: many.map(String),
      titles: many.map(String),
      category: many,
      categories: many.map((n) => `c${n}`),
    };
    const { groups, of } = groupsBy("category", wide, false);
    expect(groups).toHaveLength(13);
    expect(groups.at(-1)).toMatchObject({ name: "Other categories", items: 18 });
    expect(of.filter((group) => group === 12)).toHaveLength(18);
  });
});
