/** Eigenvectors against what defines them, on random symmetric matrices. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createRandom } from "../../tensor/random.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

function symmetric(n: number, rank: number, seed: number): Float64Array {
  const random = createRandom(seed, "symmetric");
  const a = new Float64Array(n * n);
  for (let r = 0; r < rank; r++) {
    const x = Float64Array.from({ length: n }, () => random.uniform() - 0.5);
    const weight = random.uniform() - 0.3;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) a[i * n + j] += weight * x[i] * x[j];
  }
  return a;
}

test("A W = W Λ, Wᵀ W = 1, values descending", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 0, max: 30 }), fc.nat(), (n, rank, seed) => {
      const a = symmetric(n, rank, seed);
      const { values, vectors } = symmetricEigen(a, n);
      for (let j = 0; j < n; j++) {
        if (j > 0) expect(values[j]).toBeLessThanOrEqual(values[j - 1]);
        for (let i = 0; i < n; i++) {
          let product = 0;
          let inner = 0;
          for (let k = 0; k < n; k++) {
            product += a[i * n + k] * vectors[k * n + j];
            inner += vectors[k * n + i] * vectors[k * n + j];
          }
          expect(product).toBeCloseTo(values[j] * vectors[i * n + j], 11);
          expect(inner).toBeCloseTo(i === j ? 1 : 0, 12);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("eigenvalues that are known", () => {
  const { values } = symmetricEigen(Float64Array.of(2, 1, 0, 1, 2, 0, 0, 0, -5), 3);
  expect([...values]).toEqual([expect.closeTo(3, 14), expect.closeTo(1, 14), -5]);
});
