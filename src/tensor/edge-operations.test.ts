/** Operations on the edges of a bipartite graph: gradients against central differences in float64, and what they do at their ends. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../engine/engine.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { createBipartiteGraph } from "../graph/bipartite.ts";
import { multiplyElements, weightedSum } from "./dense-operations.ts";
import { edgeProducts, graphOfEdges, largestOfEdges, reorderedEdges, softmaxOfEdges } from "./edge-operations.ts";
import { expectGradients } from "./finite-differences.fixture.ts";
import { squaresTerm } from "./loss-terms.ts";
import { createRandom } from "./random.ts";
import { type RowSelection, spmm, spmmRows } from "./sparse-operations.ts";
import { Tape, type Variable, zeros } from "./tape.ts";

/** 4 users, 3 items; user 2 has none, nobody has item 1 but user 3. */
const interactions = {
  rows: 4,
  columns: 3,
  rowPointers: Int32Array.of(0, 2, 4, 4, 7),
  columnIndices: Int32Array.of(0, 2, 0, 2, 0, 1, 2),
};
const entries = 7;

/** Σ of squares of the elements, each weighed otherwise: gradients differ from element to element. */
function uneven(tape: Tape, x: Variable): number {
  const factors = zeros(tape.engine, x.value.rows, x.value.columns);
  factors.data.forEach((_, e) => {
    factors.data[e] = 1 + (e % 5) / 3;
  });
  return squaresTerm(tape, multiplyElements(tape, x, tape.constant(factors)), 1.3);
}

const graphIn = (engine: Engine) => engine.keep(() => createBipartiteGraph(engine, interactions));

describe("gradients against central differences", () => {
  const edge: [number, number] = [1, entries];
  const leftOut = Uint8Array.of(0, 1, 0, 0, 1, 0, 0);
  const cases: Readonly<
    Record<string, readonly [shapes: [number, number][], loss: (tape: Tape, x: readonly Variable[]) => number]>
  > = {
    edgeProducts: [
      [
        [4, 3],
        [3, 3],
      ],
      (tape, [a, b]) => uneven(tape, edgeProducts(tape, a, b, graphIn(tape.engine).users)),
    ],
    "edgeProducts from the items' side, of a variable that has a gradient already": [
      [
        [4, 3],
        [3, 3],
      ],
      (tape, [a, b]) => uneven(tape, edgeProducts(tape, b, a, graphIn(tape.engine).items)) + uneven(tape, b),
    ],
    softmaxOfEdges: [[edge], (tape, [v]) => uneven(tape, softmaxOfEdges(tape, v, graphIn(tape.engine).users.pattern))],
    "softmaxOfEdges with entries left out, twice": [
      [edge],
      (tape, [v]) => {
        const { pattern } = graphIn(tape.engine).users;
        const parts = [softmaxOfEdges(tape, v, pattern, leftOut), softmaxOfEdges(tape, v, pattern)];
        return uneven(
          tape,
          weightedSum(
            tape,
            parts.map((of, m) => ({ weight: m + 1, of })),
          ),
        );
      },
    ],
    reorderedEdges: [
      [edge],
      (tape, [v]) => {
        const { users, items } = graphIn(tape.engine);
        return uneven(tape, reorderedEdges(tape, v, users.order, items.order));
      },
    ],
    largestOfEdges: [[edge, edge, edge], (tape, of) => uneven(tape, largestOfEdges(tape, of))],
    "graphOfEdges in products with all rows and with some": [
      [edge, [3, 2]],
      (tape, [v, x]) => {
        const { engine } = tape;
        const s = graphOfEdges(tape, v, graphIn(engine).users);
        const selection: RowSelection = { rows: engine.ints(2), slots: engine.ints(4) };
        selection.rows.set([1, 3]);
        selection.slots.set([-1, 0, -1, 1]);
        return uneven(tape, spmm(tape, s, x)) + uneven(tape, spmmRows(tape, s, x, selection));
      },
    ],
  };
  for (const [name, [shapes, loss]] of Object.entries(cases)) {
    it(name, () => expectGradients(shapes, loss));
  }
});

describe("a bipartite graph", () => {
  it("has the same edges from both sides, for any interactions", () => {
    const sets = fc.array(fc.uniqueArray(fc.nat(5)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sets, (rows) => {
        const engine = createReferenceEngine("float64");
        const rowPointers = new Int32Array(rows.length + 1);
        rows.forEach((row, u) => {
          rowPointers[u + 1] = rowPointers[u] + row.length;
        });
        const columnIndices = Int32Array.from(rows.flatMap((row) => row.toSorted((a, b) => a - b)));
        const before = engine.memory().inUse;
        const graph = createBipartiteGraph(engine, { rows: rows.length, columns: 6, rowPointers, columnIndices });
        expect(Array.from(graph.items.transpose.columnIndices)).toEqual(Array.from(columnIndices));
        expect(Array.from(graph.items.order, (p) => graph.users.order[p])).toEqual([...columnIndices.keys()]);
        const { users, items } = graph.edgesOf(Int32Array.of(2, 4));
        expect(Array.from(users ?? [])).toEqual(
          Array.from(columnIndices, (item) => (item === 2 || item === 4 ? 1 : 0)),
        );
        expect(Array.from(graph.users.order, (p) => users?.[p])).toEqual(Array.from(items ?? []));
        graph.dispose();
        expect(engine.memory().inUse).toBe(before);
      }),
    );
  });
});

describe("softmaxOfEdges", () => {
  it("shares 1 out among each row's edges that take part, also of large values", () => {
    const engine = createReferenceEngine("float64");
    engine.step(() => {
      const random = createRandom(2, "values");
      const values = zeros(engine, 1, entries);
      for (let p = 0; p < entries; p++) values.data[p] = 2000 * (random.uniform() - 0.5);
      const tape = new Tape(engine, false);
      const leftOut = Uint8Array.of(0, 1, 1, 1, 0, 0, 0);
      const { pattern } = graphIn(engine).users;
      const y = softmaxOfEdges(tape, tape.constant(values), pattern, leftOut).value.data;
      expect(Array.from(y.subarray(0, 4))).toEqual([1, 0, 0, 0]);
      expect(y[4] + y[5] + y[6]).toBeCloseTo(1, 12);
    });
  });
});
