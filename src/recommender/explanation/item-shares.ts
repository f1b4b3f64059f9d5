/**
 * An item's vector as a sum, x̂_i = x̃_i + Σ_j G_ij b_j: the backbone's part, and what comes over each neighbour j in the item graph, where b_j
 * is what stands behind that neighbour:
 *   b_j = H_j^(L−1) / ‖h_i‖,   H^(0) = E,   H^(l) = G H^(l−1),   h_i = Σ_j G_ij H_j^(L−1)          (FREEDOM: without ‖h_i‖)
 * so a path of several steps counts for its first one, and each G_ij is split into its links (`item-links.ts`). An item that was added has
 * no embedding of its own, and what it keeps for itself passes through its neighbours: b_j = Σ_l G_nn^(L−l) H_j^(l−1) / ‖h_n‖.
 */
import type { Floats, Matrix } from "../../engine/engine.ts";
import { matrixRows } from "../../tensor/tape.ts";
import type { Catalogue } from "../catalogue.ts";
import { type ItemLink, type ItemLinks, type LinkedRow, weightOf } from "./item-links.ts";

export interface ItemNeighbour {
  readonly item: number;
  readonly links: readonly ItemLink[];
  /** b_j */
  readonly behind: Floats;
}

export interface ItemShares {
  /** x̃_i */
  readonly collaborative: Floats;
  /** By ascending index. */
  readonly neighbours: readonly ItemNeighbour[];
}

export interface ItemGraphWalk {
  readonly links: ItemLinks;
  /** E */
  readonly embeddings: Matrix;
  /** L */
  readonly layers: number;
  /** Whether h is divided by its length. */
  readonly normalised: boolean;
}

function addRow(into: Float64Array, row: Floats, weight: number): void {
  for (let c = 0; c < into.length; c++) into[c] += weight * row[c];
}

/** Rows of H^(l), each computed once, of the items that are asked for. */
function affinities({ links, embeddings }: ItemGraphWalk): (layer: number, item: number) => Floats {
  const known = new Map<string, Floats>();
  const row = (layer: number, item: number): Floats => {
    if (layer === 0) return matrixRows(embeddings, item, item + 1).data;
    const key = `${layer} ${item}`;
    let values = known.get(key);
    if (values === undefined) {
      const sum = new Float64Array(embeddings.columns);
      for (const [other, joined] of links(item)) addRow(sum, row(layer - 1, other), weightOf(joined));
      values = sum;
      known.set(key, values);
    }
    return values;
  };
  return row;
}

/** Without a walk, or one of no layers, all is the backbone's. */
export function itemShares(
  catalogue: Pick<Catalogue, "trained" | "added" | "embeddings">,
  walk: ItemGraphWalk | undefined,
  item: number,
): ItemShares {
  const final = matrixRows(catalogue.embeddings, item, item + 1).data;
  if (walk === undefined || walk.layers === 0) return { collaborative: final, neighbours: [] };
  const { trained, added } = catalogue;
  const placed = item < trained ? undefined : added[item - trained].placed;
  const row: LinkedRow = placed === undefined ? walk.links(item) : (placed.links ?? new Map());
  const affinity = affinities(walk);
  const through = (other: number): Float64Array => {
    if (placed === undefined) return Float64Array.from(affinity(walk.layers - 1, other));
    const sum = new Float64Array(final.length);
    for (let layer = 1; layer <= walk.layers; layer++) {
      addRow(sum, affinity(layer - 1, other), (placed.self ?? 0) ** (walk.layers - layer));
    }
    return sum;
  };
  const neighbours = [...row.keys()]
    .sort((a, b) => a - b)
    .map((other) => ({ item: other, links: row.get(other) ?? [], behind: through(other) }));
  const h = new Float64Array(final.length);
  for (const { links, behind } of neighbours) addRow(h, behind, weightOf(links));
  const length = walk.normalised ? Math.max(1e-12, Math.sqrt(h.reduce((sum, value) => sum + value * value, 0))) : 1;
  return {
    collaborative: Float64Array.from(final, (value, c) => value - h[c] / length),
    neighbours: neighbours.map((neighbour) => ({
      ...neighbour,
      behind: neighbour.behind.map((value) => value / length),
    })),
  };
}
