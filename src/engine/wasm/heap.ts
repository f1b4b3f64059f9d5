/**
 * Blocks of one flat address space: first fit from a free list in order of address, neighbours joined when given back. Knows
 * numbers only; whoever owns the memory grows it when asked.
 */

/** Every block starts at and is a multiple of this many bytes: a cache line. */
export const ALIGNMENT = 64;

export interface Heap {
  /** Address of a block of at least `bytes`, or undefined when neither the free list nor growing helps. */
  allocate(bytes: number): number | undefined;
  /** Gives the block at `address` back. @returns false when no block starts there */
  free(address: number): boolean;
  /** Bytes in blocks. */
  inUse(): number;
  /** First address that no block has ever covered: memory from here on is as the system gave it, zero. */
  highWater(): number;
}

/**
 * @param start first address, a multiple of ALIGNMENT
 * @param end one past the last address at first
 * @param grow makes the space at least `bytes` longer and returns its new end, or undefined when it cannot
 */
export function createHeap(start: number, end: number, grow: (bytes: number) => number | undefined): Heap {
  const starts: number[] = end > start ? [start] : [];
  const sizes: number[] = end > start ? [end - start] : [];
  const blocks = new Map<number, number>();
  let limit = end;
  let used = 0;
  let touched = start;

  /** Index of the first free range at or above `address`. */
  const position = (address: number): number => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) < address) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const addFree = (address: number, bytes: number): void => {
    let at = position(address);
    const previousEnd = at > 0 ? (starts[at - 1] ?? 0) + (sizes[at - 1] ?? 0) : -1;
    if (previousEnd === address) {
      at--;
      sizes[at] = (sizes[at] ?? 0) + bytes;
    } else {
      starts.splice(at, 0, address);
      sizes.splice(at, 0, bytes);
    }
    const next = at + 1;
    if (next < starts.length && starts[next] === (starts[at] ?? 0) + (sizes[at] ?? 0)) {
      sizes[at] = (sizes[at] ?? 0) + (sizes[next] ?? 0);
      starts.splice(next, 1);
      sizes.splice(next, 1);
    }
  };

  const take = (bytes: number): number | undefined => {
    for (let at = 0; at < sizes.length; at++) {
      const size = sizes[at] ?? 0;
      if (size < bytes) continue;
      const address = starts[at] ?? 0;
      if (size === bytes) {
        starts.splice(at, 1);
        sizes.splice(at, 1);
      } else {
        starts[at] = address + bytes;
        sizes[at] = size - bytes;
      }
      return address;
    }
    return undefined;
  };

  const allocate = (bytes: number): number | undefined => {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    let address = take(size);
    if (address === undefined) {
      const last = starts.length - 1;
      const tail = last >= 0 && (starts[last] ?? 0) + (sizes[last] ?? 0) === limit ? (sizes[last] ?? 0) : 0;
      const newLimit = grow(size - tail);
      if (newLimit === undefined) return undefined;
      addFree(limit, newLimit - limit);
      limit = newLimit;
      address = take(size);
      if (address === undefined) return undefined;
    }
    blocks.set(address, size);
    used += size;
    touched = Math.max(touched, address + size);
    return address;
  };

  const free = (address: number): boolean => {
    const size = blocks.get(address);
    if (size === undefined) return false;
    blocks.delete(address);
    used -= size;
    addFree(address, size);
    return true;
  };

  return { allocate, free, inUse: () => used, highWater: () => touched };
}
