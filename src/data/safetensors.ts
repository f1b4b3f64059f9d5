/**
 * Tensors in a file that any safetensors reader opens: eight bytes of header length (little-endian), a JSON header
 * {"name": {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {text: text}}, padded with blanks so that the data
 * starts at a multiple of 8, then the values without gaps, little-endian. Wider types come first, so that every
 * tensor is aligned. Written straight from the arrays in blocks, so that nothing is held twice; `safetensors-reader.ts` reads it back.
 */
import { createHash } from "node:crypto";
import { RunError } from "../errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { bytesPerValue, countOf, type Tensor, tensorTypeOf } from "./safetensors-format.ts";

export type { Tensor, TensorType, TensorValues } from "./safetensors-format.ts";
export { tensorTypeOf } from "./safetensors-format.ts";
export { openSafetensors, readSafetensors, type SafetensorsFile } from "./safetensors-reader.ts";

const blockBytes = 1 << 22;

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
