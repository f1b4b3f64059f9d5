/**
 * Items like an item, in one of three senses: near in the space where recommendations are made (cosine of final embeddings),
 * connected in the latent item graph, or alike in one modality (cosine of raw features). A run without embedding columns scores by its
 * item graph; there the first sense is the second.
 */
import type { Engine, Matrix } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";
import { rankInBlocks } from "../evaluation/rank.ts";
import type { RunWeights } from "../runs/weights.ts";
import { matrixRows } from "../tensor/tape.ts";
import { maskOfItems } from "./candidates.ts";
import type { AddedItem, Catalogue } from "./catalogue.ts";
import { cosine } from "./cosine.ts";
import { listsOf } from "./ranking.ts";

/** An item index with its similarity. */
export interface ScoredItem {
  readonly item: number;
  readonly score: number;
}

type SimilarityWeights = Pick<RunWeights, "itemGraph" | "neighbours">;

const bestFirst = (a: ScoredItem, b: ScoredItem): number => b.score - a.score || a.item - b.item;

/** Final embeddings at length 1 in engine memory, made when first asked for and again after items came or went. */
function unitEmbeddings(engine: Engine, catalogue: Pick<Catalogue, "added" | "embeddings">) {
  let made: { readonly added: Catalogue["added"]; readonly unit: Matrix } | undefined;
  const dispose = (): void => {
    if (made !== undefined) engine.release(made.unit.data);
    made = undefined;
  };
  return {
    dispose,
    unit: (): Matrix => {
      const { added, embeddings } = catalogue;
      if (made?.added !== added) {
        dispose();
        const unit = { ...embeddings, data: engine.floats(embeddings.data.length) };
        engine.step(() => engine.normaliseRows(embeddings, unit, engine.floats(unit.rows)));
        made = { added, unit };
      }
      return made.unit;
    },
  };
}

/** The nearest by cosine among all items that are not hidden, ranked by the engine, with their cosines in double precision. */
function byEmbedding(
  { engine, catalogue }: SimilarParts,
  unit: Matrix,
  item: number,
  count: number,
): readonly ScoredItem[] {
  const { indices, hidden, isShown, embeddings } = catalogue;
  const rowOf = (index: number) => matrixRows(embeddings, index, index + 1).data;
  const candidates = { items: indices, places: indices, passedOver: hidden };
  const depth = Math.min(count, unit.rows);
  const request = {
    engine,
    embeddings: { users: matrixRows(unit, item, item + 1), items: unit },
    users: Int32Array.of(0),
    mask: maskOfItems([item], candidates),
    depth,
  };
  for (const block of rankInBlocks(request)) {
    return listsOf(block, depth, candidates)[0]
      .filter((other) => isShown(other.item))
      .map((other) => ({ item: other.item, score: cosine(rowOf(item), rowOf(other.item)) }))
      .sort(bestFirst);
  }
  return [];
}

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

interface SimilarParts {
  readonly engine: Engine;
  readonly weights: SimilarityWeights;
  readonly catalogue: Pick<
    Catalogue,
    "trained" | "added" | "embeddings" | "indices" | "hidden" | "isShown" | "currentOf"
  >;
}

export interface SimilarItems {
  /**
   * @param by embedding, graph, or the name of a modality; the latter two know as many items as the run's neighbour lists hold. An added item
   * is connected to known ones, and they to it, never to another added one
   * @returns the item itself and hidden ones left out, best first, ties by smaller index
   * @throws ConfigError for a sense that this run does not have
   */
  of(item: number, by: string, count: number): readonly ScoredItem[];
  dispose(): void;
}

export function createSimilarItems(parts: SimilarParts): SimilarItems {
  const { engine, weights, catalogue } = parts;
  const names = similarityNames(weights);
  const { unit, dispose } = unitEmbeddings(engine, catalogue);
  const connected = (item: number, by: string): readonly ScoredItem[] => {
    const { trained, added } = catalogue;
    if (item >= trained) return addedConnections(added[item - trained], by);
    const fromAdded = added.flatMap((other, index): ScoredItem[] => {
      const score = addedConnections(other, by).find((connection) => connection.item === item)?.score;
      return score === undefined ? [] : [{ item: trained + index, score }];
    });
    return [...(connections(weights, item, by) ?? []), ...fromAdded];
  };
  return {
    dispose,
    of: (item, by, count) => {
      if (!names.includes(by)) {
        throw new ConfigError(`similar by "${by}": this run knows ${names.join(", ")}; choose one of them`);
      }
      if (by === "embedding" && catalogue.embeddings.columns > 0) return byEmbedding(parts, unit(), item, count);
      const best = new Map<number, ScoredItem>();
      for (const { item: other, score } of connected(item, by).toSorted(bestFirst)) {
        const current = catalogue.currentOf(other);
        if (current !== item && catalogue.isShown(current) && !best.has(current))
          best.set(current, { item: current, score });
      }
      return [...best.values()].slice(0, count);
    },
  };
}
