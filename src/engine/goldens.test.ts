/**
 * Graph operations against golden values in float64: cosine top-k, D^-½ Ŝ D^-½, normalised rows, and the gradients of
 * Σ G ∘ output through each of them down to the features.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { transposed } from "./conformance/cases.ts";
import type { Floats, Matrix, Pattern } from "./engine.ts";
import { createReferenceEngine } from "./reference.ts";

const dense = z.array(z.array(z.number()));
/** For each row its [column, value] entries. */
const sparse = z.array(z.array(z.tuple([z.number(), z.number()])));
const goldens = z
  .object({
    x: dense,
    G: dense,
    knn: sparse,
    laplacian: sparse,
    rowsum: z.array(z.number()),
    dx_of_laplacian_knn_sim: dense,
    dx_of_knn_sim: dense,
    dknn_of_laplacian_dense: dense,
    normalize: z.object({ h: dense, G: dense, out: dense, dh: dense }),
  })
  .parse(JSON.parse(readFileSync(new URL("goldens/graph-operations.json", import.meta.url), "utf8")));

const engine = createReferenceEngine("float64");
const neighbours = 4;

function floats(values: readonly number[]): Floats {
  const array = engine.floats(values.length);
  array.set(values);
  return array;
}

function matrix(rows: readonly (readonly number[])[]): Matrix {
  return { rows: rows.length, columns: rows[0].length, data: floats(rows.flat()) };
}

function zeros({ rows, columns }: Matrix): Matrix {
  return { rows, columns, data: engine.floats(rows * columns) };
}

function onEngine(pattern: Pattern): Pattern {
  const rowPointers = engine.ints(pattern.rowPointers.length);
  rowPointers.set(pattern.rowPointers);
  const columnIndices = engine.ints(pattern.columnIndices.length);
  columnIndices.set(pattern.columnIndices);
  return { ...pattern, rowPointers, columnIndices };
}

/** max |difference| / max |expected| is at most 1e-9. */
function expectGolden(found: Floats, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, e) => Math.abs(found[e] - value)));
  expect(worst / largest).toBeLessThanOrEqual(1e-9);
}

const x = matrix(goldens.x);
const pattern = onEngine({
  rows: x.rows,
  columns: x.rows,
  rowPointers: Int32Array.from({ length: x.rows + 1 }, (_, i) => i * neighbours),
  columnIndices: Int32Array.from(goldens.knn.flat(), ([column]) => column),
});
const cosines = floats(goldens.knn.flat().map(([, value]) => value));
const upstream = floats(goldens.knn.flatMap((row, i) => row.map(([column]) => goldens.G[i][column])));
const { transpose: plainTranspose, order: plainOrder } = transposed(pattern);
const transpose = onEngine(plainTranspose);
const order = engine.ints(plainOrder.length);
order.set(plainOrder);

/** From the gradient of the kept cosines to that of the features: dY = V Y + Vᵀ Y with Y the normalised rows. */
function featureGradient(cosineGradient: Floats): Floats {
  const [y, gradient, into] = [zeros(x), zeros(x), zeros(x)];
  const norms = engine.floats(x.rows);
  engine.normaliseRows(x, y, norms);
  engine.spmm({ ...pattern, values: cosineGradient }, y, gradient);
  const byColumn = engine.floats(cosineGradient.length);
  engine.gatherValues(cosineGradient, order, 1, byColumn);
  engine.spmm({ ...transpose, values: byColumn }, y, gradient, true);
  engine.normaliseRowsGradient(y, norms, gradient, into, false);
  return into.data;
}

function laplacianGradient(): { readonly laplacian: Floats; readonly sums: Floats; readonly gradient: Floats } {
  const [scale, sums] = [engine.floats(x.rows), engine.floats(x.rows)];
  const [laplacian, gradient] = [engine.floats(cosines.length), engine.floats(cosines.length)];
  engine.rowSums(pattern, cosines, sums);
  engine.symmetricNormalise(pattern, cosines, scale, laplacian);
  engine.symmetricNormaliseGradient(pattern, cosines, scale, transpose, order, upstream, gradient, false);
  return { laplacian, sums, gradient };
}

test("cosineTopK keeps the golden neighbours and cosines", () => {
  const lists = {
    rows: x.rows,
    k: neighbours,
    indices: engine.ints(x.rows * neighbours).fill(-1),
    values: engine.floats(x.rows * neighbours),
  };
  engine.cosineTopK(x, 0, x, 0, lists);
  for (const [i, row] of goldens.knn.entries()) {
    const places = Array.from({ length: neighbours }, (_, place) => i * neighbours + place);
    const ascending = places.sort((a, b) => lists.indices[a] - lists.indices[b]);
    expect(ascending.map((place) => lists.indices[place])).toEqual(row.map(([column]) => column));
    expectGolden(
      Float64Array.from(ascending, (place) => lists.values[place]),
      row.map(([, value]) => value),
    );
  }
});

test("rowSums and symmetricNormalise give the golden Laplacian", () => {
  const { laplacian, sums } = laplacianGradient();
  expectGolden(sums, goldens.rowsum);
  expectGolden(
    laplacian,
    goldens.laplacian.flat().map(([, value]) => value),
  );
});

test("symmetricNormaliseGradient is golden at the kept entries", () => {
  const expected = goldens.knn.flatMap((row, i) => row.map(([column]) => goldens.dknn_of_laplacian_dense[i][column]));
  expectGolden(laplacianGradient().gradient, expected);
});

test("the gradient through cosines, top-k and Laplacian reaches the features", () => {
  expectGolden(featureGradient(upstream), goldens.dx_of_knn_sim.flat());
  expectGolden(featureGradient(laplacianGradient().gradient), goldens.dx_of_laplacian_knn_sim.flat());
});

test("normaliseRows and its gradient are golden", () => {
  const h = matrix(goldens.normalize.h);
  const [out, into] = [zeros(h), zeros(h)];
  const norms = engine.floats(h.rows);
  engine.normaliseRows(h, out, norms);
  engine.normaliseRowsGradient(out, norms, matrix(goldens.normalize.G), into, false);
  expectGolden(out.data, goldens.normalize.out.flat());
  expectGolden(into.data, goldens.normalize.dh.flat());
});
