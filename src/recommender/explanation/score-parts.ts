/**
 * A score taken apart, for each way in which runs score.
 *
 * Dot products, x̂_u = own + Σ_a taken_a and x̂_i = x̃_i + Σ_j G_ij b_j: the score is a table of products, a row for each part of the user's vector and
 * a column for each part of the item's. A neighbour j in the history T takes its whole column; what is left of the row of a is a's:
 *   a contributes   taken_a · x̃_i  +  x̂_u · G_ia b_a  +  Σ_{j ∉ T} taken_a · G_ij b_j        backbone, direct, through the others
 *   own             own · x̃_i  +  Σ_{j ∉ T} own · G_ij b_j
 * Features alone (content-knn): a contributes Σ_m taken_am · x̂_im. Item scores (item-knn): w_a S_ia.
 */
import type { Floats } from "../../engine/engine.ts";
import { normaliseSlice } from "../../models/content-knn.ts";
import type { StoredItemGraph } from "../../runs/weights.ts";
import { forEachSlice, type HistoryEntry } from "../fold-in.ts";
import type { Contributor, ExplanationParts, ReasonParts } from "./assemble.ts";
import type { Likeness } from "./explanation.ts";
import { weightOf } from "./item-links.ts";
import type { ItemNeighbour, ItemShares } from "./item-shares.ts";
import type { UserShares } from "./user-shares.ts";

export function dot(a: Floats, b: Floats, from = 0, to = a.length): number {
  let sum = 0;
  for (let c = from; c < to; c++) sum += a[c] * b[c];
  return sum;
}

function sumOf({ own, taken }: UserShares): Float64Array {
  const sum = Float64Array.from(own);
  for (const part of taken.values()) for (let c = 0; c < sum.length; c++) sum[c] += part[c];
  return sum;
}

/** What a neighbour contributes to somebody with this vector. */
function contributed(vector: Floats, { item, links, behind }: ItemNeighbour): Contributor {
  const product = dot(vector, behind);
  const likenesses = links.map(
    ({ modality, graph, cosine, weight }): Likeness => ({ modality, graph, cosine, contribution: weight * product }),
  );
  return { item, likenesses, contribution: weightOf(links) * product };
}

type Explained = Pick<ExplanationParts, "item" | "score">;

export function partsByVectors(explained: Explained, user: UserShares, item: ItemShares): ExplanationParts {
  const vector = sumOf(user);
  const neighbours = item.neighbours.map((neighbour) => contributed(vector, neighbour));
  const outside = item.neighbours.filter((neighbour) => !user.taken.has(neighbour.item));
  const reasons = Array.from(user.taken, ([taken, part]): ReasonParts => {
    const own = neighbours.find((neighbour) => neighbour.item === taken);
    return {
      item: taken,
      backbone: dot(part, item.collaborative),
      direct: own?.contribution ?? 0,
      likenesses: own?.likenesses ?? [],
      through: outside.map((neighbour) => contributed(part, neighbour)),
    };
  });
  const graph = outside.reduce((sum, neighbour) => sum + contributed(user.own, neighbour).contribution, 0);
  return { ...explained, reasons, own: { backbone: dot(user.own, item.collaborative), graph }, neighbours };
}

const nothing = { backbone: 0, graph: 0 };

/** @param embeddingOf final embeddings of items @param ends where each modality ends in them @param names of the modalities */
export function partsByContent(
  explained: Explained,
  user: UserShares,
  embeddingOf: (item: number) => Floats,
  ends: readonly number[],
  names: readonly string[],
): ExplanationParts {
  const final = embeddingOf(explained.item);
  const features = (item: number): { readonly row: Floats; readonly had: readonly boolean[] } => {
    const row = Float64Array.from(embeddingOf(item));
    const had: boolean[] = [];
    forEachSlice(ends, (from, to) => had.push(normaliseSlice(row, from, to)));
    return { row, had };
  };
  const own = features(explained.item);
  const reasons = Array.from(user.taken, ([taken, part]): ReasonParts => {
    const other = features(taken);
    const likenesses: Likeness[] = [];
    forEachSlice(ends, (from, to, m) => {
      if (!own.had[m] || !other.had[m]) return;
      const cosine = dot(own.row, other.row, from, to);
      likenesses.push({ modality: names[m], cosine, contribution: dot(part, final, from, to) });
    });
    const direct = likenesses.reduce((sum, { contribution }) => sum + contribution, 0);
    return { item: taken, backbone: 0, direct, likenesses, through: [] };
  });
  return { ...explained, reasons, own: nothing, neighbours: [] };
}

export function partsByItemScores(
  item: number,
  { rowPointers, columnIndices, values }: StoredItemGraph,
  history: readonly HistoryEntry[],
): ExplanationParts {
  const from = rowPointers[item];
  const row = columnIndices.subarray(from, rowPointers[item + 1]);
  const reasons = history.map(({ item: taken, weight }): ReasonParts => {
    const at = row.indexOf(taken);
    const cosine = at < 0 ? 0 : values[from + at];
    const direct = weight * cosine;
    return {
      item: taken,
      backbone: 0,
      direct,
      likenesses: at < 0 ? [] : [{ cosine, contribution: direct }],
      through: [],
    };
  });
  const score = reasons.reduce((sum, { direct }) => sum + direct, 0);
  return { item, score, reasons, own: nothing, neighbours: [] };
}
