/**
 * What an item graph rests on, kept beside it so that each of its edges can be taken apart later: the weight α_im of every modality in
 * every item's row, and the learned graphs Â_m with their cosines. (The initial graphs follow from the neighbour lists.)
 */
import type { Floats, Pattern } from "../engine/engine.ts";
import type { RowSets } from "../tensor/graph-operations.ts";
import type { BuiltItemGraph } from "./item-graph.ts";

/** Ordinary arrays. */
export interface GraphEvidence {
  /** α_im by modality, then by item: they sum to 1 over an item's modalities, 0 for one that it lacks. */
  readonly shares: Readonly<Record<string, Floats>>;
  /** Â_m by modality, where there is one: cosines of projected features, the item itself among its neighbours. */
  readonly learned: Readonly<Record<string, Pattern & { readonly values: Floats }>>;
}

/** α_im = α_m / Σ_{m' ∈ M_i} α_m' for m ∈ M_i, 0 otherwise. @param sets undefined where no item lacks anything */
function sharesOf(weights: Floats, modality: number, items: number, sets: RowSets | undefined): Floats {
  const shares = new Float32Array(items);
  if (sets === undefined) return shares.fill(weights[modality]);
  const ofSet = sets.sets.map((set) => {
    const total = set.length === weights.length ? 1 : set.reduce((sum, m) => sum + weights[m], 0);
    return set.includes(modality) && total > 0 ? weights[modality] / total : 0;
  });
  for (let item = 0; item < items; item++) shares[item] = ofSet[sets.setOf[item]];
  return shares;
}

/** Inside the step that built the graph. @param names of the modalities, in the order of their weights */
export function graphEvidence(
  { parts }: BuiltItemGraph,
  names: readonly string[],
  items: number,
  sets: RowSets | undefined,
): GraphEvidence {
  const weights = parts.weights.value.data;
  const learned = Array.from(parts.learned, ([name, { pair, values }]) => {
    const { rows, columns, rowPointers, columnIndices } = pair.pattern;
    return [
      name,
      {
        rows,
        columns,
        rowPointers: rowPointers.slice(),
        columnIndices: columnIndices.slice(),
        values: values.value.data.slice(),
      },
    ] as const;
  });
  return {
    shares: Object.fromEntries(names.map((name, m) => [name, sharesOf(weights, m, items, sets)])),
    learned: Object.fromEntries(learned),
  };
}
