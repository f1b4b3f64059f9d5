/** The item graph thinned for a map: each item keeps its strongest edges, each pair of items stands once, and belongs to the modality that most of its weight is of. */
import { type ItemLinks, weightOf } from "../../../recommender/explanation/item-links.ts";
import type { StoredItemGraph } from "../../../runs/weights.ts";

export interface MapEdges {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weight: Float64Array;
  /** Place of the modality; -1 where the graph has none. */
  readonly modality: Int32Array;
  /** By item: the modality that its strongest edges are of by weight; -1 for none. */
  readonly itemModality: Int32Array;
}

const keptAnItem = 5;

interface RowEdge {
  readonly other: number;
  readonly weight: number;
  readonly modality: number;
}

const placeOfLargest = (sums: readonly number[]): number =>
  sums.reduce((best, sum, place) => (sum > (best < 0 ? 0 : (sums[best] ?? 0)) ? place : best), -1);

function linkedRow(links: ItemLinks, item: number, modalities: readonly string[]): RowEdge[] {
  return Array.from(links(item), ([other, joined]) => {
    const own = modalities.map((modality) =>
      joined.reduce((sum, link) => sum + (link.modality === modality ? link.weight : 0), 0),
    );
    return { other, weight: weightOf(joined), modality: placeOfLargest(own) };
  });
}

function storedRow({ rowPointers, columnIndices, values }: StoredItemGraph, item: number): RowEdge[] {
  const row: RowEdge[] = [];
  for (let p = rowPointers[item] ?? 0; p < (rowPointers[item + 1] ?? 0); p++) {
    row.push({ other: columnIndices[p] ?? 0, weight: values[p] ?? 0, modality: -1 });
  }
  return row;
}

/** @param source how edges come apart, or a graph whose edges do not */
export function mapEdges(
  items: number,
  source: { readonly links: ItemLinks; readonly modalities: readonly string[] } | { readonly graph: StoredItemGraph },
): MapEdges {
  const found = new Map<number, RowEdge & { readonly item: number }>();
  const modalities = "links" in source ? source.modalities.length : 0;
  const itemModality = new Int32Array(items).fill(-1);
  for (let item = 0; item < items; item++) {
    const row = "links" in source ? linkedRow(source.links, item, source.modalities) : storedRow(source.graph, item);
    const strongest = row
      .filter(({ other, weight }) => other !== item && weight > 0)
      .sort((a, b) => b.weight - a.weight || a.other - b.other)
      .slice(0, keptAnItem);
    itemModality[item] = placeOfLargest(
      strongest.reduce<number[]>(
        (sums, { modality, weight }) => {
          if (modality >= 0) sums[modality] = (sums[modality] ?? 0) + weight;
          return sums;
        },
        Array.from({ length: modalities }, () => 0),
      ),
    );
    for (const edge of strongest) {
      const key = Math.min(item, edge.other) * items + Math.max(item, edge.other);
      const known = found.get(key);
      if (known === undefined || edge.weight > known.weight) found.set(key, { ...edge, item });
    }
  }
  const edges = [...found.values()];
  return {
    from: Int32Array.from(edges, ({ item }) => item),
    to: Int32Array.from(edges, ({ other }) => other),
    weight: Float64Array.from(edges, ({ weight }) => weight),
    modality: Int32Array.from(edges, ({ modality }) => modality),
    itemModality,
  };
}
