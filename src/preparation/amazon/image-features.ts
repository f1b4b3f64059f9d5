/**
 * The image features of the Amazon files: a record an item, ten bytes of id, then 4096 float32, little-endian, and nothing between.
 * Records are read a block at a time; the values of a record stand in the block and are gone with it.
 */
import fs from "node:fs";
import path from "node:path";
import { readBlock } from "../../data/read-block.ts";
import { DatasetError } from "../../errors.ts";

export const imageColumns = 4096;
const idBytes = 10;
export const recordBytes = idBytes + 4 * imageColumns;
const recordsABlock = 64;

export interface ImageRecord {
  readonly item: string;
  /** imageColumns values; valid until the next record is asked for. */
  readonly values: Float32Array;
  /** Where the record begins in the file. */
  readonly offset: number;
}

/** @throws DatasetError for a record that is cut or whose id is no ten characters of text, with the byte offset */
export function* readImageFeatures(file: string): Generator<ImageRecord, void, undefined> {
  const label = path.basename(file);
  const descriptor = open(file, label);
  try {
    const block = new Uint8Array(recordsABlock * recordBytes);
    const values = new Float32Array(imageColumns);
    const bytesOfValues = new Uint8Array(values.buffer);
    for (let offset = 0; ; ) {
      const length = readBlock(descriptor, offset, block);
      if (length === 0) return;
      const whole = Math.floor(length / recordBytes);
      for (let r = 0; r < whole; r++) {
        const start = r * recordBytes;
        const item = idOf(block.subarray(start, start + idBytes), label, offset + start);
        bytesOfValues.set(block.subarray(start + idBytes, start + recordBytes));
        yield { item, values, offset: offset + start };
      }
      offset += whole * recordBytes;
      const rest = length - whole * recordBytes;
      if (rest > 0) throw cut(label, offset, rest);
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Single records by the place where they begin. */
export interface ImageRecords {
  /** @throws DatasetError where no whole record begins */
  read(offset: number): ImageRecord;
  close(): void;
}

export function openImageRecords(file: string): ImageRecords {
  const label = path.basename(file);
  const descriptor = open(file, label);
  const record = new Uint8Array(recordBytes);
  const values = new Float32Array(imageColumns);
  const bytesOfValues = new Uint8Array(values.buffer);
  return {
    read: (offset) => {
      const length = readBlock(descriptor, offset, record);
      if (length < recordBytes) throw cut(label, offset, length);
      bytesOfValues.set(record.subarray(idBytes));
      return { item: idOf(record.subarray(0, idBytes), label, offset), values, offset };
    },
    close: () => fs.closeSync(descriptor),
  };
}

function cut(label: string, offset: number, found: number): DatasetError {
  return new DatasetError(
    `${label} is cut inside the record at byte ${offset}: found ${found} bytes of it, expected ${recordBytes} (an id of ${idBytes} bytes and ${imageColumns} float32); download or copy the file again`,
  );
}

function open(file: string, label: string): number {
  try {
    return fs.openSync(file, "r");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatasetError(`${label} cannot be opened: ${reason}; check the path and its permissions`, {
      cause: error,
    });
  }
}

function idOf(bytes: Uint8Array, label: string, offset: number): string {
  if (bytes.some((byte) => byte < 0x21 || byte > 0x7e)) {
    const found = Buffer.from(bytes).toString("hex");
    throw new DatasetError(
      `${label}, record at byte ${offset}: found bytes ${found} as id, expected ${idBytes} printable characters; the file is damaged before this place or of another kind`,
    );
  }
  return Buffer.from(bytes).toString("latin1");
}
