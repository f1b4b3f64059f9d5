/**
 * An item with its neighbours side by side, as the model has them: a column for the initial graph of each modality (cosines of raw features), one for each
 * learned graph (cosines of projected features), the final item graph with what each of its edges is made of, and the nearest in the space of final
 * embeddings, where recommendations are made. An item that came after the training has no learned graph; it is joined to others as it was placed.
 */
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
import type { Fact } from "./item-facts.ts";

interface NeighbourSource {
  readonly recommender: Recommender;
  readonly weights: Omit<RunWeights, "parameters">;
  readonly catalogue: StudioCatalogue;
}

interface Scored {
  readonly id: string;
  readonly strength: number;
  readonly links: readonly ItemLink[];
}

const mostNeighbours = 12;

/** How edges of the item graph come apart; undefined for models without evidence of it. */
export function linksOf({ run }: Pick<Recommender, "run">, weights: NeighbourSource["weights"]): ItemLinks | undefined {
  if (run.config.model === "lattice" && weights.graphEvidence !== undefined) return latticeLinks(run, weights);
  if (run.config.model === "freedom") return freedomLinks(run, weights);
  return undefined;
}

/** @returns what the item page shows, for any item that can be recommended, with these facts */
export function itemPages(source: NeighbourSource): (id: string, facts: readonly Fact[]) => ItemPage {
  const { recommender, weights, catalogue } = source;
  const { ids, config } = recommender.run;
  const { model, options } = config;
  const { graphEvidence, itemGraph, neighbours } = weights;
  const links = linksOf(recommender, weights);
  const places = new Map(ids.items.map((id, place) => [id, place]));
  const idAt = (item: number): string => ids.items[item] ?? "";

  const shown = (id: string, scored: readonly Scored[]): Neighbour[] =>
    scored
      .filter((entry) => entry.id !== id && entry.strength !== 0 && recommender.has(entry.id))
      .sort((a, b) => b.strength - a.strength || (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0))
      .slice(0, mostNeighbours)
      .map((entry) => ({
        ...catalogue.tile(entry.id),
        strength: entry.strength,
        links: entry.links.toSorted((a, b) => b.weight - a.weight),
      }));
  const similar = (id: string, by: string, count = mostNeighbours): readonly Scored[] =>
    recommender.similar(id, { by, count }).map((near) => ({ id: near.id, strength: near.score, links: [] }));
  const ofGraph = ({ rowPointers, columnIndices, values }: StoredItemGraph, item: number): readonly Scored[] => {
    const found: Scored[] = [];
    for (let p = rowPointers[item] ?? 0; p < (rowPointers[item + 1] ?? 0); p++) {
      found.push({ id: idAt(columnIndices[p] ?? 0), strength: values[p] ?? 0, links: [] });
    }
    return found;
  };
  /** Edges of the training with what they are made of, and those of items that were joined to this one since. */
  const finalNeighbours = (id: string, trained: number | undefined): readonly Scored[] => {
    const joined = recommender.similarities.includes("graph") ? similar(id, "graph") : [];
    if (links === undefined || trained === undefined) return joined;
    const taken = Array.from(links(trained), ([other, own]) => ({
      id: idAt(other),
      strength: weightOf(own),
      links: own,
    }));
    const known = new Set(taken.map((entry) => entry.id));
    return [...taken, ...joined.filter((entry) => !known.has(entry.id))];
  };
  return (id, facts) => {
    const item = catalogue.tile(id);
    const trained = recommender.item(id).added ? undefined : places.get(id);
    const learned = trained === undefined ? [] : Object.entries(graphEvidence?.learned ?? {});
    const columns: NeighbourColumn[] = [
      ...Object.keys(neighbours).map((modality) => ({
        kind: "initial" as const,
        modality,
        neighbours: shown(id, similar(id, modality)),
      })),
      ...learned.map(([modality, graph]) => ({
        kind: "learned" as const,
        modality,
        neighbours: shown(id, ofGraph(graph, trained ?? 0)),
      })),
      ...(links === undefined && itemGraph === undefined
        ? []
        : [{ kind: "final" as const, neighbours: shown(id, finalNeighbours(id, trained)) }]),
      ...(weights.items.columns === 0
        ? []
        : [{ kind: "embedding" as const, neighbours: shown(id, similar(id, "embedding", 10)) }]),
    ];
    return {
      item,
      facts: [...facts],
      weights:
        trained === undefined
          ? []
          : Object.entries(graphEvidence?.shares ?? {}).map(([modality, shares]) => ({
              modality,
              weight: shares[trained] ?? 0,
            })),
      ...(model === "lattice" && learned.length > 0 ? { initialShare: options.skip } : {}),
      addedLater: recommender.item(id).added,
      columns,
    };
  };
}
