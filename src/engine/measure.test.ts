/**
 * Measuring gives a figure for every kernel asked for, beside its ceiling, and leaves the engine as it was.
 */
import { expect, test } from "vitest";
import { measureCeilings } from "./ceilings.ts";
import { measureKernels } from "./measure.ts";
import { createReferenceEngine } from "./reference.ts";
import { createWasmEngine } from "./wasm.ts";

test("kernels chosen by name, with rates that follow from their times", async () => {
  const engine = await createWasmEngine({ threads: 2 });
  const inUse = engine.memory().inUse;
  const measured = measureKernels(engine, { only: "spmm", rounds: 1 });
  expect(measured.map(({ name }) => name)).toEqual(["spmm", "spmm", "spmm", "spmmRows", "spmmFromRows"]);
  for (const { milliseconds, best, gbps, gflops, ceiling, share } of measured) {
    expect(best).toBeGreaterThan(0);
    expect(milliseconds).toBeGreaterThanOrEqual(best);
    expect(gflops).toBeUndefined();
    expect(share).toBeCloseTo((gbps ?? 0) / ceiling, 12);
  }
  expect(engine.memory().inUse).toBe(inUse);
  engine.close();
});

test("an engine without kernels has no ceilings", () => {
  expect(() => measureCeilings(createReferenceEngine("float32"))).toThrow(/reference engine has none/);
});
