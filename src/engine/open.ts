/**
 * The engine that the product uses: WebAssembly on all processors unless told otherwise.
 */
import type { Engine, EngineOptions } from "./engine.ts";
import { createWasmEngine } from "./wasm.ts";

/** @throws EngineError when the engine cannot be started */
export function openEngine(options: EngineOptions = {}): Promise<Engine> {
  return createWasmEngine(options);
}
