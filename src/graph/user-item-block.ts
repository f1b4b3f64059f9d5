/** From items to the users who took them: R = D_u^-½ A D_i^-½, users × items, the upper right block of the symmetric user–item graph. */
import type { Engine, Floats, Pattern } from "../engine/engine.ts";
import type { SparseOperand } from "../tensor/sparse-operations.ts";
import { patternInEngine, releasePatternPair, withTranspose } from "./pattern.ts";

export interface UserItemBlock {
  readonly operand: SparseOperand;
  dispose(): void;
}

function degreesToMinusHalf(engine: Engine, { rows, rowPointers }: Pattern): Floats {
  const scale = engine.floats(rows);
  for (let i = 0; i < rows; i++) {
    const degree = rowPointers[i + 1] - rowPointers[i];
    scale[i] = degree === 0 ? 0 : 1 / Math.sqrt(degree);
  }
  return scale;
}

/** R in long-lived engine memory. @param interactions training pairs, users × items */
export function userItemBlock(engine: Engine, interactions: Pattern): UserItemBlock {
  const pair = withTranspose(engine, patternInEngine(engine, interactions));
  const ofUsers = degreesToMinusHalf(engine, pair.pattern);
  const ofItems = degreesToMinusHalf(engine, pair.transpose);
  return {
    operand: {
      forward: { ...pair.pattern, rowScale: ofUsers, columnScale: ofItems },
      transposed: { ...pair.transpose, rowScale: ofItems, columnScale: ofUsers },
    },
    dispose: () => {
      releasePatternPair(engine, pair);
      for (const scale of [ofUsers, ofItems]) engine.release(scale);
    },
  };
}
