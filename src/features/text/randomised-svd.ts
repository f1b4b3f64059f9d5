/**
 * The leading singular values and right singular vectors of a large sparse matrix A by subspace iteration from random signs
 * (Halko, Martinsson and Tropp 2011):
 *
 *   Z ← orth(Aᵀ (A Z)), a few times, from Z = ±1;   (A Z)ᵀ(A Z) = W diag(σ²) Wᵀ;   V = Z W
 *
 * Z has a few columns more than are wanted. orth(Z) = Z W Λ^-½ from ZᵀZ = W Λ Wᵀ, which also sheds directions that A does not have. Products
 * are the engine's, inner products and small matrices float64, so the bytes are the same for any number of threads.
 */
import type { Engine, Matrix, SparseMatrix } from "../../engine/engine.ts";
import { createRandom } from "../../tensor/random.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

export interface SvdOptions {
  /** Singular vectors wanted; fewer come back when the matrix has fewer. */
  readonly size: number;
  readonly seed: number;
  /** Default 2. */
  readonly iterations?: number | undefined;
  /** Columns beyond `size`; default 16. */
  readonly oversampling?: number | undefined;
}

export interface TruncatedSvd {
  /** Descending, at most `size`. */
  readonly singularValues: Float64Array;
  /** columns of A × singular values; a long-lived array of the engine that the caller releases. */
  readonly rightVectors: Matrix;
}

/** Of a direction among the largest, squared: below it float32 knows nothing of the direction. */
const negligible = 1e-11;

/** zᵀz in float64; four rows at a time, since the matrix of sums is read and written for each. */
function innerProducts({ rows, columns: n, data }: Matrix): Float64Array {
  const sums = new Float64Array(n * n);
  const block = new Float64Array(4 * n);
  for (let row = 0; row < rows; row += 4) {
    const filled = Math.min(4, rows - row) * n;
    for (let k = 0; k < filled; k++) block[k] = data[row * n + k];
    block.fill(0, filled);
    for (let i = 0; i < n; i++) {
      const a = block[i];
      const b = block[n + i];
      const c = block[2 * n + i];
      const d = block[3 * n + i];
      const at = i * n;
      for (let j = i; j < n; j++) {
        sums[at + j] += a * block[j] + b * block[n + j] + (c * block[2 * n + j] + d * block[3 * n + j]);
      }
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sums[i * n + j] = sums[j * n + i];
  return sums;
}

/** z · (the first `kept` columns of `vectors`, each times its factor); z is released. */
function rotateColumns(engine: Engine, z: Matrix, vectors: Float64Array, kept: number, factor: Float64Array): Matrix {
  const { rows, columns: n } = z;
  const rotation = engine.floats(n * kept);
  for (let i = 0; i < n; i++) for (let j = 0; j < kept; j++) rotation[i * kept + j] = vectors[i * n + j] * factor[j];
  const out = { rows, columns: kept, data: engine.floats(rows * kept) };
  engine.multiply(z, { rows: n, columns: kept, data: rotation }, out);
  engine.release(rotation);
  engine.release(z.data);
  return out;
}

/** How many values are not negligible beside the first, at most `most`. */
function countKept(values: Float64Array, most: number): number {
  let kept = 0;
  while (kept < Math.min(most, values.length) && values[kept] > negligible * values[0]) kept++;
  return kept;
}

/** An orthonormal basis of the columns of z; z is released. */
function orthonormalise(engine: Engine, z: Matrix): Matrix {
  const { values, vectors } = symmetricEigen(innerProducts(z), z.columns);
  const kept = countKept(values, z.columns);
  return rotateColumns(
    engine,
    z,
    vectors,
    kept,
    Float64Array.from(values.subarray(0, kept), (v) => 1 / Math.sqrt(v)),
  );
}

function randomSigns(engine: Engine, rows: number, columns: number, seed: number): Matrix {
  const random = createRandom(seed, "randomised-svd");
  const data = engine.floats(rows * columns);
  let bits = 0;
  for (let at = 0; at < data.length; at++) {
    if (at % 32 === 0) bits = random.bits();
    data[at] = bits & 1 ? 1 : -1;
    bits >>>= 1;
  }
  return { rows, columns, data };
}

/**
 * @param a with values; `transpose` is the same matrix by columns
 * @param onProgress told 0 to 1 after each product
 * @throws EngineError when memory does not suffice
 */
export async function truncatedSvd(
  engine: Engine,
  a: SparseMatrix,
  transpose: SparseMatrix,
  options: SvdOptions,
  onProgress: (share: number) => Promise<void>,
): Promise<TruncatedSvd> {
  const { size, seed, iterations = 2, oversampling = 16 } = options;
  const width = Math.min(size + oversampling, a.rows, a.columns);
  let done = 0;
  const product = async (s: SparseMatrix, x: Matrix): Promise<Matrix> => {
    const out = { rows: s.rows, columns: x.columns, data: engine.floats(s.rows * x.columns) };
    engine.spmm(s, x, out);
    await onProgress(++done / (2 * iterations + 1));
    return out;
  };
  let z = randomSigns(engine, a.columns, width, seed);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const y = await product(a, z);
    engine.release(z.data);
    z = await product(transpose, y);
    engine.release(y.data);
    z = orthonormalise(engine, z);
  }
  // Once more: the first time ends at float32's accuracy times the spread of the directions.
  z = orthonormalise(engine, z);
  const y = await product(a, z);
  const { values, vectors } = symmetricEigen(innerProducts(y), y.columns);
  engine.release(y.data);
  const kept = countKept(values, size);
  const rightVectors = rotateColumns(engine, z, vectors, kept, new Float64Array(kept).fill(1));
  return { singularValues: Float64Array.from(values.subarray(0, kept), Math.sqrt), rightVectors };
}
