/** Writes small ONNX models for tests: the few protobuf messages of the format, byte by byte. */

type Field = readonly [number: number, value: number | string | Uint8Array];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

/** A message of its fields: numbers as varints, everything else with its length before it. */
function message(...fields: readonly Field[]): Uint8Array {
  const parts = fields.map(([number, value]) => {
    if (typeof value === "number") return Uint8Array.from([...varint(number * 8), ...varint(value)]);
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    return Buffer.concat([Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
  });
  return Buffer.concat(parts);
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** An input or output; names stand for sizes that vary. */
export interface OnnxValue {
  readonly name: string;
  readonly type: "float" | "int64";
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
}

const typeNumbers = { float: 1, int64: 7 } as const;

function tensor({ name, shape, values }: OnnxTensor): Uint8Array {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const type = values instanceof Float32Array ? typeNumbers.float : typeNumbers.int64;
  return message(...shape.map((size): Field => [1, size]), [2, type], [8, name], [9, raw]);
}

function node({ type, inputs, outputs, attributes = {} }: OnnxNode): Uint8Array {
  const written = Object.entries(attributes).map(([name, value]): Field => {
    if (typeof value === "number") return [5, message([1, name], [3, value], [20, 2])];
    return [5, message([1, name], ...value.map((entry): Field => [8, entry]), [20, 7])];
  });
  const names = [...inputs.map((name): Field => [1, name]), ...outputs.map((name): Field => [2, name])];
  return message(...names, [4, type], ...written);
}

function valueInfo({ name, type, shape }: OnnxValue): Uint8Array {
  const sizes = shape.map((size): Field => [1, typeof size === "number" ? message([1, size]) : message([2, size])]);
  return message([1, name], [2, message([1, message([1, typeNumbers[type]], [2, message(...sizes)])])]);
}

/** The bytes of a `.onnx` file, operator set 13. */
export function onnxBytes({ inputs, outputs, nodes, tensors }: OnnxGraph): Uint8Array {
  const graph = message(
    ...nodes.map((entry): Field => [1, node(entry)]),
    [2, "graph"],
    ...tensors.map((entry): Field => [5, tensor(entry)]),
    ...inputs.map((entry): Field => [11, valueInfo(entry)]),
    ...outputs.map((entry): Field => [12, valueInfo(entry)]),
  );
  return message([1, 8], [7, graph], [8, message([1, ""], [2, 13])]);
}
