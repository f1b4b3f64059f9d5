/** Reading a block of an open file in full: one call to the system may give less than was asked for. */
import fs from "node:fs";

/** The system refuses calls of 2 GiB. */
const mostAtOnce = 1 << 30;

/** Fills the block from `position` on. @returns how many bytes there were; less than the block only where the file ends */
export function readBlock(descriptor: number, position: number, block: Uint8Array): number {
  let filled = 0;
  while (filled < block.length) {
    const length = Math.min(mostAtOnce, block.length - filled);
    const count = fs.readSync(descriptor, block, filled, length, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
