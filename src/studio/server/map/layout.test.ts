/** Maps: which edges are kept, and that what is joined lies together, in the same places each time. */
import { describe, expect, it } from "vitest";
import { mapEdges } from "./edges.ts";
import { type LayoutRequest, layOut } from "./layout.ts";

/** Rings of items, with one edge between neighbouring rings. */
function rings(count: number, size: number): LayoutRequest {
  const [from, to]: [number[], number[]] = [[], []];
  for (let ring = 0; ring < count; ring++) {
    for (let n = 0; n < size; n++) {
      for (const step of [1, 2, 3]) {
        from.push(ring * size + n);
        to.push(ring * size + ((n + step) % size));
      }
    }
    if (ring > 0) {
      from.push(ring * size);
      to.push((ring - 1) * size);
    }
  }
  return {
    items: count * size,
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    weight: new Float64Array(from.length).fill(1),
  };
}

describe("a layout", () => {
  const request = rings(4, 12);
  const { x, y, community } = layOut(request, () => {});

  it("finds the communities and draws them apart", () => {
    expect(new Set(community)).toEqual(new Set([0, 1, 2, 3]));
    for (let item = 0; item < request.items; item++) {
      expect(community[item]).toBe(community[Math.floor(item / 12) * 12]);
    }
    const distance = (a: number, b: number): number => Math.hypot((x[a] ?? 0) - (x[b] ?? 0), (y[a] ?? 0) - (y[b] ?? 0));
    const means = { within: [0, 0], between: [0, 0] };
    for (let a = 0; a < request.items; a++) {
      for (let b = 0; b < a; b++) {
        const sums = community[a] === community[b] ? means.within : means.between;
        sums[0] = (sums[0] ?? 0) + distance(a, b);
        sums[1] = (sums[1] ?? 0) + 1;
      }
    }
    const mean = ([sum = 0, pairs = 1]: number[]): number => sum / pairs;
    expect(mean(means.between)).toBeGreaterThan(2 * mean(means.within));
  });

  it("is the same again, and says how far it is", () => {
    const shares: number[] = [];
    const again = layOut(request, (share) => shares.push(share));
    expect(again.x).toEqual(x);
    expect(again.y).toEqual(y);
    expect(shares.length).toBeGreaterThan(5);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  it("takes items without edges", () => {
    const none = new Int32Array(0);
    const lone = layOut({ items: 3, from: none, to: none, weight: new Float64Array(0) }, () => {});
    expect(lone.x).toHaveLength(3);
    expect([...lone.x, ...lone.y].every(Number.isFinite)).toBe(true);
  });
});

describe("edges of a map", () => {
  it("are the strongest of each item, each pair once, with the modality of most weight", () => {
    const link = (modality: string, weight: number, graph: "initial" | "learned" = "initial") => ({
      modality,
      graph,
      cosine: 0.5,
      weight,
    });
    const rows = [
      new Map([
        [0, [link("image", 9)]],
        [1, [link("image", 0.3), link("text", 0.2), link("text", 0.2, "learned")]],
        [2, [link("image", 0.6)]],
      ]),
      new Map([[0, [link("image", 0.1)]]]),
      new Map(),
    ];
    const edges = mapEdges(3, { links: (item) => rows[item] ?? new Map(), modalities: ["image", "text"] });
    expect([...edges.from]).toEqual([0, 0]);
    expect([...edges.to]).toEqual([1, 2]);
    expect([...edges.modality]).toEqual([1, 0]);
    expect(edges.weight[0]).toBeCloseTo(0.7, 12);
    expect([...edges.itemModality]).toEqual([1, 0, -1]);
  });

  it("of a graph without modalities leave out loops and what is not positive", () => {
    const graph = {
      rows: 3,
      columns: 3,
      rowPointers: Int32Array.of(0, 3, 4, 4),
      columnIndices: Int32Array.of(0, 1, 2, 0),
      values: Float32Array.of(1, 0.5, 0, 0.25),
    };
    const edges = mapEdges(3, { graph });
    expect([...edges.from, ...edges.to]).toEqual([0, 1]);
    expect([...edges.weight]).toEqual([0.5]);
    expect([...edges.itemModality]).toEqual([-1, -1, -1]);
  });

  it("are five an item at most where nobody else chose it", () => {
    const columns = 40;
    const graph = {
      rows: columns,
      columns,
      rowPointers: Int32Array.from({ length: columns + 1 }, (_, row) => (row === 0 ? 0 : columns)),
      columnIndices: Int32Array.from({ length: columns }, (_, column) => column),
      values: Float32Array.from({ length: columns }, (_, column) => column),
    };
    expect([...mapEdges(columns, { graph }).to]).toEqual([39, 38, 37, 36, 35]);
  });
});
