/**
 * NumPy's array file, version 1 to 3: the bytes 93 "NUMPY", a version, the length of a header, the header as a
 * Python dictionary ({'descr': '<f4', 'fortran_order': False, 'shape': (7050, 4096), }), then the numbers. The file is opened
 * by its header alone; the numbers are read by ranges, straight from the disk, and whatever cannot be read exactly is refused.
 */
import fs from "node:fs";
import { DatasetError } from "../errors.ts";
import { streamFileAtomically, writeFileAtomically } from "./atomic-file.ts";
import { composeNpyHeader, type NpyType, npyMagic, parseNpyHeader } from "./npy-header.ts";
import { readBlock } from "./read-block.ts";

export type { NpyType };

/** An array file whose header was read and whose length fits that header. */
export interface NpyFile {
  readonly path: string;
  /** What messages call it. */
  readonly label: string;
  readonly type: NpyType;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly dataOffset: number;
  readonly modified: number;
  readonly bytes: number;
}

const valueBytes: Readonly<Record<NpyType, number>> = { float16: 2, float32: 4, float64: 8, int32: 4, int64: 8 };
const longestHeader = 65_536;
const blockBytes = 1 << 20;

function openForReading(file: string, label: string): number {
  try {
    return fs.openSync(file, "r");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatasetError(`${label} cannot be opened: ${reason}; check the path and its permissions`, {
      cause: error,
    });
  }
}

/**
 * Reads the header and checks that the file is as long as it says.
 * @throws DatasetError for a file that is missing, no npy, truncated, in Fortran order, big-endian or of another type
 */
export function openNpy(file: string, label: string = file): NpyFile {
  const descriptor = openForReading(file, label);
  try {
    const status = fs.fstatSync(descriptor);
    const start = new Uint8Array(12);
    const started = readBlock(descriptor, 0, start);
    if (started === 0) throw new DatasetError(`${label} is empty, expected an npy array; write it with numpy.save`);
    if (started < 10 || npyMagic.some((byte, at) => start[at] !== byte)) {
      const found = [...start.subarray(0, Math.min(6, started))].map((byte) => byte.toString(16).padStart(2, "0"));
      throw new DatasetError(
        `${label} is no npy file: it begins with bytes ${found.join(" ")}, expected 93 4e 55 4d 50 59; write it with numpy.save`,
      );
    }
    const view = new DataView(start.buffer);
    const version = view.getUint8(6);
    if (version < 1 || version > 3) {
      throw new DatasetError(`${label} is of npy version ${version}, expected 1, 2 or 3; write it with numpy.save`);
    }
    const headerStart = version === 1 ? 10 : 12;
    const headerLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
    if (headerLength > longestHeader) {
      throw new DatasetError(
        `${label} claims an npy header of ${headerLength} bytes, expected at most ${longestHeader}; the file is damaged or holds records: save a plain float32 array`,
      );
    }
    const headerBytes = new Uint8Array(headerLength);
    if (readBlock(descriptor, headerStart, headerBytes) < headerLength) {
      throw new DatasetError(
        `${label} is truncated inside its npy header: ${status.size} bytes, expected at least ${headerStart + headerLength}; copy the file again`,
      );
    }
    const { type, shape } = parseNpyHeader(Buffer.from(headerBytes).toString("latin1"), label);
    const dataOffset = headerStart + headerLength;
    const expected = dataOffset + shape.reduce((product, extent) => product * extent, valueBytes[type]);
    if (status.size !== expected) {
      const fault = status.size < expected ? "truncated" : "longer than its header says";
      throw new DatasetError(
        `${label} is ${fault}: ${status.size} bytes, expected ${expected} for shape (${shape.join(", ")}) of ${type}; copy or save the file again`,
      );
    }
    return { path: file, label, type, shape, dataOffset, modified: status.mtimeMs, bytes: status.size };
  } finally {
    fs.closeSync(descriptor);
  }
}

function isFloating(type: NpyType): boolean {
  return type === "float16" || type === "float32" || type === "float64";
}

function floatsOf(type: NpyType, bytes: Uint8Array<ArrayBuffer>, count: number): ArrayLike<number> {
  switch (type) {
    case "float16":
      return new Float16Array(bytes.buffer, 0, count);
    case "float32":
      return new Float32Array(bytes.buffer, 0, count);
    case "float64":
      return new Float64Array(bytes.buffer, 0, count);
    case "int32":
    case "int64":
      return new Int32Array(bytes.buffer, 0, count);
  }
}

function eachBlock(
  file: NpyFile,
  from: number,
  count: number,
  visit: (bytes: Uint8Array<ArrayBuffer>, done: number, values: number) => void,
): void {
  const size = valueBytes[file.type];
  const descriptor = openForReading(file.path, file.label);
  try {
    const status = fs.fstatSync(descriptor);
    if (status.size !== file.bytes || status.mtimeMs !== file.modified) {
      throw new DatasetError(`${file.label} changed while it was in use; leave it alone and start again`);
    }
    const blockValues = blockBytes / size;
    const block = new Uint8Array(Math.min(blockValues, count) * size);
    for (let done = 0; done < count; done += blockValues) {
      const values = Math.min(blockValues, count - done);
      const wanted = block.subarray(0, values * size);
      const position = file.dataOffset + (from + done) * size;
      if (readBlock(descriptor, position, wanted) < wanted.length) {
        throw new DatasetError(
          `${file.label} ended early at byte ${position}; it changed or cannot be read: copy it again`,
        );
      }
      visit(block, done, values);
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * Copies the values [from, from + count), counted in file order, as float32 into `out`. Neither NaN nor Inf is looked for.
 * @throws DatasetError when the file holds integers, changed since it was opened, or cannot be read
 */
export function readNpyFloats(file: NpyFile, from: number, count: number, out: Float32Array): void {
  if (!isFloating(file.type)) {
    throw new DatasetError(
      `${file.label} holds ${file.type}, expected float16, float32 or float64; save it again with x.astype("float32")`,
    );
  }
  eachBlock(file, from, count, (bytes, done, values) => out.set(floatsOf(file.type, bytes, values), done));
}

/**
 * All values of an integer file.
 * @throws DatasetError when the file holds floating-point numbers or a value beyond 32 bits
 */
export function readNpyIntegers(file: NpyFile): Int32Array {
  if (isFloating(file.type)) {
    throw new DatasetError(
      `${file.label} holds ${file.type}, expected int32 or int64; save it again with x.astype("int32")`,
    );
  }
  const count = file.shape.reduce((product, extent) => product * extent, 1);
  const out = new Int32Array(count);
  eachBlock(file, 0, count, (bytes, done, values) => {
    if (file.type === "int32") {
      out.set(new Int32Array(bytes.buffer, 0, values), done);
      return;
    }
    const halves = new Int32Array(bytes.buffer, 0, 2 * values);
    for (let v = 0; v < values; v++) {
      const low = halves[2 * v];
      if (halves[2 * v + 1] !== low >> 31) {
        throw new DatasetError(`${file.label} value ${done + v} does not fit 32 bits; expected indices of items`);
      }
      out[done + v] = low;
    }
  });
  return out;
}

/**
 * Writes an array as npy version 1, all or nothing. The values may come in blocks, in file order, so that they need not be in
 * memory together; a block is written out before the next one is asked for.
 * @throws LatticeworkError when it cannot be saved, or when the blocks do not add up to the shape
 */
export function writeNpy<Values extends Float32Array | Int32Array>(
  file: string,
  shape: readonly number[],
  type: Values extends Float32Array ? "float32" : "int32",
  blocks: Values | Iterable<Values>,
): void {
  const count = shape.reduce((product, extent) => product * extent, 1);
  function* content(): Generator<Uint8Array> {
    yield composeNpyHeader(type === "float32" ? "<f4" : "<i4", shape);
    let total = 0;
    for (const block of ArrayBuffer.isView(blocks) ? [blocks] : blocks) {
      total += block.length;
      yield new Uint8Array(block.buffer, block.byteOffset, block.byteLength);
    }
    if (total !== count) {
      throw new DatasetError(`${file} got ${total} values, expected ${count} for shape (${shape.join(", ")})`);
    }
  }
  writeFileAtomically(file, content());
}

/**
 * As `writeNpy` for float32 blocks that come one after the other in time.
 * @throws DatasetError when the blocks do not add up to the shape; LatticeworkError when it cannot be saved
 */
export async function streamNpy(
  file: string,
  shape: readonly number[],
  blocks: AsyncIterable<Float32Array>,
): Promise<void> {
  const count = shape.reduce((product, extent) => product * extent, 1);
  async function* content(): AsyncGenerator<Uint8Array> {
    yield composeNpyHeader("<f4", shape);
    let total = 0;
    for await (const block of blocks) {
      total += block.length;
      yield new Uint8Array(block.buffer, block.byteOffset, block.byteLength);
    }
    if (total !== count) {
      throw new DatasetError(`${file} got ${total} values, expected ${count} for shape (${shape.join(", ")})`);
    }
  }
  await streamFileAtomically(file, content());
}
