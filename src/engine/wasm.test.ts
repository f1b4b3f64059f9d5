/**
 * The WebAssembly engine against the conformance suite, with one, two and three threads.
 */
import { engineConformance } from "./engine.conformance.ts";
import { createWasmEngine } from "./wasm.ts";

for (const threads of [1, 2, 3]) {
  engineConformance(`wasm, ${threads} threads`, () => createWasmEngine({ threads }));
}
