/**
 * What a LightGCN run says about its items at each layer of its propagation, Z^(0) … Z^(C−1), and from them what each item of
 * somebody's history brings to their vector. With weights w_j, z^(0) = e and for every item j of the history z_j^(0) = 0:
 *   z_j^(l+1) = (z_j^(l) + w_j Z_j^(l)) / (1 + Σ w)           adjacency row; e likewise, without a Z of its own
 *   z_j^(l+1) = w_j Z_j^(l) (degree_j Σ w)^-½                 adjacency symmetric; nothing of e is left after layer 0
 * Means over the layers 0 … C of e and of all z_j sum to x̃_u, since the propagation is linear.
 */
import type { Engine, Floats } from "../engine/engine.ts";
import { releaseUserItemGraph, userItemGraph } from "../graph/user-item.ts";
import type { Run } from "../runs/open-run.ts";
import type { RunWeights } from "../runs/weights.ts";
import { zeros } from "../tensor/tape.ts";
import { withStoredParameters } from "./stored-parameters.ts";

export interface ItemLayers {
  /** Z^(0) … Z^(C−1) of the items, items × d each, in ordinary memory. */
  readonly layers: readonly Floats[];
  /** degree^-½ by item where the adjacency is symmetric. */
  readonly scale?: Floats | undefined;
  readonly columns: number;
}

export interface ItemLayersParts {
  readonly engine: Engine;
  readonly run: Run;
  readonly weights: Pick<RunWeights, "interactions">;
}

function itemLayers({ engine, run, weights }: ItemLayersParts): ItemLayers {
  const { model, options } = run.config;
  const adjacency = model === "freedom" ? "symmetric" : options.adjacency;
  const [userTable, itemTable] = withStoredParameters(run.folder, (parameters) =>
    ["embedding.users", "embedding.items"].map((name) => parameters.read(name)),
  );
  const graph = userItemGraph(engine, weights.interactions.train, adjacency);
  const nodes = userTable.rows + itemTable.rows;
  let z = zeros(engine, nodes, itemTable.columns);
  z.data.set(userTable.data);
  z.data.set(itemTable.data, userTable.data.length);
  const layers: Floats[] = [];
  for (let layer = 0; layer < options.layers; layer++) {
    layers.push(z.data.slice(userTable.data.length));
    const next = zeros(engine, nodes, z.columns);
    engine.spmm(graph.forward, z, next);
    engine.release(z.data);
    z = next;
  }
  const scale = graph.forward.columnScale?.slice(userTable.rows);
  engine.release(z.data);
  releaseUserItemGraph(engine, graph);
  return { layers, scale, columns: itemTable.columns };
}

/** Computes them when they are first asked for, and once. */
export function itemLayersOnce(parts: ItemLayersParts): () => ItemLayers {
  let computed: ItemLayers | undefined;
  return () => {
    computed ??= itemLayers(parts);
    return computed;
  };
}

/** An item the run was trained with, and how much it counts. */
export interface KnownEntry {
  readonly item: number;
  readonly weight: number;
}

export interface PropagatedParts {
  /** What is left of e. */
  readonly own: Float64Array;
  /** What each element of the history brings, in its order. */
  readonly taken: readonly Float64Array[];
}

/** @param history each element as the known items that stand for it @param own e; absent for 0 */
export function propagatedParts(
  { layers, scale, columns }: ItemLayers,
  history: readonly (readonly KnownEntry[])[],
  own?: Floats,
): PropagatedParts {
  const degree = history.flat().reduce((sum, { weight }) => sum + weight, 0);
  const divisor = scale === undefined ? 1 + degree : Math.sqrt(degree);
  const share = 1 / (layers.length + 1);
  const carried = scale === undefined ? 1 / divisor : 0;
  let left = share;
  let ownShare = share;
  for (let layer = 0; layer < layers.length; layer++) {
    left *= carried;
    ownShare += left;
  }
  const taken = history.map((entries) => {
    const sum = new Float64Array(columns);
    let z = new Float64Array(columns);
    for (const layer of layers) {
      z = z.map((value) => value * carried);
      for (const { item, weight } of entries) {
        const factor = (scale === undefined ? weight : weight * scale[item]) / divisor;
        for (let c = 0; c < columns; c++) z[c] += factor * layer[item * columns + c];
      }
      for (let c = 0; c < columns; c++) sum[c] += share * z[c];
    }
    return sum;
  });
  return { own: Float64Array.from({ length: columns }, (_, c) => ownShare * (own?.[c] ?? 0)), taken };
}
