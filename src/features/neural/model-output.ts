/** What a model gave, as plain numbers: tensors by name, whatever number format they came in. */
import { ConfigError } from "../../errors.ts";
import type { Library, ModelSource } from "./model-source.ts";
import type { Values } from "./pooling.ts";

export type Outputs = ReadonlyMap<string, Values>;

function toFloats(data: unknown): Float32Array | undefined {
  if (data instanceof Float32Array) return data;
  if (data instanceof Float64Array || data instanceof Float16Array) return Float32Array.from(data);
  // Half-precision numbers, where the runtime hands out their bits.
  if (data instanceof Uint16Array) {
    return Float32Array.from(new Float16Array(data.buffer, data.byteOffset, data.length));
  }
  return undefined;
}

/** The floating-point tensors among the outputs. */
export function readOutputs(library: Library, outputs: unknown): Outputs {
  const read = new Map<string, Values>();
  if (typeof outputs !== "object" || outputs === null) return read;
  for (const [name, value] of Object.entries(outputs)) {
    if (!(value instanceof library.Tensor)) continue;
    const data = toFloats(value.data);
    if (data !== undefined) read.set(name, { data, shape: value.dims });
  }
  return read;
}

/** The first of these outputs that is there, with so many dimensions. */
export function findOutput(outputs: Outputs, names: readonly string[], dimensions: number): Values | undefined {
  for (const name of names) {
    const found = outputs.get(name);
    if (found?.shape.length === dimensions) return found;
  }
  return undefined;
}

export function noUsefulOutput({ model }: ModelSource, outputs: Outputs, wanted: readonly string[]): ConfigError {
  const found = [...outputs].map(([name, { shape }]) => `${name} (${shape.join(" × ")})`).join(", ");
  return new ConfigError(
    `model ${model} gives ${found === "" ? "no numbers" : found}; expected one of ${wanted.join(", ")}: take a model that was exported for feature extraction`,
  );
}
