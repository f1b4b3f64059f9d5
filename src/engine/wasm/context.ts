/**
 * What the operation files share: memory for addresses, threads to run kernels, and how work is cut into chunks. Results
 * never depend on the number of chunks; only speed does.
 */
import type { Engine, Floats, Ints } from "../engine.ts";
import type { WasmMemory } from "./memory.ts";
import type { Threads } from "./threads.ts";

export interface Context {
  readonly memory: WasmMemory;
  readonly threads: Threads;
  /** Address of an array. */
  at(array: Floats | Ints): number;
  /** Address of an array that may be absent: 0 then. */
  atOptional(array: Floats | Ints | undefined): number;
}

/** Elements a thread takes at once: some microseconds. */
const ELEMENTS = 16384;

/** Rows a chunk so that a chunk has about ELEMENTS elements. */
export const rowGrain = (columns: number): number => Math.max(1, Math.floor(ELEMENTS / Math.max(1, columns)));

export const chunksOf = (total: number, grain: number): number => Math.ceil(total / grain);

/** Chunks for an operation over the entries of a sparse matrix, `width` elements an entry. */
export function entryChunks(threads: number, rows: number, entries: number, width: number): number {
  const work = (entries + rows) * width;
  return Math.max(1, Math.min(rows, threads * 16, Math.floor(work / (2 * ELEMENTS))));
}

const contexts = new WeakMap<Engine, Context>();

/** Remembers what an engine runs on, for `contextOf`. */
export function registerContext(engine: Engine, context: Context): void {
  contexts.set(engine, context);
}

/** What a WebAssembly engine runs on, for measuring its ceilings; undefined for any other engine. */
export function contextOf(engine: Engine): Context | undefined {
  return contexts.get(engine);
}
