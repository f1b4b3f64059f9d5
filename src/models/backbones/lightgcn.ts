/**
 * LightGCN (He et al. 2020) as LATTICE uses it: Z_{l+1} = N Z_l, x̃ = mean(Z_0 … Z_C). Layer C is computed at the wanted rows only.
 */
import { mean } from "../../tensor/dense-operations.ts";
import type { SparseOperand } from "../../tensor/sparse-operations.ts";
import type { Backbone } from "./backbone.ts";
import { propagate, select } from "./propagation.ts";

/** @param graph N @param layers C */
export function createLightGcn(graph: SparseOperand, layers: number): Backbone {
  return {
    parameters: [],
    forward: (tape, embeddings, nodes) => {
      let z = embeddings;
      const wanted = [select(tape, z, nodes)];
      for (let layer = 1; layer <= layers; layer++) {
        const last = layer === layers;
        const next = propagate(tape, graph, z, last ? nodes : undefined);
        wanted.push(last ? next : select(tape, next, nodes));
        z = next;
      }
      return mean(tape, wanted);
    },
    dispose: () => undefined,
  };
}
