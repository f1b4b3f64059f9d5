/**
 * Memory as the engine's users see it: growth, exhaustion, and what happens after closing.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineError } from "../../errors.ts";
import type { Engine } from "../engine.ts";
import { createWasmEngine } from "../wasm.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await createWasmEngine({ threads: 2 });
});
afterAll(() => engine.close());

describe("memory of the WebAssembly engine", () => {
  test("arrays made before the memory grew keep their contents and their use", () => {
    const early = engine.floats(1000);
    early.fill(3);
    const before = engine.memory().reserved;
    const late = engine.floats(30_000_000);
    expect(engine.memory().reserved).toBeGreaterThan(before);
    engine.scale(2, early, late.subarray(0, 1000));
    expect(late[999]).toBe(6);
    expect(engine.dot(early, early)).toBe(9000);
    engine.release(late);
    engine.release(early);
  });

  test("an array that cannot be had says what, how much and what to change; the engine goes on", () => {
    const inUse = engine.memory().inUse;
    expect(() => engine.floats(1.2e9)).toThrow(EngineError);
    expect(() => engine.floats(1.2e9)).toThrow(
      /array of 1200000000 floats needs 4800 MB.*at most 4295 MB.*freeze features/,
    );
    expect(engine.memory().inUse).toBe(inUse);
    expect(engine.floats(10)).toEqual(new Float32Array(10));
  });

  test("a long array used before is zero again, also where several threads clear it", () => {
    const first = engine.floats(3_000_000);
    first.fill(1);
    engine.release(first);
    const second = engine.floats(3_000_000);
    expect(second.byteOffset).toBe(first.byteOffset);
    expect(second.every((value) => value === 0)).toBe(true);
    engine.release(second);
  });

  test("contents that do not matter are not cleared", () => {
    const first = engine.floats(1000);
    first.fill(1);
    engine.release(first);
    expect(engine.floats(1000, "anything").byteOffset).toBe(first.byteOffset);
  });

  test("a closed engine refuses", async () => {
    const other = await createWasmEngine({ threads: 2 });
    const array = other.floats(4);
    other.close();
    other.close();
    expect(() => other.floats(4)).toThrow(EngineError);
    expect(() => other.fill(array, 1)).toThrow(EngineError);
    expect(other.memory().reserved).toBe(0);
  });

  test("an impossible number of threads is refused", async () => {
    for (const threads of [0, -1, 1.5, 65, Number.NaN]) {
      await expect(createWasmEngine({ threads })).rejects.toThrow(EngineError);
    }
  });
});
