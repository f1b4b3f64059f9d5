/**
 * Tensors in a file that any safetensors reader opens: eight bytes of header length (little-endian), a JSON header
 * {"name": {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {text: text}}, padded with blanks so that the data
 * starts at a multiple of 8, then the values without gaps, little-endian. Wider types come first, so that every
 * tensor is aligned. Written straight from the arrays in blocks; read back strictly, since a file may be cut short or lie.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { z } from "zod";
import { RunError } from "../errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";

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

export interface SafetensorsFile {
  /** In the order in which the values stand in the file. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const bytesPerValue: Readonly<Record<TensorType, number>> = { F32: 4, F64: 8, I32: 4, I64: 8 };

/** As the reference reader of the format: no header is longer. */
const longestHeader = 100_000_000;
const blockBytes = 1 << 22;

/** The dtype that an array of values is written as. */
export function tensorTypeOf(data: TensorValues): TensorType {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof Int32Array ? "I32" : "I64";
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** Header and values as blocks of bytes, copied so that shared memory can be written and hashed too. */
function* bytesOf(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>>): Generator<Uint8Array> {
  const ordered = [...tensors].sort((a, b) => bytesPerValue[b.dtype] - bytesPerValue[a.dtype]);
  const entries: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) entries.push(["__metadata__", metadata]);
  let offset = 0;
  for (const { name, shape, dtype, data } of ordered) {
    entries.push([name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)), "utf8");
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
  header.writeBigUInt64LE(BigInt(header.length - 8));
  json.copy(header, 8);
  yield header;

  const block = new Uint8Array(Math.min(blockBytes, offset));
  for (const { data } of ordered) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let from = 0; from < bytes.length; from += block.length) {
      const part = bytes.subarray(from, from + block.length);
      block.set(part);
      yield block.subarray(0, part.length);
    }
  }
}

function refuseInconsistent(tensors: readonly Tensor[]): void {
  const names = new Set<string>();
  for (const { name, shape, dtype, data } of tensors) {
    if (names.has(name) || name === "__metadata__" || name === "__proto__") {
      throw new RunError(`tensor ${name}: the name is taken; every tensor of a file has a name of its own`);
    }
    names.add(name);
    if (countOf(shape) !== data.length || dtype !== tensorTypeOf(data)) {
      throw new RunError(
        `tensor ${name}: found ${data.length} values of ${tensorTypeOf(data)}, expected ${shape.join(" × ")} of ${dtype}`,
      );
    }
  }
}

/** What was written: to be noted in a manifest. */
export interface WrittenFile {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * Writes the file whole or not at all (beside, then renamed), in blocks: the values are not held twice.
 * @throws RunError when shapes, types or names do not fit; LatticeworkError when the disk refuses, and an earlier file survives
 */
export function writeSafetensors(
  path: string,
  tensors: readonly Tensor[],
  metadata: Readonly<Record<string, string>> = {},
): WrittenFile {
  refuseInconsistent(tensors);
  const hash = createHash("sha256");
  let bytes = 0;
  const hashed = function* (): Generator<Uint8Array> {
    for (const chunk of bytesOf(tensors, metadata)) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  writeFileAtomically(path, hashed());
  return { bytes, sha256: hash.digest("hex") };
}

const headerSchema = z.record(
  z.string(),
  z.union([
    z.strictObject({
      dtype: z.enum(["F32", "F64", "I32", "I64"]),
      shape: z.array(z.int().min(0)),
      data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
    }),
    z.record(z.string(), z.string()),
  ]),
);

/** A tensor's place in the file. */
interface Place {
  readonly name: string;
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function parseHeader(path: string, json: string): { places: Place[]; metadata: Readonly<Record<string, string>> } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new RunError(`${path}: the safetensors header is not JSON; the file is damaged`);
  }
  const parsed = headerSchema.safeParse(value);
  if (!parsed.success) {
    const { path: where, message } = parsed.error.issues[0];
    throw new RunError(`${path}: safetensors header, ${where.map(String).join(".")}: ${message}`);
  }
  const places: Place[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, entry] of Object.entries(parsed.data)) {
    const isTensor = Array.isArray(entry.shape);
    if (name === "__metadata__" && !isTensor) metadata = entry as Readonly<Record<string, string>>;
    else places.push(placeOf(path, name, entry));
  }
  return { places: places.sort((a, b) => a.begin - b.begin || a.end - b.end), metadata };
}

function placeOf(path: string, name: string, entry: z.output<typeof headerSchema>[string]): Place {
  const tensor = z
    .object({
      dtype: z.enum(["F32", "F64", "I32", "I64"]),
      shape: z.array(z.number()),
      data_offsets: z.array(z.number()),
    })
    .safeParse(entry);
  if (!tensor.success) throw new RunError(`${path}: tensor ${name} has no dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets } = tensor.data;
  return { name, dtype, shape, begin: data_offsets[0], end: data_offsets[1] };
}
