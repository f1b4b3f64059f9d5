/**
 * Items like an item, in one of three senses: near in the space where recommendations are made (cosine of final embeddings),
 * connected in the latent item graph, or alike in one modality (cosine of raw features).
 */
import type { Floats, Matrix } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";
import type { RunWeights } from "../runs/weights.ts";

/** An item index with its similarity. */
export interface ScoredItem {
  readonly item: number;
  readonly score: number;
}

const bestFirst = (a: ScoredItem, b: ScoredItem): number => b.score - a.score || a.item - b.item;

function dot(data: Floats, columns: number, a: number, b: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c++) sum += data[a * columns + c] * data[b * columns + c];
  return sum;
}

function byEmbedding({ rows, columns, data }: Matrix, item: number): ScoredItem[] {
  const length = (row: number): number => Math.sqrt(dot(data, columns, row, row));
  const own = length(item);
  return Array.from({ length: rows }, (_, other): ScoredItem => {
    const lengths = own * length(other);
    return { item: other, score: lengths === 0 ? 0 : dot(data, columns, item, other) / lengths };
  });
}

/** Names that `by` accepts for this run. */
export function similarityNames(weights: Omit<RunWeights, "parameters">): readonly string[] {
  return ["embedding", ...(weights.itemGraph === undefined ? [] : ["graph"]), ...Object.keys(weights.neighbours)];
}

/**
 * @param by embedding, graph, or the name of a modality; the latter two know as many items as the run's neighbour lists hold
 * @returns the item itself left out, best first, ties by smaller index
 * @throws ConfigError for a sense that this run does not have
 */
export function similarItems(
  weights: Omit<RunWeights, "parameters">,
  item: number,
  by: string,
  count: number,
): readonly ScoredItem[] {
  const { itemGraph } = weights;
  const list = weights.neighbours[by];
  let scored: ScoredItem[];
  if (by === "embedding") scored = byEmbedding(weights.items, item);
  else if (by === "graph" && itemGraph !== undefined) {
    const { rowPointers, columnIndices, values } = itemGraph;
    const from = rowPointers[item];
    scored = Array.from(columnIndices.subarray(from, rowPointers[item + 1]), (other, p) => ({
      item: other,
      score: values[from + p],
    })).filter(({ score }) => score !== 0);
  } else if (list !== undefined && Object.hasOwn(weights.neighbours, by)) {
    const { width, indices, cosines } = list;
    scored = Array.from(indices.subarray(item * width, (item + 1) * width), (other, p) => ({
      item: other,
      score: cosines[item * width + p],
    })).filter((entry) => entry.item >= 0);
  } else {
    const known = similarityNames(weights);
    throw new ConfigError(`similar by "${by}": this run knows ${known.join(", ")}; choose one of them`);
  }
  return scored
    .filter((entry) => entry.item !== item)
    .sort(bestFirst)
    .slice(0, count);
}
