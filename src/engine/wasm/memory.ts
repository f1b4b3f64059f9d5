/**
 * The one shared WebAssembly memory of an engine as typed arrays: long-lived blocks from a heap, a step's temporaries from
 * an arena. An array's address in the kernels is its byteOffset; growing the memory leaves old arrays valid.
 */
import { EngineError } from "../../errors.ts";
import type { Floats, Ints, MemoryReport } from "../engine.ts";
import { createArena } from "./arena.ts";
import { createHeap } from "./heap.ts";

const PAGE = 65536;
const MOST_PAGES = 65536;
/** Memory is taken from the system in steps of at least this. */
const GROWTH = 16 << 20;
/** The first page belongs to `kernels/control.ts`. */
const HEAP_START = PAGE;

/** What a new array holds: zeros, or whatever was there, for an array about to be overwritten. */
export type Contents = "zeros" | "anything";

export interface WasmMemory {
  readonly shared: WebAssembly.Memory;
  floats(length: number, contents?: Contents): Float32Array;
  ints(length: number, contents?: Contents): Int32Array;
  release(array: Floats | Ints): void;
  step<T>(body: () => T): T;
  keep<T>(body: () => T): T;
  report(): MemoryReport;
  /** Address of an array's first element. @throws EngineError for an array of another engine or of none */
  address(array: Floats | Ints): number;
  /** A block without an array, for working memory. @throws EngineError when memory does not suffice */
  borrow(bytes: number, purpose: string): number;
  /** A borrowed block as float64. */
  doubles(address: number, length: number): Float64Array;
  /** Gives a borrowed block back. */
  giveBack(address: number): void;
  /** Drops everything; later use is an EngineError. */
  close(): void;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`;

/** Address space for the memory: 4 GiB, or half or a quarter where the system does not give so much. */
function reserve(): { readonly shared: WebAssembly.Memory; readonly mostPages: number } {
  let cause: unknown;
  for (const mostPages of [MOST_PAGES, MOST_PAGES / 2, MOST_PAGES / 4]) {
    try {
      const shared = new WebAssembly.Memory({ initial: GROWTH / PAGE, maximum: mostPages, shared: true });
      return { shared, mostPages };
    } catch (failure) {
      cause = failure;
    }
  }
  throw new EngineError(
    `engine memory: the system gives no address space for ${megabytes((MOST_PAGES / 4) * PAGE)}; raise the limit of virtual ` +
      "memory (ulimit -v), or close other engines of this process",
    { cause },
  );
}

/** @param zero fills `bytes` from `address` with zeros */
export function createMemory(zero: (address: number, bytes: number) => void): WasmMemory {
  const { shared, mostPages } = reserve();
  let buffer: ArrayBufferLike = shared.buffer;
  const buffers = new Set<ArrayBufferLike>([buffer]);
  let closed = false;

  const grow = (bytes: number): number | undefined => {
    const have = buffer.byteLength / PAGE;
    const need = Math.ceil(bytes / PAGE);
    const wanted = Math.max(need, GROWTH / PAGE, Math.floor(have / 8));
    for (const pages of [Math.min(wanted, mostPages - have), need]) {
      if (pages < need || have + pages > mostPages) continue;
      try {
        shared.grow(pages);
      } catch {
        continue;
      }
      buffer = shared.buffer;
      buffers.add(buffer);
      return buffer.byteLength;
    }
    return undefined;
  };

  const heap = createHeap(HEAP_START, buffer.byteLength, grow);
  const arena = createArena(heap);
  /** Addresses of the long-lived arrays: what `release` may give back. */
  const longLived = new Set<number>();
  let inStep = false;
  let keeping = false;

  const exhausted = (bytes: number, what: string): EngineError =>
    new EngineError(
      `engine memory: ${what} needs ${megabytes(bytes)}, ${megabytes(heap.inUse())} of at most ` +
        `${megabytes(mostPages * PAGE)} are in use; use fewer or smaller modalities, freeze features so that they are ` +
        "streamed, or choose a smaller batch or embedding size",
    );

  const allocate = (length: number, kind: string, contents: Contents): number => {
    if (closed) throw new EngineError(`engine memory: an array of ${length} ${kind} was asked for after close()`);
    if (!Number.isInteger(length) || length < 0) {
      throw new EngineError(`engine memory: an array's length must be an integer of at least 0, found ${length}`);
    }
    const bytes = length * 4;
    const fresh = heap.highWater();
    const temporary = inStep && !keeping;
    const address = temporary ? arena.allocate(bytes) : heap.allocate(bytes);
    if (address === undefined) throw exhausted(bytes, `an array of ${length} ${kind}`);
    if (!temporary) longLived.add(address);
    if (contents === "zeros") {
      const used = Math.min(bytes, fresh - address);
      if (used > 0) zero(address, used);
    }
    return address;
  };

  const address = (array: Floats | Ints): number => {
    if (array.buffer !== buffer && !buffers.has(array.buffer)) {
      throw new EngineError(
        "engine: an array that this engine did not allocate was passed to an operation; allocate it with floats() or ints() of this engine",
      );
    }
    return array.byteOffset;
  };

  const scope = <T>(enter: () => void, leave: () => void, body: () => T): T => {
    enter();
    try {
      return body();
    } finally {
      leave();
    }
  };

  return {
    shared,
    floats: (length, contents = "zeros") => {
      const at = allocate(length, "floats", contents);
      return new Float32Array(buffer, at, length);
    },
    ints: (length, contents = "zeros") => {
      const at = allocate(length, "integers", contents);
      return new Int32Array(buffer, at, length);
    },
    release: (array) => {
      const at = address(array);
      if (longLived.delete(at)) heap.free(at);
    },
    step: (body) => {
      if (inStep) throw new EngineError("engine: step() was called inside step(); steps do not nest");
      return scope(
        () => {
          inStep = true;
        },
        () => {
          inStep = false;
          arena.reset();
        },
        body,
      );
    },
    keep: (body) => {
      const before = keeping;
      return scope(
        () => {
          keeping = true;
        },
        () => {
          keeping = before;
        },
        body,
      );
    },
    report: () => ({
      reserved: closed ? 0 : buffer.byteLength,
      inUse: heap.inUse() - arena.held(),
      arenaPeak: arena.peak(),
      limit: mostPages * PAGE,
    }),
    address,
    borrow: (bytes, purpose) => {
      const at = heap.allocate(bytes);
      if (at === undefined) throw exhausted(bytes, purpose);
      return at;
    },
    doubles: (at, length) => new Float64Array(buffer, at, length),
    giveBack: (at) => {
      heap.free(at);
    },
    close: () => {
      closed = true;
      buffers.clear();
      buffer = new ArrayBuffer(0);
    },
  };
}
