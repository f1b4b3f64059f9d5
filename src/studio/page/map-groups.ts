/** How items of the map fall into groups, and which colour each group has: by category, community, popularity or modality. */
import type { ItemMap } from "../api.ts";

export const groupings = ["community", "category", "popularity", "modality"] as const;
export type Grouping = (typeof groupings)[number];

export interface Group {
  readonly name: string;
  readonly items: number;
  /** A colour that the map's library reads. */
  readonly colour: string;
}

export interface Groups {
  readonly groups: readonly Group[];
  /** By item; -1 for what is of no group. */
  readonly of: Int32Array;
}

const light = "#2f6fd0 #c2571a #1f7a4a #7a3fa0 #b88a00 #c2336d #0f8a8a #6b7a1f #8a4b2f #4a4fc4 #d0453a #3f8fb8".split(
  " ",
);
const dark = "#7fb0ff #ffae74 #7fd8a5 #d3acff #f0cf6b #ff9cc4 #6fe0dc #c4d468 #e0ab8b #a9adff #ff9a91 #8fd3f5".split(
  " ",
);
const steps = {
  light: "#bcd0ee #8fb2e6 #5f91dc #2f6fd0 #184a99".split(" "),
  dark: "#2a4066 #3b5f9c #5482cf #7fb0ff #cfe1ff".split(" "),
};

/** Communities that lie apart may share a colour. */
const mostCommunities = 60;

export const faint = (isDark: boolean): string => (isDark ? "#3a4456" : "#c6ccd6");

/** How many items each group has. */
function counted(of: Int32Array, groups: number): number[] {
  const counts = new Array<number>(groups).fill(0);
  for (const group of of) if (group >= 0) counts[group] = (counts[group] ?? 0) + 1;
  return counts;
}

/** The largest groups have colours, those after as many as there are the same again; what is left is one group more. */
function largest(names: readonly string[], of: Int32Array, isDark: boolean, rest: string, most = light.length): Groups {
  const palette = isDark ? dark : light;
  const counts = counted(of, names.length);
  const order = [...names.keys()].sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
  const shown = order.slice(0, most);
  const places = new Map(shown.map((group, place) => [group, place]));
  const groups = shown.map((group, place) => ({
    name: names[group] ?? "",
    items: counts[group] ?? 0,
    colour: palette[place % palette.length] ?? faint(isDark),
  }));
  const left = order.slice(most).reduce((sum, group) => sum + (counts[group] ?? 0), 0);
  if (left > 0) groups.push({ name: rest, items: left, colour: faint(isDark) });
  return { groups, of: of.map((group) => (group < 0 ? -1 : (places.get(group) ?? shown.length))) };
}

const wordsNamed = 2;

/** By community: how many of its items have each word in their titles. */
function wordCounts({ community, titles }: ItemMap, communities: number): readonly ReadonlyMap<string, number>[] {
  const counts = Array.from({ length: communities }, () => new Map<string, number>());
  titles?.forEach((title, item) => {
    const own = counts[community[item] ?? -1];
    if (own === undefined) return;
    for (const word of new Set(title.toLowerCase().match(/\p{L}{3,}/gu))) own.set(word, (own.get(word) ?? 0) + 1);
  });
  return counts;
}

/**
 * A community goes by the words that its titles have more than others: the largest n_cw ln((n_cw / n_c) / (n_w / n)), n_cw of its n_c items having the word,
 * as n_w of all n do.
 */
function communityNames(map: ItemMap): string[] {
  const sizes = counted(Int32Array.from(map.community), Math.max(-1, ...new Set(map.community)) + 1);
  const counts = wordCounts(map, sizes.length);
  const all = new Map<string, number>();
  for (const own of counts) for (const [word, count] of own) all.set(word, (all.get(word) ?? 0) + count);
  const items = map.community.length;
  return counts.map((own, place) => {
    const size = sizes[place] ?? 1;
    const words = Array.from(own, ([word, count]) => ({
      word,
      telling: count * Math.log(count / size / ((all.get(word) ?? count) / items)),
    }))
      .filter(({ telling }) => telling > 0)
      .sort((a, b) => b.telling - a.telling || a.word.localeCompare(b.word))
      .slice(0, wordsNamed);
    return [`${place + 1}`, ...words.map(({ word }) => word)].join(" · ");
  });
}

/** Fifths of the items by how often they were taken. */
function popularitySteps({ popularity }: ItemMap, isDark: boolean): Groups {
  const sorted = popularity.toSorted((a, b) => a - b);
  const colours = isDark ? steps.dark : steps.light;
  const bounds = [
    ...new Set(colours.map((_, step) => sorted[Math.floor((sorted.length * step) / colours.length)] ?? 0)),
  ];
  const of = Int32Array.from(popularity, (value) => bounds.findLastIndex((bound) => value >= bound));
  const counts = counted(of, bounds.length);
  const groups = bounds.map((bound, step) => {
    const next = bounds[step + 1];
    const name =
      next === undefined ? `${bound} or more` : next - 1 === bound ? String(bound) : `${bound} to ${next - 1}`;
    const colour = colours[colours.length - bounds.length + step] ?? faint(isDark);
    return { name: `${name} interactions`, items: counts[step] ?? 0, colour };
  });
  return { groups: groups.toReversed(), of: of.map((step) => bounds.length - 1 - step) };
}

export function groupsBy(grouping: Grouping, map: ItemMap, isDark: boolean): Groups {
  switch (grouping) {
    case "category":
      return largest(map.categories, Int32Array.from(map.category), isDark, "Other categories");
    case "community":
      return largest(
        communityNames(map),
        Int32Array.from(map.community),
        isDark,
        "Smaller communities",
        mostCommunities,
      );
    case "popularity":
      return popularitySteps(map, isDark);
    case "modality": {
      const palette = isDark ? dark : light;
      const of = Int32Array.from(map.modality);
      const counts = counted(of, map.modalities.length);
      const groups = map.modalities.map((name, m) => ({
        name: `Most alike by ${name}`,
        items: counts[m] ?? 0,
        colour: palette[m % 5] ?? faint(isDark),
      }));
      return { groups, of };
    }
  }
}
