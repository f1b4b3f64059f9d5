/** What a tensor in a file is: the types of values that we write, their sizes and names. */

export type TensorValues = Float32Array | Float64Array | Int32Array | BigInt64Array;
export type TensorType = "F32" | "F64" | "I32" | "I64";

export interface Tensor {
  readonly name: string;
  /** The product is the number of values; [] is a single value. */
  readonly shape: readonly number[];
  readonly dtype: TensorType;
  /** Row-major; its class fits the dtype. Ordinary or shared memory. */
  readonly data: TensorValues;
}

export const bytesPerValue: Readonly<Record<TensorType, number>> = { F32: 4, F64: 8, I32: 4, I64: 8 };

/** The dtype that an array of values is written as. */
export function tensorTypeOf(data: TensorValues): TensorType {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof Int32Array ? "I32" : "I64";
}

/** Number of values of a shape. */
export const countOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
