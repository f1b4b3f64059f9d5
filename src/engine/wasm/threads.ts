/**
 * The caller's instance of the kernels and its worker threads over one memory. Small operations run on the caller alone;
 * nothing ever waits for a worker that has not claimed work.
 */
import { Worker } from "node:worker_threads";
import { EngineError } from "../../errors.ts";
import {
  ARGUMENT_WORDS,
  ARGUMENTS_ADDRESS,
  type KernelExports,
  type KernelNumber,
  kernelExports,
  SCRATCH_BYTES,
} from "./kernels.ts";
import type { WasmMemory } from "./memory.ts";
import type { WorkerStart } from "./worker.ts";

export interface Threads {
  readonly count: number;
  /** Writes words (addresses, integers) as arguments 0, 1, … of the next operation. */
  pass(...words: number[]): void;
  /** Writes words from argument `index` on. */
  passAt(index: number, ...words: number[]): void;
  /** Writes float32 argument `index` of the next operation. */
  passReal(index: number, value: number): void;
  /** Computes chunks 0 … chunks − 1 of a kernel on all threads. @throws EngineError when one reached outside memory */
  run(kernel: KernelNumber, chunks: number): void;
  close(): void;
}

const outside = (cause?: unknown): EngineError =>
  new EngineError(
    "engine: an operation reached outside the engine's memory; an index, slot or offset in its arguments is out of range",
    { cause },
  );

/** Lets the workers finish an operation whose chunk has trapped on the caller, so that the next one finds them idle. */
function finishAfterTrap(kernels: KernelExports): void {
  for (;;) {
    kernels.fail();
    try {
      kernels.finish();
      return;
    } catch {
      // Another chunk trapped on the caller: it is counted in the next turn.
    }
  }
}

function startWorker(start: WorkerStart): Promise<Worker> {
  const file = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js";
  const worker = new Worker(new URL(file, import.meta.url), { workerData: start, execArgv: [], stdin: false });
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", () => {
      worker.unref();
      resolve(worker);
    });
  });
}

export async function startThreads(module: WebAssembly.Module, memory: WasmMemory, count: number): Promise<Threads> {
  const kernels = kernelExports(new WebAssembly.Instance(module, { env: { memory: memory.shared } }));
  const scratchOf = (): number => memory.borrow(SCRATCH_BYTES, "working memory of a thread");
  kernels.enter(0, scratchOf());
  const workers: Worker[] = await Promise.all(
    Array.from({ length: count - 1 }, (_, index) =>
      startWorker({ module, memory: memory.shared, thread: index + 1, scratch: scratchOf() }),
    ),
  );
  const integers = new Int32Array(memory.shared.buffer, ARGUMENTS_ADDRESS, ARGUMENT_WORDS);
  const reals = new Float32Array(memory.shared.buffer, ARGUMENTS_ADDRESS, ARGUMENT_WORDS);

  return {
    count,
    pass: (...words) => {
      for (let index = 0; index < words.length; index++) integers[index] = words[index] ?? 0;
    },
    passAt: (first, ...words) => {
      for (let index = 0; index < words.length; index++) integers[first + index] = words[index] ?? 0;
    },
    passReal: (index, value) => {
      reals[index] = value;
    },
    run: (kernel, chunks) => {
      if (chunks === 0) return;
      try {
        if (chunks === 1 || count === 1) kernels.serial(kernel, chunks);
        else if (kernels.parallel(kernel, chunks) !== 0) throw outside();
      } catch (cause) {
        if (cause instanceof EngineError) throw cause;
        if (chunks > 1 && count > 1) finishAfterTrap(kernels);
        throw outside(cause);
      }
    },
    close: () => {
      kernels.stop();
      for (const worker of workers) void worker.terminate();
    },
  };
}
