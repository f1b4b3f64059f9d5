/**
 * The leading singular values and right singular vectors of a large sparse matrix A by subspace iteration from a random start
 * (Halko, Martinsson and Tropp 2011):
 *
 *   Z ← orth(Aᵀ orth(A Z)), a few times;   (A Z)ᵀ(A Z) = W diag(σ²) Wᵀ;   V = Z W
 *
 * Z has a few columns more than are wanted. orth(Z) = Z R⁻¹ from ZᵀZ = RᵀR (orthonormalising.ts) sheds directions that A does not have. Products
 * are the engine's, inner products and small matrices float64, so the bytes are the same for any number of threads.
 */
import type { Engine, Matrix, SparseMatrix } from "../../engine/engine.ts";
import { createRandom } from "../../tensor/random.ts";
import { orthonormalising } from "./orthonormalising.ts";
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

/** Of the square of the largest singular value: float32 knows nothing of directions below it. */
const negligible = 1e-9;
/** Rows whose inner products are summed in float32. */
const rowsAtOnce = 512;

/** zᵀz: few rows at a time in float32, their sums in float64, so that the rounding does not grow with the rows. */
function innerProducts(engine: Engine, { rows, columns, data }: Matrix): Float64Array {
  const sums = new Float64Array(columns * columns);
  engine.step(() => {
    const part = { rows: columns, columns, data: engine.floats(columns * columns) };
    for (let from = 0; from < rows; from += rowsAtOnce) {
      const to = Math.min(from + rowsAtOnce, rows);
      const block = { rows: to - from, columns, data: data.subarray(from * columns, to * columns) };
      engine.transposedMultiply(block, block, part);
      for (let at = 0; at < sums.length; at++) sums[at] += part.data[at];
    }
  });
  return sums;
}

/** z · rotation (z's columns × kept, row-major); z is released. */
function rotateColumns(engine: Engine, z: Matrix, rotation: Float64Array, kept: number): Matrix {
  const factors = engine.floats(z.columns * kept);
  factors.set(rotation);
  const out = { rows: z.rows, columns: kept, data: engine.floats(z.rows * kept) };
  engine.multiply(z, { rows: z.columns, columns: kept, data: factors }, out);
  engine.release(factors);
  engine.release(z.data);
  return out;
}

/** A basis of the columns of z that is orthonormal as far as float32 and the spread of their directions allow; z is released. */
function orthonormalise(engine: Engine, z: Matrix): Matrix {
  const { rotation, kept } = orthonormalising(innerProducts(engine, z), z.columns);
  return rotateColumns(engine, z, rotation, kept);
}

/** A random start; all directions where there are no more of them than columns wanted. */
function startingBasis(engine: Engine, rows: number, columns: number, seed: number): Matrix {
  const random = createRandom(seed, "randomised-svd");
  const data = engine.floats(rows * columns);
  for (let at = 0; at < data.length; at++) data[at] = random.bits() / 0x80000000 - 1;
  if (rows === columns) {
    data.fill(0);
    for (let row = 0; row < rows; row++) data[row * columns + row] = 1;
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
  const width = Math.min(size + oversampling, a.columns);
  let done = 0;
  const product = async (s: SparseMatrix, x: Matrix): Promise<Matrix> => {
    const out = { rows: s.rows, columns: x.columns, data: engine.floats(s.rows * x.columns) };
    engine.spmm(s, x, out);
    await onProgress(++done / (2 * iterations + 1));
    return out;
  };
  let z = startingBasis(engine, a.columns, width, seed);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const y = orthonormalise(engine, await product(a, z));
    engine.release(z.data);
    z = orthonormalise(engine, await product(transpose, y));
    engine.release(y.data);
  }
  // Once more: the first time leaves float32's rounding times the spread of the directions.
  z = orthonormalise(engine, z);
  const y = await product(a, z);
  const { values, vectors } = symmetricEigen(innerProducts(engine, y), y.columns);
  engine.release(y.data);
  let kept = 0;
  while (kept < Math.min(size, values.length) && values[kept] > negligible * values[0]) kept++;
  const leading = Float64Array.from({ length: y.columns * kept }, (_, at) => {
    const row = Math.floor(at / kept);
    return vectors[row * y.columns + (at - row * kept)];
  });
  const rightVectors = rotateColumns(engine, z, leading, kept);
  return { singularValues: Float64Array.from(values.subarray(0, kept), Math.sqrt), rightVectors };
}
