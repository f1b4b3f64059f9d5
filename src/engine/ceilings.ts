/**
 * What the WebAssembly engine could reach at best on this machine, now: multiply-adds that never leave registers, a
 * long copy, and a gather of random 256-byte rows, on as many threads as the engine has. Every measured kernel is set
 * beside one of these.
 */
import { EngineError } from "../errors.ts";
import type { Engine } from "./engine.ts";
import { contextOf } from "./wasm/context.ts";
import { KERNEL } from "./wasm/kernels.ts";

export interface Ceilings {
  /** 10⁹ float32 multiplications and additions a second, none of whose operands leave registers. */
  readonly gflops: number;
  /** 10⁹ bytes read and written a second, copying a block much longer than the caches. */
  readonly copy: number;
  /** 10⁹ bytes read a second in 256-byte rows of random order, from a table of 26,495 (6.8 MB). */
  readonly gather: number;
}

const CHUNKS = 16;
const TURNS = 4_000;
const COPY_BYTES = 64 << 20;
const TABLE_ROWS = 26_495;
const ROW_FLOATS = 64;
const GATHERED = 262_144;

/** A case that takes longer than this, in milliseconds, gets fewer rounds, but at least one. */
const PATIENCE = 5000;

/** Milliseconds that `body` takes, ascending: `rounds` times, or as often as patience lasts, after one unmeasured call. */
export function timings(rounds: number, body: () => void): number[] {
  body();
  const taken: number[] = [];
  const began = performance.now();
  for (let round = 0; round < rounds && (round === 0 || performance.now() - began < PATIENCE); round++) {
    const start = performance.now();
    body();
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b);
}

/** `count` pseudo-random integers below `bound`, the same on every machine. */
export function scrambled(count: number, bound: number): Int32Array {
  const numbers = new Int32Array(count);
  let state = 0x2545f491;
  for (let n = 0; n < count; n++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    numbers[n] = (state >>> 0) % bound;
  }
  return numbers;
}

/**
 * @param engine a WebAssembly engine
 * @param rounds how often each is measured; the best counts, for it is a ceiling
 * @throws EngineError for any other engine
 */
export function measureCeilings(engine: Engine, rounds = 25): Ceilings {
  const context = contextOf(engine);
  if (context === undefined) {
    throw new EngineError(`ceilings: the ${engine.name} engine has none; measure a WebAssembly engine`);
  }
  const { memory, threads } = context;
  const out = memory.borrow(CHUNKS * 16, "the ceilings");
  const best = (body: () => void): number => (timings(rounds, body)[0] ?? 0) * 1e6;

  const arithmetic = best(() => {
    threads.pass(TURNS, out);
    threads.passReal(2, 0.75);
    threads.passReal(3, 1);
    threads.run(KERNEL.registerMultiplyAdd, CHUNKS);
  });

  const block = memory.borrow(2 * COPY_BYTES, "the copy that a ceiling is measured with");
  const copying = best(() => {
    threads.pass(block, block + COPY_BYTES, COPY_BYTES / CHUNKS);
    threads.run(KERNEL.copy, CHUNKS);
  });
  memory.giveBack(block);

  const table = memory.borrow(TABLE_ROWS * ROW_FLOATS * 4, "the table that a ceiling is measured with");
  const numbers = engine.ints(GATHERED);
  numbers.set(scrambled(GATHERED, TABLE_ROWS));
  const gathering = best(() => {
    threads.pass(table, context.at(numbers), GATHERED / CHUNKS, out);
    threads.run(KERNEL.gatherRandomRows, CHUNKS);
  });
  engine.release(numbers);
  memory.giveBack(table);
  memory.giveBack(out);
  return {
    gflops: (CHUNKS * TURNS * 12 * 8) / arithmetic,
    copy: (2 * COPY_BYTES) / copying,
    gather: (GATHERED * ROW_FLOATS * 4) / gathering,
  };
}
