/**
 * The user–item graph over users then items, as the backbones use it: N = D^-1 (A + 1), row-normalised with a self loop, or
 * D^-½ A D^-½ without (specification, section 4). Its pattern is symmetric and its values are scales of rows and columns, so one
 * structure without values serves both directions: Nᵀ x = (A + 1) (D^-1 x).
 */
import type { Engine, Pattern } from "../engine/engine.ts";
import type { SparseOperand } from "../tensor/sparse-operations.ts";
import { releasePattern } from "./pattern.ts";

/** A (plus 1 with `selfLoops`) in engine memory. @param interactions users × items */
function symmetricPattern(engine: Engine, interactions: Pattern, selfLoops: boolean): Pattern {
  const { rows: users, columns: items, rowPointers, columnIndices } = interactions;
  const nodes = users + items;
  const pointers = engine.ints(nodes + 1);
  const loops = selfLoops ? 1 : 0;
  for (let u = 0; u < users; u++) pointers[u + 1] = rowPointers[u + 1] - rowPointers[u] + loops;
  for (let i = 0; i < items; i++) pointers[users + i + 1] = loops;
  for (let p = 0; p < columnIndices.length; p++) pointers[users + columnIndices[p] + 1] += 1;
  for (let n = 0; n < nodes; n++) pointers[n + 1] += pointers[n];

  const indices = engine.ints(pointers[nodes]);
  const next = Int32Array.from(pointers);
  for (let u = 0; u < users; u++) {
    if (selfLoops) indices[next[u]++] = u;
    for (let p = rowPointers[u]; p < rowPointers[u + 1]; p++) {
      indices[next[u]++] = users + columnIndices[p];
      indices[next[users + columnIndices[p]]++] = u;
    }
  }
  if (selfLoops) for (let i = 0; i < items; i++) indices[next[users + i]++] = users + i;
  return { rows: nodes, columns: nodes, rowPointers: pointers, columnIndices: indices };
}

/** D^-1 (A + 1); D^-½ A D^-½; or D^-1 A, the mean over the neighbours without the node itself. */
export type Adjacency = "row" | "symmetric" | "neighbour-mean";

/** N in long-lived engine memory. @param interactions training pairs, users × items */
export function userItemGraph(engine: Engine, interactions: Pattern, adjacency: Adjacency): SparseOperand {
  const pattern = symmetricPattern(engine, interactions, adjacency === "row");
  const scale = engine.floats(pattern.rows);
  for (let n = 0; n < pattern.rows; n++) {
    const degree = pattern.rowPointers[n + 1] - pattern.rowPointers[n];
    scale[n] = degree === 0 ? 0 : 1 / (adjacency === "symmetric" ? Math.sqrt(degree) : degree);
  }
  switch (adjacency) {
    case "row":
    case "neighbour-mean":
      return { forward: { ...pattern, rowScale: scale }, transposed: { ...pattern, columnScale: scale } };
    case "symmetric": {
      const matrix = { ...pattern, rowScale: scale, columnScale: scale };
      return { forward: matrix, transposed: matrix };
    }
  }
}

/** Gives the arrays of a graph made by `userItemGraph` back. */
export function releaseUserItemGraph(engine: Engine, graph: SparseOperand): void {
  releasePattern(engine, graph.forward);
  if (graph.forward.rowScale !== undefined) engine.release(graph.forward.rowScale);
}
