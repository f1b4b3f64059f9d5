/**
 * The suite that every engine passes: each operation of the waist against the float64 reference on random shapes, the
 * memory contract, refusals, and identical bytes when a call is repeated. Call it from a test file of the engine.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { denseConformance } from "./conformance/dense.ts";
import { elementConformance } from "./conformance/elements.ts";
import { learningConformance } from "./conformance/learning.ts";
import { memoryConformance } from "./conformance/memory.ts";
import { neighbourConformance } from "./conformance/neighbours.ts";
import { smoothConformance } from "./conformance/smooth.ts";
import { sparseConformance } from "./conformance/sparse.ts";
import { valueConformance } from "./conformance/values.ts";
import type { Engine } from "./engine.ts";

/** Declares the suite for the engine that `open` opens; it is opened once and closed at the end. */
export function engineConformance(name: string, open: () => Promise<Engine>): void {
  describe(name, () => {
    let opened: Engine | undefined;
    const engine = (): Engine => {
      if (opened === undefined) throw new Error(`${name} was not opened`);
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    memoryConformance(engine);
    denseConformance(engine);
    neighbourConformance(engine);
    sparseConformance(engine);
    valueConformance(engine);
    elementConformance(engine);
    smoothConformance(engine);
    learningConformance(engine);
  });
}
