/**
 * What makes columns orthonormal, from their inner products G = ZᵀZ alone: Cholesky's G = RᵀR, so that Z R⁻¹ is orthonormal. A column that the
 * columns before it explain but for rounding is left out.
 */

export interface Orthonormalising {
  /** n × kept, row-major: Z times this has orthonormal columns. */
  readonly rotation: Float64Array;
  readonly kept: number;
}

/** Share of a column's squared length that the columns before it must leave: more is float32's rounding of inner products. */
const leastLeft = 1e-5;

/** @param products n × n, row-major, symmetric */
export function orthonormalising(products: Float64Array, n: number): Orthonormalising {
  // Row j of `basis` combines the columns of Z to the j-th orthonormal one; of `components`, how much of it is in each column of Z.
  const basis: Float64Array[] = [];
  const components: Float64Array[] = [];
  for (let column = 0; column < n; column++) {
    const length = products[column * n + column];
    let left = length;
    for (const component of components) left -= component[column] * component[column];
    if (!(left > leastLeft * length)) continue;
    const factor = 1 / Math.sqrt(left);
    const combination = new Float64Array(n);
    combination[column] = factor;
    for (const [j, component] of components.entries()) {
      const share = factor * component[column];
      const earlier = basis[j];
      for (let k = 0; k <= column; k++) combination[k] -= share * earlier[k];
    }
    const component = new Float64Array(n);
    for (let k = column; k < n; k++) {
      let sum = products[column * n + k];
      for (const earlier of components) sum -= earlier[column] * earlier[k];
      component[k] = factor * sum;
    }
    basis.push(combination);
    components.push(component);
  }
  const kept = basis.length;
  const rotation = new Float64Array(n * kept);
  for (const [j, combination] of basis.entries()) for (let k = 0; k < n; k++) rotation[k * kept + j] = combination[k];
  return { rotation, kept };
}
