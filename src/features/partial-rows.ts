/**
 * Rows of an encoding under way, on the disk, so that one that was stopped goes on where it was. A file is a line of JSON that says of
 * what (encoder, settings, columns, table), then one record a batch: lengths, a checksum, the reasons of missing items, the feature
 * rows. A record that is cut short or damaged, and all after it, counts for nothing and is encoded again.
 */
import fs from "node:fs";
import { crc32 } from "node:zlib";
import { readBlock } from "../data/read-block.ts";
import { LatticeworkError } from "../errors.ts";
import type { EncodedItem } from "./encoder.ts";

const headBytes = 16;
const mark = 0x4c575042;

export interface PartialRows {
  /** Items that are done: the first so many. */
  readonly done: number;
  /** Adds the items that follow. @throws LatticeworkError when the disk refuses; what was there stays */
  append(items: readonly EncodedItem[]): void;
  /** All records from the first item on. */
  read(): Generator<readonly EncodedItem[], void, undefined>;
  /** Makes what was appended survive a power cut, and closes the file. */
  close(): void;
  /** Closes and removes the file. */
  remove(): void;
}

interface BatchRecord {
  readonly items: readonly EncodedItem[];
  readonly bytes: number;
}

function encodeRecord(items: readonly EncodedItem[], columns: number): Buffer {
  const reasons = JSON.stringify(items.map((item) => ("missing" in item ? item.missing : 0)));
  const text = Buffer.from(reasons, "utf8");
  const rows = items.filter((item) => !("missing" in item)).length;
  const record = Buffer.alloc(headBytes + text.length + rows * columns * 4);
  let offset = headBytes;
  offset += text.copy(record, offset);
  for (const item of items) {
    if ("missing" in item) continue;
    offset += Buffer.from(item.buffer, item.byteOffset, item.byteLength).copy(record, offset);
  }
  record.writeUInt32LE(mark, 0);
  record.writeUInt32LE(text.length, 4);
  record.writeUInt32LE(rows, 8);
  record.writeUInt32LE(crc32(record.subarray(headBytes)), 12);
  return record;
}

function readFully(descriptor: number, position: number, length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length);
  return readBlock(descriptor, position, bytes) === length ? bytes : undefined;
}

function decodeRecord(descriptor: number, position: number, size: number, columns: number): BatchRecord | undefined {
  if (position + headBytes > size) return undefined;
  const head = readFully(descriptor, position, headBytes);
  if (head === undefined || head.readUInt32LE(0) !== mark) return undefined;
  const textBytes = head.readUInt32LE(4);
  const length = textBytes + head.readUInt32LE(8) * columns * 4;
  if (position + headBytes + length > size) return undefined;
  const body = readFully(descriptor, position + headBytes, length);
  if (body === undefined || crc32(body) !== head.readUInt32LE(12)) return undefined;
  const reasons: unknown = JSON.parse(body.toString("utf8", 0, textBytes));
  if (!Array.isArray(reasons)) return undefined;
  let offset = textBytes;
  const items = reasons.map((reason: unknown): EncodedItem => {
    if (typeof reason === "string") return { missing: reason };
    const row = new Float32Array(columns);
    body.copy(Buffer.from(row.buffer), 0, offset, offset + columns * 4);
    offset += columns * 4;
    return row;
  });
  return { items, bytes: headBytes + length };
}

/** Length of the first line, its end included, when it is the expected one. */
function matchingHeader(descriptor: number, size: number, header: Buffer): boolean {
  if (size < header.length) return false;
  return readFully(descriptor, 0, header.length)?.equals(header) === true;
}

function writeWhole(descriptor: number, bytes: Uint8Array, position: number, file: string): void {
  try {
    let done = 0;
    while (done < bytes.length) done += fs.writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const remedy = code === "ENOSPC" || code === "EDQUOT" ? "the disk is full: free some space" : String(error);
    throw new LatticeworkError(
      `cannot save the rows encoded so far to ${file} (${code}): ${remedy}; run it again to go on from the last whole batch`,
      { cause: error },
    );
  }
}

/**
 * Opens the rows of an earlier encoding of the same kind, or begins anew.
 * @param columns values a row
 * @param of everything that decides the rows; a file of anything else is begun anew
 * @throws LatticeworkError when the folder cannot be written to
 */
export function openPartialRows(file: string, columns: number, of: Readonly<Record<string, unknown>>): PartialRows {
  const header = Buffer.from(`${JSON.stringify({ format: "latticework-partial-rows", columns, of })}\n`, "utf8");
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o666);
  } catch (error) {
    throw new LatticeworkError(`cannot write ${file}: ${String(error)}; make its folder writable`, { cause: error });
  }
  let done = 0;
  let end = header.length;
  let open = true;
  const size = fs.fstatSync(descriptor).size;
  if (matchingHeader(descriptor, size, header)) {
    for (;;) {
      const record = decodeRecord(descriptor, end, size, columns);
      if (record === undefined) break;
      done += record.items.length;
      end += record.bytes;
    }
    fs.ftruncateSync(descriptor, end);
  } else {
    fs.ftruncateSync(descriptor, 0);
    writeWhole(descriptor, header, 0, file);
  }
  const close = (): void => {
    if (!open) return;
    open = false;
    fs.fsyncSync(descriptor);
    fs.closeSync(descriptor);
  };
  return {
    get done() {
      return done;
    },
    append: (items) => {
      const record = encodeRecord(items, columns);
      writeWhole(descriptor, record, end, file);
      end += record.length;
      done += items.length;
    },
    read: function* () {
      for (let position = header.length; position < end; ) {
        const record = decodeRecord(descriptor, position, end, columns);
        if (record === undefined) throw new LatticeworkError(`${file} changed while it was in use; run it again`);
        yield record.items;
        position += record.bytes;
      }
    },
    close,
    remove: () => {
      close();
      fs.rmSync(file, { force: true });
    },
  };
}
