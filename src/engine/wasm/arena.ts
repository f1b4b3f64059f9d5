/**
 * The temporaries of one step: a bump pointer over pieces of the heap. The first steps find out how much is needed; when
 * a step took several pieces they are replaced by one of their joint size, so that later steps allocate nothing.
 */
import { ALIGNMENT, type Heap } from "./heap.ts";

/** Least size of a piece, in bytes. */
const PIECE = 1 << 20;

export interface Arena {
  /** Address of `bytes` that live until `reset`, or undefined when memory does not suffice. */
  allocate(bytes: number): number | undefined;
  /** Ends the step: everything allocated since the last reset is free again. */
  reset(): void;
  /** Largest number of bytes that one step took. */
  peak(): number;
  /** Bytes of the heap that the arena holds. */
  held(): number;
}

interface Piece {
  readonly start: number;
  readonly size: number;
}

export function createArena(heap: Heap): Arena {
  let pieces: Piece[] = [];
  let current = 0;
  let offset = 0;
  let taken = 0;
  let peak = 0;

  const addPiece = (bytes: number): boolean => {
    const start = heap.allocate(bytes);
    if (start === undefined) return false;
    pieces.push({ start, size: bytes });
    return true;
  };

  const allocate = (bytes: number): number | undefined => {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    for (;;) {
      const piece = pieces[current];
      if (piece !== undefined && offset + size <= piece.size) {
        const address = piece.start + offset;
        offset += size;
        taken += size;
        peak = Math.max(peak, taken);
        return address;
      }
      if (current >= pieces.length - 1 && !addPiece(Math.max(size, PIECE)) && !addPiece(size)) return undefined;
      if (piece !== undefined) current++;
      offset = 0;
    }
  };

  const reset = (): void => {
    if (pieces.length > 1) {
      const total = pieces.reduce((sum, piece) => sum + piece.size, 0);
      for (const piece of pieces) heap.free(piece.start);
      pieces = [];
      addPiece(total);
    }
    current = 0;
    offset = 0;
    taken = 0;
  };

  return { allocate, reset, peak: () => peak, held: () => pieces.reduce((sum, piece) => sum + piece.size, 0) };
}
