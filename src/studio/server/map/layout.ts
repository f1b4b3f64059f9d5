/**
 * Where items lie on the map and which community they are of: communities by Louvain's method (Blondel et al. 2008), positions by ForceAtlas2 (Jacomy et al.
 * 2014) from a start in which each community lies together. The same graph gives the same map.
 */
import { createRandom } from "../../../tensor/random.ts";
import { forceAtlas2, louvain, UndirectedGraph } from "./graphology.ts";

export interface LayoutRequest {
  readonly items: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weight: Float64Array;
}

export interface Layout {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** 0 is the largest. */
  readonly community: Int32Array;
}

const goldenAngle = Math.PI * (3 - Math.sqrt(5));
const iterationsAtOnce = 10;
/** Small graphs come to rest in a moment; large ones take seconds an iteration, and start well. */
const iterationsFor = (items: number): number => (items <= 2000 ? 400 : items <= 8000 ? 200 : 120);

/** Communities numbered by size. */
function bySize(found: readonly number[]): Int32Array {
  const sizes = new Map<number, number>();
  for (const community of found) sizes.set(community, (sizes.get(community) ?? 0) + 1);
  const order = [...sizes.keys()].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0) || a - b);
  const places = new Map(order.map((community, place) => [community, place]));
  return Int32Array.from(found, (community) => places.get(community) ?? 0);
}

/** @param onProgress share from 0 to 1 */
export function layOut({ items, from, to, weight }: LayoutRequest, onProgress: (share: number) => void): Layout {
  const random = createRandom(1, "studio/map");
  const graph = new UndirectedGraph();
  for (let item = 0; item < items; item++) graph.addNode(String(item));
  for (let e = 0; e < from.length; e++) {
    graph.addEdge(String(from[e]), String(to[e]), { weight: weight[e] });
  }
  const found = louvain(graph, { getEdgeWeight: "weight", rng: () => random.uniform() });
  const community = bySize(Array.from({ length: items }, (_, item) => found[String(item)] ?? 0));
  for (let item = 0; item < items; item++) {
    const place = community[item] ?? 0;
    const radius = 30 * Math.sqrt(place + 0.5);
    const [angle, near] = [2 * Math.PI * random.uniform(), 12 * Math.sqrt(random.uniform())];
    graph.mergeNodeAttributes(String(item), {
      x: radius * Math.cos(place * goldenAngle) + near * Math.cos(angle),
      y: radius * Math.sin(place * goldenAngle) + near * Math.sin(angle),
    });
  }
  // Attraction by the logarithm of distance draws communities apart (Noack 2009).
  const settings = {
    ...forceAtlas2.inferSettings(items),
    linLogMode: true,
    strongGravityMode: false,
    gravity: 0.6,
    barnesHutOptimize: items > 1500,
  };
  const iterations = iterationsFor(items);
  for (let done = 0; done < iterations; done += iterationsAtOnce) {
    onProgress(done / iterations);
    forceAtlas2.assign(graph, { iterations: iterationsAtOnce, settings, getEdgeWeight: "weight" });
  }
  const at = (axis: "x" | "y"): Float32Array =>
    Float32Array.from({ length: items }, (_, item) => Number(graph.getNodeAttribute(String(item), axis)));
  return { x: at("x"), y: at("y"), community };
}
