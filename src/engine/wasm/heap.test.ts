/**
 * The heap and the arena under random sequences of requests: blocks never overlap, and all of the space comes back.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createArena } from "./arena.ts";
import { ALIGNMENT, createHeap } from "./heap.ts";

const START = 65_536;

/** A heap over a space that can grow to `limit` bytes, and its free ranges seen through allocation. */
function growingHeap(first: number, limit: number) {
  let end = START + first;
  const heap = createHeap(START, end, (bytes) => {
    if (end + bytes > START + limit) return undefined;
    end += Math.ceil(bytes / 4096) * 4096;
    return end;
  });
  return { heap, end: () => end };
}

interface Block {
  readonly start: number;
  readonly end: number;
}

const overlaps = (blocks: readonly Block[]): boolean => {
  const sorted = [...blocks].sort((a, b) => a.start - b.start);
  return sorted.some((block, n) => n > 0 && block.start < (sorted[n - 1]?.end ?? 0));
};

/** Positive: allocate that many bytes; negative: free the block of that number, modulo how many there are. */
const requests = fc.array(fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: -1000, max: -1 })), {
  maxLength: 200,
});

describe("heap", () => {
  test("blocks are aligned, inside the space, never overlap, and all of it comes back", () => {
    fc.assert(
      fc.property(requests, (sequence) => {
        const { heap, end } = growingHeap(8192, 1 << 20);
        const live: Block[] = [];
        for (const request of sequence) {
          if (request >= 0) {
            const start = heap.allocate(request);
            if (start === undefined) continue;
            expect(start % ALIGNMENT).toBe(0);
            live.push({ start, end: start + Math.max(request, 1) });
          } else if (live.length > 0) {
            const [block] = live.splice(-request % live.length, 1);
            expect(heap.free(block?.start ?? 0)).toBe(true);
          }
          expect(overlaps(live)).toBe(false);
          expect(live.every((block) => block.start >= START && block.end <= end())).toBe(true);
        }
        for (const block of live) heap.free(block.start);
        expect(heap.inUse()).toBe(0);
        expect(heap.allocate(end() - START)).toBe(START);
      }),
      { numRuns: 200 },
    );
  });

  test("refuses what is not the start of a block, also when freed twice", () => {
    const { heap } = growingHeap(8192, 8192);
    const block = heap.allocate(100) ?? 0;
    expect(heap.free(block + ALIGNMENT)).toBe(false);
    expect(heap.free(block)).toBe(true);
    expect(heap.free(block)).toBe(false);
  });

  test("says when neither the free list nor growing helps, and goes on working", () => {
    const { heap } = growingHeap(4096, 8192);
    expect(heap.allocate(1 << 20)).toBeUndefined();
    expect(heap.allocate(8192)).toBe(START);
    expect(heap.allocate(1)).toBeUndefined();
  });

  test("remembers how far memory was ever used", () => {
    const { heap } = growingHeap(8192, 8192);
    const block = heap.allocate(1000) ?? 0;
    heap.free(block);
    expect(heap.highWater()).toBe(START + 1024);
    heap.allocate(64);
    expect(heap.highWater()).toBe(START + 1024);
  });
});

describe("arena", () => {
  test("temporaries of a step do not overlap each other or the heap's blocks", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 3 << 20 }), { maxLength: 12 }), { maxLength: 6 }),
        (steps) => {
          const { heap } = growingHeap(8192, 1 << 28);
          const arena = createArena(heap);
          const kept: Block[] = [];
          for (const sizes of steps) {
            const temporaries = sizes.map((size) => {
              const start = arena.allocate(size) ?? -1;
              expect(start % ALIGNMENT).toBe(0);
              return { start, end: start + Math.max(1, size) };
            });
            const start = heap.allocate(5000) ?? -1;
            kept.push({ start, end: start + 5000 });
            expect(overlaps([...kept, ...temporaries])).toBe(false);
            arena.reset();
          }
          for (const block of kept) heap.free(block.start);
          expect(heap.inUse()).toBe(arena.held());
        },
      ),
      { numRuns: 100 },
    );
  });

  test("repeating a step takes nothing more from the heap and gives the same places", () => {
    const { heap } = growingHeap(8192, 1 << 28);
    const arena = createArena(heap);
    const step = (): (number | undefined)[] => {
      const places = [3_000_000, 64, 5_000_000, 1].map(arena.allocate);
      arena.reset();
      return places;
    };
    step();
    const held = arena.held();
    const places = step();
    expect(step()).toEqual(places);
    expect(arena.held()).toBe(held);
    const rounded = [3_000_000, 64, 5_000_000, 1].map((bytes) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    expect(arena.peak()).toBe(rounded.reduce((sum, bytes) => sum + bytes, 0));
  });

  test("says when memory does not suffice", () => {
    const { heap } = growingHeap(8192, 1 << 16);
    expect(createArena(heap).allocate(1 << 20)).toBeUndefined();
  });
});
