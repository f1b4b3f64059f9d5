/**
 * Items like an item, in one of three senses: near in the space where recommendations are made (cosine of final embeddings),
 * connected in the latent item graph, or alike in one modality (cosine of raw features). A run without embedding columns scores by its
 * item graph; there the first sense is the second.
 */
import { ConfigError } from "../errors.ts";
import type { RunWeights } from "../runs/weights.ts";
import type { AddedItem, Catalogue } from "./catalogue.ts";

/** An item index with its similarity. */
export interface ScoredItem {
  readonly item: number;
  readonly score: number;
}

type SimilarityWeights = Pick<RunWeights, "itemGraph" | "neighbours">;

const bestFirst = (a: ScoredItem, b: ScoredItem): number => b.score - a.score || a.item - b.item;

/** Names that `by` accepts for this run. */
export function similarityNames(weights: SimilarityWeights): readonly string[] {
  return ["embedding", ...(weights.itemGraph === undefined ? [] : ["graph"]), ...Object.keys(weights.neighbours)];
}

/** What an item is connected to in the run; undefined where the run has no such list. */
function connections(weights: SimilarityWeights, item: number, by: string): ScoredItem[] | undefined {
  const { itemGraph } = weights;
  if ((by === "graph" || by === "embedding") && itemGraph !== undefined) {
    const { rowPointers, columnIndices, values } = itemGraph;
    const from = rowPointers[item];
    return Array.from(columnIndices.subarray(from, rowPointers[item + 1]), (other, p) => ({
      item: other,
      score: values[from + p],
    })).filter(({ score }) => score !== 0);
  }
  if (!Object.hasOwn(weights.neighbours, by)) return undefined;
  const { width, indices, cosines } = weights.neighbours[by];
  return Array.from(indices.subarray(item * width, (item + 1) * width), (other, p) => ({
    item: other,
    score: cosines[item * width + p],
  })).filter((entry) => entry.item >= 0);
}

/** What an added item is connected to: known items alone. */
function addedConnections({ placed }: AddedItem, by: string): readonly ScoredItem[] {
  return (by === "graph" ? placed.graph : placed.neighbours.get(by)) ?? [];
}

/**
 * @param nearest the items of largest cosine to an item, itself left out, best first
 * @param by embedding, graph, or the name of a modality; the latter two know as many items as the run's neighbour lists hold. An added item
 * is connected to known ones, and they to it, never to another added one
 * @returns the item itself left out, best first, ties by smaller index
 * @throws ConfigError for a sense that this run does not have
 */
export function similarItems(
  weights: SimilarityWeights,
  catalogue: Pick<Catalogue, "trained" | "added" | "embeddings">,
  nearest: (item: number, count: number) => readonly ScoredItem[],
  item: number,
  by: string,
  count: number,
): readonly ScoredItem[] {
  const { trained, added, embeddings } = catalogue;
  const names = similarityNames(weights);
  if (!names.includes(by)) {
    throw new ConfigError(`similar by "${by}": this run knows ${names.join(", ")}; choose one of them`);
  }
  if (by === "embedding" && embeddings.columns > 0) return nearest(item, count);
  let scored: readonly ScoredItem[];
  if (item >= trained) scored = addedConnections(added[item - trained], by);
  else {
    const fromAdded = added.flatMap((other, index): ScoredItem[] => {
      const score = addedConnections(other, by).find((connection) => connection.item === item)?.score;
      return score === undefined ? [] : [{ item: trained + index, score }];
    });
    scored = [...(connections(weights, item, by) ?? []), ...fromAdded];
  }
  return scored
    .filter((entry) => entry.item !== item)
    .sort(bestFirst)
    .slice(0, count);
}
