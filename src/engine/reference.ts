/**
 * The reference engine: every operation of the waist in plain readable TypeScript, each sum as it is written in the
 * specification. In float64 it is the oracle of goldens and finite differences; in float32 (stored in float32, summed
 * in float64) it is the fallback where WebAssembly is missing. It is slow by design and checks every promise.
 */
import type { Engine } from "./engine.ts";
import { createChecks } from "./reference/checks.ts";
import { denseOperations } from "./reference/dense.ts";
import { elementOperations } from "./reference/elements.ts";
import { learningOperations } from "./reference/learning.ts";
import { createReferenceMemory } from "./reference/memory.ts";
import { neighbourOperations } from "./reference/neighbours.ts";
import { smoothOperations } from "./reference/smooth.ts";
import { sparseOperations } from "./reference/sparse.ts";
import { valueOperations } from "./reference/values.ts";

/** Opens a reference engine of the given storage precision; it computes on the calling thread. */
export function createReferenceEngine(precision: "float32" | "float64"): Engine {
  const memory = createReferenceMemory(precision);
  const check = createChecks(memory.owns);
  return {
    name: "reference",
    precision,
    threads: 1,
    ...memory.operations,
    ...denseOperations(check),
    ...neighbourOperations(check),
    ...sparseOperations(check),
    ...valueOperations(check),
    ...elementOperations(check),
    ...smoothOperations(check),
    ...learningOperations(check),
  };
}
