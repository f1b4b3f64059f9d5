/**
 * The fast engine: SIMD kernels in WebAssembly over one shared memory, float32, on as many threads as asked for. Results are the
 * same bytes for any number of threads: threads share output rows, and sums run in an order that depends on shapes alone.
 */
import { availableParallelism } from "node:os";
import { EngineError } from "../errors.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import { type Context, registerContext } from "./wasm/context.ts";
import { denseOperations } from "./wasm/dense.ts";
import { elementOperations } from "./wasm/elements.ts";
import { KERNEL, kernelModule } from "./wasm/kernels.ts";
import { learningOperations } from "./wasm/learning.ts";
import { createMemory } from "./wasm/memory.ts";
import { neighbourOperations } from "./wasm/neighbours.ts";
import { rankingOperations } from "./wasm/ranking.ts";
import { rowOperations } from "./wasm/rows.ts";
import { smoothOperations } from "./wasm/smooth.ts";
import { sparseOperations } from "./wasm/sparse.ts";
import { startThreads, type Threads } from "./wasm/threads.ts";

/** Most threads an engine starts. */
const MOST_THREADS = 64;
/** Bytes that one chunk fills with zeros. */
const ZERO_GRAIN = 1 << 18;

/**
 * @throws EngineError when the number of threads is impossible, kernels are not built, or memory does not suffice
 */
export async function createWasmEngine(options: EngineOptions = {}): Promise<Engine> {
  const count = options.threads ?? Math.min(MOST_THREADS, availableParallelism());
  if (!Number.isInteger(count) || count < 1 || count > MOST_THREADS) {
    throw new EngineError(`engine: threads is ${count}, expected an integer from 1 to ${MOST_THREADS}`);
  }
  let running: Threads | undefined;
  const memory = createMemory((address, bytes) => {
    if (running === undefined) throw new EngineError("engine: memory was asked for before the kernels were started");
    running.pass(address, bytes, ZERO_GRAIN);
    running.run(KERNEL.zero, Math.ceil(bytes / ZERO_GRAIN));
  });
  const threads = await startThreads(await kernelModule(), memory, count);
  running = threads;
  const context: Context = {
    memory,
    threads,
    at: memory.address,
    atOptional: (array) => (array === undefined ? 0 : memory.address(array)),
  };
  let closed = false;
  const engine: Engine = {
    name: "wasm",
    precision: "float32",
    threads: count,
    floats: memory.floats,
    ints: memory.ints,
    release: memory.release,
    step: memory.step,
    keep: memory.keep,
    memory: memory.report,
    close: () => {
      if (closed) return;
      closed = true;
      threads.close();
      memory.close();
    },
    ...denseOperations(context),
    ...neighbourOperations(context),
    ...rankingOperations(context),
    ...sparseOperations(context),
    ...rowOperations(context),
    ...elementOperations(context),
    ...smoothOperations(context),
    ...learningOperations(context),
  };
  registerContext(engine, context);
  return engine;
}
