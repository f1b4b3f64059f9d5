/** The user–item graph as its edges seen from both sides: users × items and items × users, each with the way to the other. */
import type { Engine, Pattern } from "../engine/engine.ts";
import type { PatternPair } from "../tensor/graph-operations.ts";
import { patternInEngine, releasePattern, releasePatternPair, withTranspose } from "./pattern.ts";

export type Side = "users" | "items";

export interface BipartiteGraph {
  /** users × items */
  readonly users: PatternPair;
  /** items × users; its `order` is the inverse of the other's. */
  readonly items: PatternPair;
  /** A flag an edge, from each side, that is 1 for the edges of these items; ordinary arrays, undefined where there are none. */
  edgesOf(items: Int32Array | undefined): Readonly<Record<Side, Uint8Array | undefined>>;
  dispose(): void;
}

/** In long-lived engine memory. @param interactions users × items */
export function createBipartiteGraph(engine: Engine, interactions: Pattern): BipartiteGraph {
  const users = withTranspose(engine, patternInEngine(engine, interactions));
  const items = withTranspose(engine, users.transpose);
  return {
    users,
    items,
    edgesOf: (chosen) => {
      if (chosen === undefined || chosen.length === 0) return { users: undefined, items: undefined };
      const isChosen = new Uint8Array(interactions.columns);
      for (const item of chosen) isChosen[item] = 1;
      const { rowPointers, columnIndices } = items.pattern;
      const ofItems = new Uint8Array(columnIndices.length);
      for (const item of chosen) ofItems.fill(1, rowPointers[item], rowPointers[item + 1]);
      return { users: Uint8Array.from(users.pattern.columnIndices, (item) => isChosen[item]), items: ofItems };
    },
    dispose: () => {
      releasePatternPair(engine, users);
      releasePattern(engine, items.transpose);
      engine.release(items.order);
    },
  };
}
