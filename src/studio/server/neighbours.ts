/**
 * An item with its neighbours side by side, as the model has them: a column for the initial graph of each modality (cosines of raw features), one for each
 * learned graph (cosines of projected features), the final item graph with what each of its edges is made of, and the nearest in the space of final
 * embeddings, where recommendations are made.
 */
import type { NeighbourFile } from "../../data/dataset.ts";
import {
  freedomLinks,
  type ItemLink,
  type ItemLinks,
  latticeLinks,
  weightOf,
} from "../../recommender/explanation/item-links.ts";
import type { Recommender } from "../../recommender/index.ts";
import type { RunWeights, StoredItemGraph } from "../../runs/weights.ts";
import type { ItemPage, Neighbour, NeighbourColumn } from "../api.ts";
import type { StudioCatalogue } from "./catalogue.ts";
import type { ItemFacts } from "./item-facts.ts";

interface NeighbourSource {
  readonly recommender: Recommender;
  readonly weights: Omit<RunWeights, "parameters">;
  readonly catalogue: StudioCatalogue;
  readonly facts: ItemFacts;
}

interface Scored {
  readonly item: number;
  readonly strength: number;
  readonly links: readonly ItemLink[];
}

const mostNeighbours = 12;

function ofList({ width, indices, cosines }: NeighbourFile, item: number): Scored[] {
  const found: Scored[] = [];
  for (let p = item * width; p < (item + 1) * width; p++) {
    const other = indices[p] ?? -1;
    if (other >= 0) found.push({ item: other, strength: cosines[p] ?? 0, links: [] });
  }
  return found;
}

function ofGraph({ rowPointers, columnIndices, values }: StoredItemGraph, item: number): Scored[] {
  const found: Scored[] = [];
  for (let p = rowPointers[item] ?? 0; p < (rowPointers[item + 1] ?? 0); p++) {
    found.push({ item: columnIndices[p] ?? 0, strength: values[p] ?? 0, links: [] });
  }
  return found;
}

/** How edges of the item graph come apart; undefined for models without evidence of it. */
export function linksOf({ run }: Pick<Recommender, "run">, weights: NeighbourSource["weights"]): ItemLinks | undefined {
  if (run.config.model === "lattice" && weights.graphEvidence !== undefined) return latticeLinks(run, weights);
  if (run.config.model === "freedom") return freedomLinks(run, weights);
  return undefined;
}

/** @returns what the item page shows, for any item of the run */
export function itemPages(source: NeighbourSource): (id: string) => ItemPage {
  const { recommender, weights, catalogue, facts } = source;
  const { model, options } = recommender.run.config;
  const { graphEvidence, itemGraph, neighbours } = weights;
  const links = linksOf(recommender, weights);

  const shown = (item: number, scored: readonly Scored[]): Neighbour[] =>
    scored
      .filter((entry) => entry.item !== item && entry.strength !== 0)
      .sort((a, b) => b.strength - a.strength || a.item - b.item)
      .slice(0, mostNeighbours)
      .map((entry) => ({
        ...catalogue.tile(entry.item),
        strength: entry.strength,
        links: entry.links.toSorted((a, b) => b.weight - a.weight),
      }));
  const finalNeighbours = (item: number): readonly Scored[] => {
    if (links !== undefined) {
      return Array.from(links(item), ([other, joined]) => ({ item: other, strength: weightOf(joined), links: joined }));
    }
    return itemGraph === undefined ? [] : ofGraph(itemGraph, item);
  };
  return (id) => {
    const item = catalogue.indexOf(id);
    const learned = Object.entries(graphEvidence?.learned ?? {});
    const columns: NeighbourColumn[] = [
      ...Object.entries(neighbours).map(([modality, list]) => ({
        kind: "initial" as const,
        modality,
        neighbours: shown(item, ofList(list, item)),
      })),
      ...learned.map(([modality, graph]) => ({
        kind: "learned" as const,
        modality,
        neighbours: shown(item, ofGraph(graph, item)),
      })),
      ...(links === undefined && itemGraph === undefined
        ? []
        : [{ kind: "final" as const, neighbours: shown(item, finalNeighbours(item)) }]),
      ...(weights.items.columns === 0
        ? []
        : [
            {
              kind: "embedding" as const,
              neighbours: recommender.similar(id, { count: 10 }).map((near) => ({
                ...catalogue.tile(catalogue.indexOf(near.id)),
                strength: near.score,
                links: [],
              })),
            },
          ]),
    ];
    return {
      item: catalogue.tile(item),
      facts: [...facts.factsOf(id)],
      weights: Object.entries(graphEvidence?.shares ?? {}).map(([modality, shares]) => ({
        modality,
        weight: shares[item] ?? 0,
      })),
      ...(model === "lattice" && learned.length > 0 ? { initialShare: options.skip } : {}),
      columns,
    };
  };
}
