/** Graph structures against dense arithmetic: patterns, transposes, unions, the user–item graph, neighbours in blocks. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Matrix, Pattern, SparseMatrix } from "../engine/engine.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { createRandom } from "../tensor/random.ts";
import { nearestNeighbours, nearestNeighboursInBlocks, neighbourMatrix } from "./neighbours.ts";
import { patternInEngine, withTranspose } from "./pattern.ts";
import { unionOfPatterns } from "./union.ts";
import { userItemGraph } from "./user-item.ts";

const engine = createReferenceEngine("float64");

function patternOf(rows: readonly (readonly number[])[], columns: number): Pattern {
  const sorted = rows.map((row) => [...new Set(row)].sort((a, b) => a - b));
  const rowPointers = [0];
  for (const row of sorted) rowPointers.push((rowPointers.at(-1) ?? 0) + row.length);
  return {
    rows: rows.length,
    columns,
    rowPointers: Int32Array.from(rowPointers),
    columnIndices: Int32Array.from(sorted.flat()),
  };
}

/** Row by row, the [column, value] entries with all scales applied. */
function dense(s: SparseMatrix): number[][] {
  return Array.from({ length: s.rows }, (_, i) => {
    const row = new Array<number>(s.columns).fill(0);
    for (let p = s.rowPointers[i]; p < s.rowPointers[i + 1]; p++) {
      const j = s.columnIndices[p];
      row[j] += (s.values?.[p] ?? 1) * (s.rowScale?.[i] ?? 1) * (s.columnScale?.[j] ?? 1);
    }
    return row;
  });
}

const transpose = (matrix: readonly (readonly number[])[]): number[][] =>
  matrix[0]?.map((_, j) => matrix.map((row) => row[j])) ?? [];

const patterns = (columns: number, rows: number) =>
  fc
    .array(fc.array(fc.nat(columns - 1), { maxLength: 6 }), { minLength: rows, maxLength: rows })
    .map((lists) => patternOf(lists, columns));

describe("patterns", () => {
  it("transposes, with the order of entries", () => {
    fc.assert(
      fc.property(patterns(7, 5), (ordinary) => {
        const pattern = patternInEngine(engine, ordinary);
        const values = Float64Array.from(pattern.columnIndices, (_, p) => p + 1);
        const pair = withTranspose(engine, pattern);
        const moved = Float64Array.from(pair.order, (p) => values[p]);
        expect(dense({ ...pair.transpose, values: moved })).toEqual(transpose(dense({ ...pattern, values })));
      }),
    );
  });

  it("unites, and says where each entry went", () => {
    fc.assert(
      fc.property(fc.array(patterns(6, 6), { minLength: 1, maxLength: 4 }), (parts) => {
        const { pattern, positions } = unionOfPatterns(engine, parts, 6);
        const expected = parts
          .map(dense)
          .reduce((sum, part) => sum.map((row, i) => row.map((value, j) => Math.max(value, part[i][j]))));
        expect(dense(pattern)).toEqual(expected);
        parts.forEach((part, m) => {
          const values = new Float64Array(pattern.columnIndices.length);
          for (const position of positions[m]) values[position] += 1;
          expect(dense({ ...pattern, values })).toEqual(dense(part));
        });
      }),
    );
  });
});

describe("user–item graph", () => {
  it.each(["row", "symmetric"] as const)("is normalised (%s) and its transpose is its transpose", (adjacency) => {
    fc.assert(
      fc.property(patterns(5, 4), (interactions) => {
        const graph = userItemGraph(engine, interactions, adjacency);
        const n = dense(graph.forward);
        expect(dense(graph.transposed)).toEqual(transpose(n));
        const a = Array.from({ length: 9 }, () => new Array<number>(9).fill(0));
        dense(interactions).forEach((row, u) => {
          row.forEach((value, i) => {
            a[u][4 + i] = value;
            a[4 + i][u] = value;
          });
        });
        if (adjacency === "row")
          a.forEach((row, node) => {
            row[node] = 1;
          });
        const degrees = a.map((row) => row.reduce((sum, value) => sum + value, 0));
        const scale = (i: number, j: number): number =>
          adjacency === "row" ? degrees[i] : Math.sqrt(degrees[i]) * Math.sqrt(degrees[j]);
        a.forEach((row, i) => {
          row.forEach((value, j) => {
            expect(n[i][j]).toBeCloseTo(value === 0 ? 0 : value / scale(i, j), 12);
          });
        });
      }),
    );
  });
});

describe("neighbours", () => {
  it("are the same in blocks, resident or streamed, as at once; zero rows have and are none", async () => {
    const rows = 150;
    const columns = 4;
    const random = createRandom(1, "features");
    const resident = { rows, columns, data: engine.floats(rows * columns) };
    for (let e = 0; e < rows * columns; e++) resident.data[e] = random.uniform() - 0.5;
    resident.data.fill(0, 40, 44);
    const expected = nearestNeighbours(engine, resident, 5);
    expect(expected.indices.includes(10)).toBe(false);

    const read = (from: number, to: number, into: Matrix): void =>
      into.data.set(resident.data.subarray(from * columns, to * columns));
    let reports = 0;
    const progress = async (): Promise<void> => {
      reports += 1;
    };
    for (const table of [
      { rows, columns, resident },
      { rows, columns, read },
    ]) {
      const lists = await nearestNeighboursInBlocks(engine, table, 5, progress, 64);
      expect(Array.from(lists.indices)).toEqual(Array.from(expected.indices));
      expect(Array.from(lists.values)).toEqual(Array.from(expected.values));
    }
    expect(reports).toBe(2 * 6);
  });

  it("become sparse rows with ascending columns, padding left out", () => {
    const { pattern, values } = neighbourMatrix(
      engine,
      3,
      2,
      Int32Array.of(2, 0, -1, -1, 1, -1),
      Float32Array.of(0.5, 1, 0, 0, 0.25, 0),
    );
    expect(Array.from(pattern.rowPointers)).toEqual([0, 2, 2, 3]);
    expect(Array.from(pattern.columnIndices)).toEqual([0, 2, 1]);
    expect(Array.from(values)).toEqual([1, 0.5, 0.25]);
  });
});
