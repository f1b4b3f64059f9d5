/**
 * New items of a LATTICE run, by the equations of its item graph and without training. Of a new item n with modalities M_n:
 *   α'_m = α_m / Σ_{m' ∈ M_n} α_m' for m ∈ M_n;
 *   Ŝ_m,n: 1 for n itself and the cosines of raw features with its k − 1 nearest known items; S̃_m,nj = Ŝ_m,nj (D_m,n D_m,j)^-½ with D the
 *     row sums, that of a known item as it was trained: known rows stay as they are;
 *   Â_m,n and Ã_n likewise from projected features, summed over m with α' before or after it is normalised, as the run has it;
 *   G_n = (1 − λ) Ã_n + λ Σ α'_m S̃_m,n.
 * n has no id embedding, e_n = 0, so h^(0) = 0, h^(l) = Σ_{j ≠ n} G_nj H^(l−1)_j + G_nn h^(l−1). What the backbone would learn from
 * interactions is expected to be what it learned for the neighbours: with g_j = G_nj where that is positive, scaled to sum 1, x̃_n has the
 * direction of Σ g_j x̃_j and the length Σ g_j ‖x̃_j‖ (a mean alone is shorter than what it averages, and would rank new items last).
 * x̂_n = x̃_n + h^(L) / ‖h^(L)‖.
 * An item i of the run whose features changed is placed likewise, with x̃_n = x̃_i, what was learned of it, and without i among its neighbours.
 */
import type { Engine, Floats, Matrix } from "../engine/engine.ts";
import { clearRows, forEachBlock } from "../tensor/features.ts";
import { matrixRows, zeros } from "../tensor/tape.ts";
import { addLink, graphShareOf, type ItemLink, weightOf } from "./explanation/item-links.ts";
import { featuresOfKnown } from "./known-features.ts";
import type { KnownGraph, KnownModality } from "./known-graph.ts";
import { inverseRoots } from "./known-graph.ts";
import { nearestKnown } from "./nearest-known.ts";
import type { NewFeatures, PlacedItem, Placement } from "./placed-item.ts";
import type { ScoredItem } from "./similar-items.ts";

export interface LatticePlacementOptions {
  readonly neighbours: number;
  /** λ */
  readonly skip: number;
  readonly normalisation: "fused" | "per-modality";
  /** L */
  readonly itemLayers: number;
}

/** New items placed at a time: bounds the memory of their cosines. */
const itemsAtOnce = 1024;

/** A new item's neighbours in one modality; the item itself, with cosine 1, is not listed. */
interface Neighbourhood {
  readonly modality: KnownModality;
  readonly raw: readonly ScoredItem[];
  readonly projected: readonly ScoredItem[];
}

/** A row of a graph under construction: what the item keeps for itself, and its links by known item. */
interface GraphRow {
  self: number;
  readonly others: Map<number, ItemLink[]>;
}

const newRow = (): GraphRow => ({ self: 0, others: new Map() });

/** Adds `weight` times the part. */
function addTo(row: GraphRow, weight: number, { self, others }: GraphRow): void {
  row.self += weight * self;
  for (const [item, links] of others) {
    for (const link of links) addLink(row.others, item, { ...link, weight: weight * link.weight });
  }
}

/** `row` with D^-½ on both sides. @param scale of the known items */
function normalised(row: GraphRow, scale: Float64Array): GraphRow {
  let sum = row.self;
  for (const links of row.others.values()) sum += weightOf(links);
  const own = sum > 0 ? 1 / Math.sqrt(sum) : 0;
  const others = Array.from(
    row.others,
    ([item, links]) => [item, links.map((link) => ({ ...link, weight: link.weight * own * scale[item] }))] as const,
  );
  return { self: row.self * own * own, others: new Map(others) };
}

function fromList(modality: string, graph: ItemLink["graph"], list: readonly ScoredItem[]): GraphRow {
  const links = list.map(
    ({ item, score }) => [item, [{ modality, graph, cosine: score, weight: score }]] as [number, ItemLink[]],
  );
  return { self: 1, others: new Map(links) };
}

/** D_A^-½ of the known items: of the α'-weighted sum of their learned graphs. */
function fusedScale(modalities: readonly KnownModality[], items: number): Float64Array {
  const had = new Float64Array(items);
  const sums = new Float64Array(items);
  for (const { weight, missing, projection } of modalities) {
    const isMissing = new Uint8Array(items);
    for (const item of missing ?? []) isMissing[item] = 1;
    for (let i = 0; i < items; i++) {
      if (isMissing[i] === 0) had[i] += weight;
      if (projection !== undefined) sums[i] += weight * projection.sums[i];
    }
  }
  return inverseRoots(sums.map((sum, i) => (had[i] > 0 ? sum / had[i] : 0)));
}

/** @param known disposed of with the placement */
export function latticePlacement(engine: Engine, known: KnownGraph, options: LatticePlacementOptions): Placement {
  const { skip, itemLayers, normalisation } = options;
  const { modalities, affinities, collaborative } = known;
  const [{ rows: itemCount, columns: size }] = affinities;
  const hasLearned = modalities.some(({ projection }) => projection !== undefined);
  const share = graphShareOf(skip, hasLearned);
  const fused = fusedScale(modalities, itemCount);
  const separate = new Map(
    modalities.flatMap(({ name, projection }) =>
      projection === undefined ? [] : [[name, inverseRoots(projection.sums)] as const],
    ),
  );

  /** Rows of the new items that have the modality, as a temporary. */
  const rowsOf = (items: readonly NewFeatures[], name: string, columns: number): Matrix => {
    const own = items.flatMap((features) => features.get(name) ?? []);
    const rows = zeros(engine, own.length, columns);
    own.forEach((values, row) => {
      rows.data.set(values, row * columns);
    });
    return rows;
  };

  /** Neighbours of all new items in one modality, undefined for those that lack it. */
  const neighbourhoods = (
    items: readonly NewFeatures[],
    standsFor: readonly (number | undefined)[],
    modality: KnownModality,
  ): (Neighbourhood | undefined)[] => {
    const { name, features, missing, projection } = modality;
    if (features === undefined || !items.some((item) => item.has(name))) return items.map(() => undefined);
    const { rows, columns } = features;
    const wanted = options.neighbours - 1;
    const count = standsFor.every((known) => known === undefined) ? wanted : wanted + 1;
    const withoutOwn = (list: readonly ScoredItem[], own: number | undefined) =>
      list.filter(({ item }) => item !== own).slice(0, wanted);
    return engine.step(() => {
      const fresh = rowsOf(items, name, columns);
      let projected: ScoredItem[][] | undefined;
      if (projection !== undefined) {
        const { weight, bias } = projection;
        const freshProjected = zeros(engine, fresh.rows, weight.rows);
        engine.multiplyTransposed(fresh, weight, freshProjected, { bias: bias.data });
        projected = nearestKnown(engine, freshProjected, (visit) => visit(copyOf(engine, projection.rows), 0), count);
      }
      const read = (from: number, to: number, into: Matrix): void => {
        features.read(from, to, into.data);
        clearRows(missing, into, from);
      };
      const raw = nearestKnown(engine, fresh, (visit) => forEachBlock(engine, { rows, columns, read }, visit), count);
      let next = 0;
      return items.map((item, n) => {
        if (!item.has(name)) return undefined;
        const place = next++;
        const own = standsFor[n];
        return {
          modality,
          raw: withoutOwn(raw[place], own),
          projected: withoutOwn(projected?.[place] ?? [], own),
        };
      });
    });
  };

  /** G_n */
  const graphRow = (own: readonly Neighbourhood[]): GraphRow => {
    const total = own.reduce((sum, { modality }) => sum + modality.weight, 0);
    const learned = newRow();
    const row = newRow();
    for (const { modality, raw, projected } of own) {
      const { name } = modality;
      const weight = modality.weight / total;
      if (share.initial > 0) {
        addTo(row, share.initial * weight, normalised(fromList(name, "initial", raw), modality.initialScale));
      }
      const scale = separate.get(name);
      if (scale === undefined) continue;
      const part = fromList(name, "learned", projected);
      addTo(learned, weight, normalisation === "fused" ? part : normalised(part, scale));
    }
    if (hasLearned) addTo(row, share.learned, normalisation === "fused" ? normalised(learned, fused) : learned);
    return row;
  };

  /** x̃_n */
  const expected = (others: readonly ScoredItem[]): Float64Array => {
    const sum = new Float64Array(size);
    let total = 0;
    let length = 0;
    for (const { item, score: weight } of others) {
      if (weight <= 0) continue;
      const row = matrixRows(collaborative, item, item + 1).data;
      for (let c = 0; c < size; c++) sum[c] += weight * row[c];
      total += weight;
      length += weight * lengthOf(row);
    }
    const own = lengthOf(sum);
    return own === 0 ? sum : sum.map((value) => (value * length) / (own * total));
  };

  /** x̂_n */
  const embed = (self: number, others: readonly ScoredItem[], standsFor: number | undefined): Floats => {
    let h = new Float64Array(size);
    for (let layer = 1; layer <= itemLayers; layer++) {
      const next = h.map((value) => self * value);
      for (const { item, score: weight } of others) {
        const row = matrixRows(affinities[layer - 1], item, item + 1).data;
        for (let c = 0; c < size; c++) next[c] += weight * row[c];
      }
      h = next;
    }
    const length = Math.max(1e-12, lengthOf(h));
    const x = standsFor === undefined ? expected(others) : matrixRows(collaborative, standsFor, standsFor + 1).data;
    return Float32Array.from(h, (value, c) => value / length + x[c]);
  };

  const placeSome = (items: readonly NewFeatures[], standsFor: readonly (number | undefined)[]): PlacedItem[] => {
    const byModality = modalities.map((modality) => neighbourhoods(items, standsFor, modality));
    return items.map((_, n) => {
      const own = byModality.flatMap((lists) => lists[n] ?? []);
      const { self, others } = graphRow(own);
      const graph = Array.from(others, ([item, links]): ScoredItem => ({ item, score: weightOf(links) }));
      return {
        standsFor: standsFor[n],
        embedding: embed(self, graph, standsFor[n]),
        links: others,
        self,
        graph: graph.filter(({ score }) => score !== 0).sort((a, b) => b.score - a.score || a.item - b.item),
        neighbours: new Map(own.map(({ modality, raw }) => [modality.name, raw])),
      };
    });
  };

  return {
    modalities: new Map(
      modalities.flatMap(({ name, features }) => (features === undefined ? [] : [[name, features.columns] as const])),
    ),
    place: (items, standsFor = []) => {
      const placed: PlacedItem[] = [];
      for (let from = 0; from < items.length; from += itemsAtOnce) {
        placed.push(...placeSome(items.slice(from, from + itemsAtOnce), standsFor.slice(from, from + itemsAtOnce)));
      }
      return placed;
    },
    featuresOf: featuresOfKnown(modalities),
    dispose: known.dispose,
  };
}

function lengthOf(vector: Floats): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  return Math.sqrt(squares);
}

/** A temporary that may be overwritten. */
function copyOf(engine: Engine, matrix: Matrix): Matrix {
  const copy = zeros(engine, matrix.rows, matrix.columns);
  engine.scale(1, matrix.data, copy.data);
  return copy;
}
