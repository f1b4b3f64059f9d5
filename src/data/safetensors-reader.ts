/**
 * Strict reading of the tensor files that `safetensors.ts` describes, by whatever program they were written. Everything the
 * header claims is checked against the file's size before anything is allocated: a file that was cut short, that overlaps, leaves
 * gaps or lies about shapes is refused. Tensors are read one at a time, straight to where they are wanted.
 */
import fs from "node:fs";
import { z } from "zod";
import { RunError } from "../errors.ts";
import { readBlock } from "./read-block.ts";
import {
  bytesPerValue,
  countOf,
  type Tensor,
  type TensorType,
  type TensorValues,
  tensorTypeOf,
} from "./safetensors-format.ts";

/** As the format's own reader: no header is longer. */
const longestHeader = 100_000_000;

/** A tensor as the header describes it. */
export interface TensorDescription {
  readonly name: string;
  readonly dtype: TensorType;
  readonly shape: readonly number[];
}

interface Place extends TensorDescription {
  /** Bytes from the start of the values. */
  readonly begin: number;
  readonly end: number;
}

/** An open file; `close` it when done. */
export interface SafetensorsFile {
  /** In the order in which the values stand in the file. */
  readonly tensors: readonly TensorDescription[];
  readonly metadata: Readonly<Record<string, string>>;
  has(name: string): boolean;
  /** @throws RunError when there is no such tensor or the file became shorter */
  read(name: string): Tensor;
  /** Reads the values into an array of the tensor's type and length. @throws RunError as `read`, or when they do not fit */
  readInto(name: string, out: TensorValues): void;
  close(): void;
}

const tensorSchema = z.strictObject({
  dtype: z.enum(["F32", "F64", "I32", "I64"]),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
/** Texts by name. Not a record of zod's, which loses a name such as __proto__. */
const metadataSchema = z.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === "string"),
);
const headerSchema = z.looseObject({ __metadata__: metadataSchema.optional() });

function createValues(dtype: TensorType, length: number): TensorValues {
  switch (dtype) {
    case "F32":
      return new Float32Array(length);
    case "F64":
      return new Float64Array(length);
    case "I32":
      return new Int32Array(length);
    case "I64":
      return new BigInt64Array(length);
  }
}

function readFully(path: string, descriptor: number, position: number, out: Uint8Array): void {
  const read = readBlock(descriptor, position, out);
  if (read === out.length) return;
  throw new RunError(`${path}: ends at byte ${position + read}, expected more; the file was cut short`);
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RunError(`${path}: the safetensors header is not JSON; the file is damaged or of another kind`);
  }
}

/** The tensors of a header, checked to fill the `valueBytes` that follow it exactly. */
function placesOf(path: string, header: Readonly<Record<string, unknown>>, valueBytes: number): Place[] {
  const places: Place[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const parsed = tensorSchema.safeParse(entry);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new RunError(`${path}: safetensors header, ${[name, ...issue.path].join(".")}: ${issue.message}`);
    }
    const { dtype, shape, data_offsets } = parsed.data;
    const [begin, end] = data_offsets;
    if (end - begin !== countOf(shape) * bytesPerValue[dtype]) {
      throw new RunError(
        `${path}: tensor ${name} has ${end - begin} bytes, which is not ${shape.join(" × ")} of ${dtype}`,
      );
    }
    places.push({ name, dtype, shape, begin, end });
  }
  places.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const { name, begin, end } of places) {
    if (begin !== expected)
      throw new RunError(`${path}: tensor ${name} starts at byte ${begin}, expected ${expected}: gap or overlap`);
    expected = end;
  }
  if (expected !== valueBytes) {
    throw new RunError(
      `${path}: has ${valueBytes} bytes of values, the header says ${expected}; the file was cut short or grew`,
    );
  }
  return places;
}

function openDescriptor(path: string): number {
  try {
    return fs.openSync(path, "r");
  } catch (error) {
    throw new RunError(`${path}: cannot be opened (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** @throws RunError when the file is missing, cut short, damaged, or of another kind */
export function openSafetensors(path: string): SafetensorsFile {
  const descriptor = openDescriptor(path);
  try {
    const size = fs.fstatSync(descriptor).size;
    if (size < 8) throw new RunError(`${path}: has ${size} bytes, too short for a safetensors file; it was cut short`);
    const start = Buffer.alloc(8);
    readFully(path, descriptor, 0, start);
    const headerBytes = Number(start.readBigUInt64LE());
    if (headerBytes > longestHeader || headerBytes > size - 8) {
      throw new RunError(
        `${path}: the header claims ${headerBytes} bytes, the file has ${size}; it was cut short or is of another kind`,
      );
    }
    const headerBuffer = Buffer.alloc(headerBytes);
    readFully(path, descriptor, 8, headerBuffer);
    const header = headerSchema.safeParse(parseJson(path, headerBuffer.toString("utf8")));
    if (!header.success)
      throw new RunError(`${path}: the safetensors header is not an object of tensors with text metadata`);
    const dataStart = 8 + headerBytes;
    const places = new Map(placesOf(path, header.data, size - dataStart).map((place) => [place.name, place]));

    const find = (name: string): Place => {
      const place = places.get(name);
      if (place === undefined)
        throw new RunError(`${path}: has no tensor ${name}; it has ${[...places.keys()].join(", ") || "none"}`);
      return place;
    };
    const readInto = (name: string, out: TensorValues): void => {
      const { begin, end, dtype, shape } = find(name);
      if (out.byteLength !== end - begin || tensorTypeOf(out) !== dtype) {
        throw new RunError(
          `${path}: tensor ${name} is ${shape.join(" × ")} of ${dtype}, expected ${out.length} values of ${tensorTypeOf(out)}`,
        );
      }
      readFully(path, descriptor, dataStart + begin, new Uint8Array(out.buffer, out.byteOffset, out.byteLength));
    };
    return {
      tensors: [...places.values()].map(({ name, dtype, shape }) => ({ name, dtype, shape })),
      metadata: header.data.__metadata__ ?? {},
      has: (name) => places.has(name),
      readInto,
      read: (name) => {
        const { dtype, shape } = find(name);
        const data = createValues(dtype, countOf(shape));
        readInto(name, data);
        return { name, dtype, shape, data };
      },
      close: () => fs.closeSync(descriptor),
    };
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

/** All tensors of a file by name, in ordinary memory. @throws RunError as `openSafetensors` */
export function readSafetensors(path: string): {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
} {
  const file = openSafetensors(path);
  try {
    return { tensors: new Map(file.tensors.map(({ name }) => [name, file.read(name)])), metadata: file.metadata };
  } finally {
    file.close();
  }
}
