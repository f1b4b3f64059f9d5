/**
 * Eigenvalues and eigenvectors of a small symmetric matrix by cyclic Jacobi rotations, A = W diag(λ) Wᵀ, in float64 with square roots
 * and the four operations alone: the same bits on every machine. Each rotation makes one off-diagonal pair zero,
 * t = sign(θ) / (|θ| + √(θ² + 1)) with θ = (a_qq − a_pp) / 2 a_pq; some ten sweeps suffice.
 */

export interface SymmetricEigen {
  /** Descending. */
  readonly values: Float64Array;
  /** n × n, row-major: column j belongs to values[j], its largest component positive. */
  readonly vectors: Float64Array;
}

const mostSweeps = 60;

/** Σ of squares off the diagonal. */
function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0;
  for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) sum += a[p * n + q] * a[p * n + q];
  return sum;
}

/** Rotates rows p and q of a row-major matrix with n columns: (x, y) → (c x − s y, s x + c y). */
function rotateRows(a: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  const pRow = p * n;
  const qRow = q * n;
  for (let k = 0; k < n; k++) {
    const x = a[pRow + k];
    const y = a[qRow + k];
    a[pRow + k] = c * x - s * y;
    a[qRow + k] = s * x + c * y;
  }
}

/** Sets the rotation's effect on A, whose rows and columns p and q are the rotated ones. A stays symmetric as a whole. */
function rotate(a: Float64Array, n: number, p: number, q: number, c: number, s: number): void {
  const app = a[p * n + p];
  const aqq = a[q * n + q];
  const apq = a[p * n + q];
  rotateRows(a, n, p, q, c, s);
  for (let k = 0; k < n; k++) {
    a[k * n + p] = a[p * n + k];
    a[k * n + q] = a[q * n + k];
  }
  a[p * n + p] = c * c * app - 2 * c * s * apq + s * s * aqq;
  a[q * n + q] = s * s * app + 2 * c * s * apq + c * c * aqq;
  a[p * n + q] = 0;
  a[q * n + p] = 0;
}

/** @param matrix n × n, row-major, symmetric; it is left as it is */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const a = matrix.slice();
  // Row j is the eigenvector of a[j, j], so that a rotation works on contiguous rows.
  const w = new Float64Array(n * n);
  for (let j = 0; j < n; j++) w[j * n + j] = 1;
  let scale = 0;
  for (const value of a) scale += value * value;
  for (let sweep = 0; sweep < mostSweeps && offDiagonal(a, n) > 1e-30 * scale; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q];
        if (apq * apq <= 1e-34 * Math.abs(a[p * n + p] * a[q * n + q]) || apq === 0) continue;
        const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        rotate(a, n, p, q, c, t * c);
        rotateRows(w, n, p, q, c, t * c);
      }
    }
  }
  const order = Int32Array.from({ length: n }, (_, j) => j);
  order.sort((i, j) => a[j * n + j] - a[i * n + i] || i - j);
  const values = new Float64Array(n);
  const vectors = new Float64Array(n * n);
  for (const [place, j] of order.entries()) {
    values[place] = a[j * n + j];
    const row = w.subarray(j * n, (j + 1) * n);
    let largest = 0;
    for (let k = 1; k < n; k++) if (Math.abs(row[k]) > Math.abs(row[largest])) largest = k;
    const sign = row[largest] < 0 ? -1 : 1;
    for (let k = 0; k < n; k++) vectors[k * n + place] = sign * row[k];
  }
  return { values, vectors };
}
