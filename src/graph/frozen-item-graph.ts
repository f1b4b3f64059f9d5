/**
 * An item graph that is built once and never changed: S̃_m = D^-½ B_m D^-½ and S = Σ_m w_m S̃_m, where B_m is 1 at the neighbours, without their
 * cosines (FREEDOM, Zhou and Shen 2023, section 3.1), or their cosines (MGCN).
 */
import type { Engine, Floats, Ints } from "../engine/engine.ts";
import type { SparseOperand } from "../tensor/sparse-operations.ts";
import { neighbourMatrix } from "./neighbours.ts";
import { patternInEngine, releasePattern, releasePatternPair, withTranspose } from "./pattern.ts";
import { unionOfPatterns } from "./union.ts";

export interface FrozenItemGraph {
  readonly operand: SparseOperand;
  dispose(): void;
}

/** Neighbours of every item, rows × width; -1 pads. */
export interface NeighbourRows {
  readonly width: number;
  readonly indices: Ints;
  readonly cosines: Floats;
}

/** Outside a step. @param parts lists with their weights; rows of items without neighbours are empty @param entries B_m */
export function frozenItemGraph(
  engine: Engine,
  items: number,
  parts: readonly { readonly neighbours: NeighbourRows; readonly weight: number }[],
  entries: "ones" | "cosines" = "ones",
): FrozenItemGraph {
  const matrices = parts.map(({ neighbours: { width, indices, cosines } }) => {
    const matrix = neighbourMatrix(engine, items, width, indices, cosines);
    const normalised = engine.floats(matrix.values.length);
    const scale = engine.floats(items);
    if (entries === "ones") engine.fill(matrix.values, 1);
    engine.symmetricNormalise(matrix.pattern, matrix.values, scale, normalised);
    engine.release(scale);
    engine.release(matrix.values);
    return { pattern: matrix.pattern, values: normalised };
  });
  const union = unionOfPatterns(
    engine,
    matrices.map(({ pattern }) => pattern),
    items,
  );
  const pair = withTranspose(engine, patternInEngine(engine, union.pattern));
  const values = engine.floats(pair.order.length);
  matrices.forEach((matrix, m) => {
    engine.scatterAddValues(matrix.values, union.positions[m], parts[m].weight, values);
    engine.release(matrix.values);
    engine.release(union.positions[m]);
    releasePattern(engine, matrix.pattern);
  });
  releasePattern(engine, union.pattern);
  const transposedValues = engine.floats(values.length);
  engine.gatherValues(values, pair.order, 1, transposedValues);
  return {
    operand: {
      forward: { ...pair.pattern, values },
      transposed: { ...pair.transpose, values: transposedValues },
    },
    dispose: () => {
      releasePatternPair(engine, pair);
      engine.release(values);
      engine.release(transposedValues);
    },
  };
}
