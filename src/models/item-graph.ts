/**
 * The latent item graph on the tape (specification, section 2):
 *   Â_m = cosine top-k of F_m = X_m W_mᵀ + b_m,  α = softmax(a),
 *   Ã = norm(Σ α_m Â_m)  or, per modality,  Σ α_m norm(Â_m),
 *   G = (1 − λ) Ã + λ Σ α_m S̃_m,
 * on the union of the patterns: at most 2 · M · k entries a row. Without a learned part G = Σ α_m S̃_m. Where items lack modalities,
 * each sum over m has its rows scaled by r_i = 1 / Σ_{m ∈ M_i} α_m, the fused one before it is normalised (`missing-modalities.ts`).
 */
import type { Engine, Floats } from "../engine/engine.ts";
import { nearestNeighbours, neighbourMatrix } from "../graph/neighbours.ts";
import { patternInEngine, releasePatternPair, withTranspose } from "../graph/pattern.ts";
import { unionOfPatterns } from "../graph/union.ts";
import { normaliseRows, weightedSum } from "../tensor/dense-operations.ts";
import { project } from "../tensor/features.ts";
import {
  neighbourProducts,
  type PatternPair,
  type RowSets,
  reciprocalSums,
  scaleEntriesByRow,
  softmax,
  symmetricNormalise,
  type UnionPart,
  weightedUnion,
} from "../tensor/graph-operations.ts";
import type { Parameter } from "../tensor/parameter.ts";
import type { SparseOperand } from "../tensor/sparse-operations.ts";
import type { Tape, Variable } from "../tensor/tape.ts";
import type { ModalityState, Projection } from "./modality.ts";

export interface ItemGraphOptions {
  readonly neighbours: number;
  /** λ */
  readonly skip: number;
  readonly normalisation: "fused" | "per-modality";
}

/** G as it stands: long-lived arrays, and on the tape that built it also its values as a variable. */
export interface BuiltItemGraph {
  readonly pair: PatternPair;
  readonly values: Floats;
  readonly transposedValues: Floats;
  /** With gradient, valid only within the step that built it. */
  readonly learned: SparseOperand;
  /** A constant, for the steps after. */
  readonly constant: SparseOperand;
  /** Named intermediate results of the step that built it, for inspection. */
  readonly parts: ItemGraphParts;
}

export interface LearnedGraph {
  readonly pair: PatternPair;
  /** Cosines at the pattern, 1 × entries. */
  readonly values: Variable;
  readonly projected: Variable;
}

export interface ItemGraphParts {
  readonly weights: Variable;
  /** By modality, where it has a learned graph. */
  readonly learned: ReadonlyMap<string, LearnedGraph>;
  /** Ã and Σ α S̃ on the union's pattern. */
  readonly fusedLearned?: Variable | undefined;
  readonly fusedInitial?: Variable | undefined;
}

/** Â_m: which neighbours is a constant, their cosines carry the gradient. */
function learnedGraph(tape: Tape, { table, weight, bias }: Projection, k: number): LearnedGraph {
  const { engine } = tape;
  const projected = project(tape, table, tape.parameter(weight), tape.parameter(bias));
  const lists = nearestNeighbours(engine, projected.value, k);
  const { pattern } = neighbourMatrix(engine, table.rows, k, lists.indices, lists.values);
  const pair = withTranspose(engine, pattern);
  return { pair, values: neighbourProducts(tape, normaliseRows(tape, projected), pair), projected };
}

/**
 * Builds G inside a step. The arrays of the result are long-lived: `releaseItemGraph` gives them back.
 *
 * @param logits a, 1 × M in the order of `modalities`
 * @param sets which modalities each item has; undefined where none lacks any
 */
export function buildItemGraph(
  tape: Tape,
  modalities: readonly ModalityState[],
  logits: Parameter,
  options: ItemGraphOptions,
  items: number,
  sets: RowSets | undefined,
): BuiltItemGraph {
  const { engine } = tape;
  const { skip } = options;
  const weights = softmax(tape, tape.parameter(logits));
  const learned = new Map<string, LearnedGraph>();
  for (const { name, projection } of modalities) {
    if (projection !== undefined) learned.set(name, learnedGraph(tape, projection, options.neighbours));
  }
  const learnedParts = modalities.flatMap(({ name }, weight) => {
    const graph = learned.get(name);
    return graph === undefined ? [] : [{ graph, weight }];
  });
  const withInitial = skip > 0 || learnedParts.length === 0;
  const initialParts = withInitial ? modalities.map(({ initial }, weight) => ({ initial, weight })) : [];

  const patterns = [
    ...learnedParts.map(({ graph }) => graph.pair.pattern),
    ...initialParts.map(({ initial }) => initial.pattern),
  ];
  const { pattern: union, positions } = unionOfPatterns(engine, patterns, items);
  const pair = engine.keep(() => withTranspose(engine, patternInEngine(engine, union)));
  const entries = pair.order.length;

  const fused = options.normalisation === "fused";
  const learnedUnion: UnionPart[] = learnedParts.map(({ graph, weight }, part) => ({
    values: fused ? graph.values : symmetricNormalise(tape, graph.values, graph.pair),
    positions: positions[part],
    weight,
  }));
  const initialUnion: UnionPart[] = initialParts.map(({ initial, weight }, part) => ({
    values: tape.constant({ rows: 1, columns: initial.values.length, data: initial.values }),
    positions: positions[learnedParts.length + part],
    weight,
  }));

  const scales = sets === undefined ? undefined : reciprocalSums(tape, weights, sets);
  const sumOf = (parts: readonly UnionPart[]): Variable | undefined => {
    if (parts.length === 0) return undefined;
    const sum = weightedUnion(tape, parts, weights, entries);
    return scales === undefined ? sum : scaleEntriesByRow(tape, sum, scales, pair.pattern);
  };
  const sum = sumOf(learnedUnion);
  const fusedLearned = sum !== undefined && fused ? symmetricNormalise(tape, sum, pair) : sum;
  const fusedInitial = sumOf(initialUnion);
  const terms = [
    ...(fusedLearned === undefined ? [] : [{ weight: fusedInitial === undefined ? 1 : 1 - skip, of: fusedLearned }]),
    ...(fusedInitial === undefined ? [] : [{ weight: fusedLearned === undefined ? 1 : skip, of: fusedInitial }]),
  ];
  const graph = weightedSum(tape, terms);

  const { values, transposedValues } = engine.keep(() => ({
    values: engine.floats(entries),
    transposedValues: engine.floats(entries),
  }));
  engine.scale(1, graph.value.data, values);
  engine.gatherValues(values, pair.order, 1, transposedValues);
  const constant = {
    forward: { ...pair.pattern, values },
    transposed: { ...pair.transpose, values: transposedValues },
  };
  return {
    pair,
    values,
    transposedValues,
    learned: { ...constant, values: graph },
    constant,
    parts: { weights, learned, fusedLearned, fusedInitial },
  };
}

export function releaseItemGraph(engine: Engine, graph: BuiltItemGraph): void {
  releasePatternPair(engine, graph.pair);
  engine.release(graph.values);
  engine.release(graph.transposedValues);
}
