/**
 * The compiled kernels: their numbers (those of `kernels/index.ts`), what the module exports, and its compilation
 * straight to optimised code.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { EngineError } from "../../errors.ts";

/** Number of each kernel, in the order of the switch in `kernels/index.ts`. */
export const KERNEL = {
  zero: 0,
  fill: 1,
  scale: 2,
  multiplyElements: 3,
  leakyRelu: 4,
  leakyReluGradient: 5,
  dropout: 6,
  dot: 7,
  gatherRows: 8,
  scatterAddRows: 9,
  columnSums: 10,
  normaliseRows: 11,
  normaliseRowsGradient: 12,
  spmm: 13,
  spmmRows: 14,
  spmmFromRows: 15,
  sampledProduct: 16,
  rowSums: 17,
  applyScales: 18,
  scaleGradients: 19,
  symmetricGradient: 20,
  scatterAddValues: 21,
  gatherValues: 22,
  packShared: 23,
  productByRows: 24,
  productByColumns: 25,
  inverseNorms: 26,
  prepareLists: 27,
  cosinePairs: 28,
  mergeLists: 29,
  rankBlock: 30,
  bprScores: 31,
  bprGradients: 32,
  adam: 33,
  registerMultiplyAdd: 34,
  copy: 35,
  gatherRandomRows: 36,
  slotFlags: 37,
  copyColumns: 38,
  logistic: 39,
  logisticGradient: 40,
  softmaxRows: 41,
  softmaxRowsGradient: 42,
  softmaxEntries: 43,
  softmaxEntriesGradient: 44,
  keepLarger: 45,
  winnersGradient: 46,
  rankUser: 47,
} as const;

export type KernelNumber = (typeof KERNEL)[keyof typeof KERNEL];

/** Where `kernels/control.ts` reads the arguments of an operation, and how many words fit. */
export const ARGUMENTS_ADDRESS = 1024;
export const ARGUMENT_WORDS = 64;
/** Private working memory of a thread, in bytes. */
export const SCRATCH_BYTES = 1 << 20;

export interface KernelExports {
  enter(thread: number, scratch: number): void;
  serial(kernel: number, chunks: number): void;
  /** Returns 1 when a chunk trapped on a worker. */
  parallel(kernel: number, chunks: number): number;
  finish(): number;
  fail(): void;
  serve(): void;
  stop(): void;
}

/** The exports of an instance, by name. */
export function kernelExports(instance: WebAssembly.Instance): KernelExports {
  const named = (name: string): ((...values: number[]) => number) => {
    const found = instance.exports[name];
    if (typeof found !== "function") {
      throw new EngineError(`kernels.wasm: no function "${name}" in it; build it again with npm run build:kernels`);
    }
    return found as (...values: number[]) => number;
  };
  return {
    enter: named("enter"),
    serial: named("serial"),
    parallel: named("parallel"),
    finish: named("finish"),
    fail: named("fail"),
    serve: named("serve"),
    stop: named("stop"),
  };
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** The module, compiled once a process. V8 does not replace code that runs, so its baseline compiler is left out. */
export function kernelModule(): Promise<WebAssembly.Module> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<WebAssembly.Module> {
  const path = fileURLToPath(new URL("../../../dist/kernels.wasm", import.meta.url));
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new EngineError(`kernels.wasm: not found at ${path}; build it with npm run build:kernels`, { cause });
  });
  setFlagsFromString("--no-liftoff");
  setFlagsFromString("--no-wasm-lazy-compilation");
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    setFlagsFromString("--liftoff");
    setFlagsFromString("--wasm-lazy-compilation");
  }
}
