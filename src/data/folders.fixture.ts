/** Dataset folders for tests: written file by file into a temporary place that disappears afterwards. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

export type FileContents = Readonly<Record<string, string | Uint8Array>>;

/** Runs `body` with a temporary folder holding `files` (paths may have folders in them). */
export async function withFolder<T>(files: FileContents, body: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content);
    }
    return await body(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** An npy file byte by byte, independent of the writer under test; any field may be made wrong. */
export function npyBytes(parts: {
  readonly type?: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Float16Array | Int32Array | BigInt64Array;
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
}): Uint8Array {
  const { shape, data, fortran = false, version = 1 } = parts;
  const type = parts.type ?? defaultType(data);
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const order = fortran ? "True" : "False";
  const text = `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${extents}), }\n`;
  const start = version === 1 ? 10 : 12;
  const bytes = Buffer.alloc(start + text.length + data.byteLength);
  bytes.write("\x93NUMPY", "latin1");
  bytes[6] = version;
  if (version === 1) bytes.writeUInt16LE(text.length, 8);
  else bytes.writeUInt32LE(text.length, 8);
  bytes.write(text, start, "latin1");
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + text.length);
  return bytes;
}

function defaultType(data: Float32Array | Float64Array | Float16Array | Int32Array | BigInt64Array): string {
  if (data instanceof Float32Array) return "<f4";
  if (data instanceof Float64Array) return "<f8";
  if (data instanceof Float16Array) return "<f2";
  return data instanceof Int32Array ? "<i4" : "<i8";
}

/** A .inter file from [user, item, x_label] rows. */
export function interText(rows: readonly (readonly [number, number, number])[]): string {
  return `userID\titemID\tx_label\n${rows.map((row) => `${row.join("\t")}\n`).join("")}`;
}
