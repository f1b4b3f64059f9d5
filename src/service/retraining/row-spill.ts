/** Feature rows put aside in a file while a store is read, one after the other, and read back in any order: they need not fit in memory. */
import fs from "node:fs";

export interface RowSpill {
  readonly columns: number;
  /** @returns the place of the row */
  add(row: Float32Array): number;
  read(place: number, out: Float32Array): void;
  close(): void;
}

/** @param file made, and removed by `close` */
export function createRowSpill(file: string, columns: number): RowSpill {
  const descriptor = fs.openSync(file, "w+", 0o600);
  const bytes = columns * Float32Array.BYTES_PER_ELEMENT;
  let rows = 0;
  return {
    columns,
    add: (row) => {
      fs.writeSync(descriptor, new Uint8Array(row.buffer, row.byteOffset, bytes), 0, bytes, rows * bytes);
      return rows++;
    },
    read: (place, out) => {
      fs.readSync(descriptor, new Uint8Array(out.buffer, out.byteOffset, bytes), 0, bytes, place * bytes);
    },
    close: () => {
      fs.closeSync(descriptor);
      fs.rmSync(file, { force: true });
    },
  };
}
