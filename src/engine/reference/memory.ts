/**
 * Memory of the reference engine: ordinary typed arrays, with the bookkeeping that the contract asks for. Long-lived
 * arrays are counted until released; temporaries of a step are counted until it ends. An array that was released, or
 * that outlives its step, is no longer of this engine, so that using it later is an error instead of a wrong number.
 * An array of "anything" holds NaN, so that reading it before writing shows.
 */
import { totalmem } from "node:os";
import { EngineError } from "../../errors.ts";
import type { Engine, Floats, Ints } from "../engine.ts";

export type MemoryOperations = Pick<Engine, "floats" | "ints" | "release" | "step" | "keep" | "memory" | "close">;

export interface ReferenceMemory {
  readonly operations: MemoryOperations;
  /** True for a living array of this engine, or a part of one. */
  owns(array: Floats | Ints): boolean;
}

export function createReferenceMemory(precision: "float32" | "float64"): ReferenceMemory {
  const limit = totalmem();
  const living = new WeakSet<ArrayBufferLike>();
  const longLived = new WeakSet<ArrayBufferLike>();
  let inUse = 0;
  let arenaPeak = 0;
  let temporaries: ArrayBufferLike[] | undefined;
  let temporaryBytes = 0;
  let keeping = 0;
  let closed = false;

  function allocate<A extends Floats | Ints>(length: number, bytesEach: number, create: () => A): A {
    if (closed) throw new EngineError("engine: it was closed, so it has no memory; open another");
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new EngineError(`engine: cannot allocate an array of length ${length}; a length is a whole number from 0`);
    }
    const bytes = length * bytesEach;
    const shortage = `engine: ${bytes} bytes do not fit beside ${inUse + temporaryBytes} in use (limit ${limit}); use smaller blocks, fewer or narrower features, or a smaller embedding`;
    if (inUse + temporaryBytes + bytes > limit) throw new EngineError(shortage);
    let array: A;
    try {
      array = create();
    } catch (cause) {
      throw new EngineError(shortage, { cause });
    }
    living.add(array.buffer);
    if (temporaries !== undefined && keeping === 0) {
      temporaries.push(array.buffer);
      temporaryBytes += bytes;
      arenaPeak = Math.max(arenaPeak, temporaryBytes);
    } else {
      longLived.add(array.buffer);
      inUse += bytes;
    }
    return array;
  }

  const operations: MemoryOperations = {
    floats(length, contents = "zeros") {
      const array =
        precision === "float64"
          ? allocate(length, 8, () => new Float64Array(length))
          : allocate(length, 4, () => new Float32Array(length));
      return contents === "zeros" ? array : array.fill(Number.NaN);
    },
    ints(length) {
      return allocate(length, 4, () => new Int32Array(length));
    },
    release(array) {
      if (!living.has(array.buffer)) {
        throw new EngineError("release: the array is not a living array of this engine; release each array once");
      }
      if (!longLived.has(array.buffer)) return;
      living.delete(array.buffer);
      longLived.delete(array.buffer);
      inUse -= array.buffer.byteLength;
    },
    step(body) {
      if (temporaries !== undefined) throw new EngineError("step: a step is already running; steps do not nest");
      const mine: ArrayBufferLike[] = [];
      const keepingOutside = keeping;
      temporaries = mine;
      keeping = 0;
      try {
        return body();
      } finally {
        for (const buffer of mine) living.delete(buffer);
        temporaries = undefined;
        temporaryBytes = 0;
        keeping = keepingOutside;
      }
    },
    keep(body) {
      keeping++;
      try {
        return body();
      } finally {
        keeping--;
      }
    },
    memory() {
      return { reserved: inUse + temporaryBytes, inUse, arenaPeak, limit };
    },
    close() {
      closed = true;
    },
  };
  return { operations, owns: (array) => living.has(array.buffer) };
}
