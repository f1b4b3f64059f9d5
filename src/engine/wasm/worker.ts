/**
 * A thread of the engine: an instance of the kernels over the shared memory that claims chunks of work until the engine closes.
 * A chunk that traps is reported to the caller, who would wait for it for ever otherwise.
 */
import { parentPort, workerData } from "node:worker_threads";
import { kernelExports } from "./kernels.ts";

export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly scratch: number;
}

const start = workerData as WorkerStart;
const kernels = kernelExports(new WebAssembly.Instance(start.module, { env: { memory: start.memory } }));
kernels.enter(start.thread, start.scratch);
parentPort?.postMessage("ready");
for (;;) {
  try {
    kernels.serve();
    break;
  } catch {
    kernels.fail();
  }
}
