/** Matrix factorisation: x̃ = E (Koren et al. 2009; with BPR, Rendle et al. 2009). */
import { gatherRows } from "../../tensor/sparse-operations.ts";
import type { Backbone } from "./backbone.ts";

export function createMf(): Backbone {
  return {
    parameters: [],
    forward: (tape, embeddings, nodes) => (nodes === undefined ? embeddings : gatherRows(tape, embeddings, nodes)),
    dispose: () => undefined,
  };
}
