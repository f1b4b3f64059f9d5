/** The randomised decomposition against exact ones: of matrices made from known singular values, and of small random ones. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../engine/engine.ts";
import { openEngine } from "../../engine/open.ts";
import { createRandom } from "../../tensor/random.ts";
import { orthonormalising } from "./orthonormalising.ts";
import { type TruncatedSvd, truncatedSvd } from "./randomised-svd.ts";
import { createSparseRows, transposeSparse } from "./sparse-rows.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ threads: 2 });
});
afterAll(() => engine.close());

/** Dense rows; zeros become absent entries. */
async function decompose(rows: readonly Float64Array[], columns: number, size: number): Promise<TruncatedSvd> {
  const sparse = createSparseRows(engine, columns, rows.length, rows.length * columns);
  for (const row of rows) {
    const present = Int32Array.from(row.keys()).filter((column) => row[column] !== 0);
    sparse.add(
      present,
      Float64Array.from(present, (column) => row[column]),
      present.length,
    );
  }
  const matrix = sparse.matrix();
  return truncatedSvd(engine, matrix, transposeSparse(engine, matrix), { size, seed: 3 }, async () => {});
}

/** Orthonormal columns as rows of an array. */
function orthonormal(count: number, length: number, seed: number): readonly Float64Array[] {
  const random = createRandom(seed, "orthonormal");
  const basis: Float64Array[] = [];
  while (basis.length < count) {
    const x = Float64Array.from({ length }, () => random.uniform() - 0.5);
    for (let pass = 0; pass < 2; pass++) {
      for (const b of basis) {
        const inner = b.reduce((sum, value, k) => sum + value * x[k], 0);
        for (let k = 0; k < length; k++) x[k] -= inner * b[k];
      }
    }
    const norm = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
    basis.push(x.map((value) => value / norm));
  }
  return basis;
}

test("known singular values and vectors come back", async () => {
  const [rows, columns, rank] = [120, 80, 40];
  const sigma = Float64Array.from({ length: rank }, (_, j) => 10 / (1 + j));
  const u = orthonormal(rank, rows, 1);
  const v = orthonormal(rank, columns, 2);
  const a = Array.from({ length: rows }, (_, i) =>
    Float64Array.from({ length: columns }, (_, k) => sigma.reduce((sum, s, j) => sum + s * u[j][i] * v[j][k], 0)),
  );
  const size = 8;
  const { singularValues, rightVectors } = await decompose(a, columns, size);
  expect(singularValues).toHaveLength(size);
  for (let j = 0; j < size; j++) {
    expect(singularValues[j] / sigma[j]).toBeCloseTo(1, 3);
    let inner = 0;
    for (let k = 0; k < columns; k++) inner += v[j][k] * rightVectors.data[k * size + j];
    expect(Math.abs(inner)).toBeCloseTo(1, 2);
  }
});

test("of as many directions as there are, the decomposition is exact: σ² are the eigenvalues of AᵀA, V is orthonormal", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 14 }),
      fc.integer({ min: 1, max: 14 }),
      fc.nat(),
      async (rows, columns, rank, seed) => {
        const random = createRandom(seed, "sparse");
        const parts = Array.from({ length: rank }, () =>
          Float64Array.from({ length: columns }, () => (random.below(2) === 0 ? 0 : random.uniform())),
        );
        const a = Array.from({ length: rows }, () => parts[random.below(rank)] ?? new Float64Array(columns));
        const gram = new Float64Array(columns * columns);
        for (const row of a) {
          for (let i = 0; i < columns; i++) for (let k = 0; k < columns; k++) gram[i * columns + k] += row[i] * row[k];
        }
        const exact = symmetricEigen(gram, columns).values;
        if (exact[0] === 0) return;
        const { singularValues, rightVectors } = await decompose(a, columns, columns);
        for (let j = 0; j < columns; j++) {
          const found = singularValues[j] ?? 0;
          expect((found * found) / exact[0]).toBeCloseTo(Math.max(0, exact[j]) / exact[0], 4);
        }
        const kept = rightVectors.columns;
        for (let i = 0; i < kept; i++) {
          for (let j = 0; j <= i; j++) {
            let inner = 0;
            for (let k = 0; k < columns; k++)
              inner += rightVectors.data[k * kept + i] * rightVectors.data[k * kept + j];
            expect(inner).toBeCloseTo(i === j ? 1 : 0, 3);
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("columns that others explain are left out", () => {
  // Inner products of (1, 0), (2, 0), (1, 1).
  const { rotation, kept } = orthonormalising(Float64Array.of(1, 2, 1, 2, 4, 2, 1, 2, 2), 3);
  expect(kept).toBe(2);
  expect([...rotation]).toEqual([1, -1, 0, 0, 0, 1]);
});
