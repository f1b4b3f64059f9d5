/** Conformance of the memory contract: zero-filled, separate, given back; refusals that leave the engine usable. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EngineError } from "../../errors.ts";
import type { Engine, Floats, Ints } from "../engine.ts";

const mebibyte = 2 ** 20;

/** Allocate a length, or release the n-th living array, or run a step that allocates this many temporaries. */
const actions = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("floats" as const), size: fc.oneof(fc.nat(40), fc.nat(3000)) }),
    fc.record({ kind: fc.constant("ints" as const), size: fc.nat(300) }),
    fc.record({ kind: fc.constant("release" as const), size: fc.nat(100) }),
    fc.record({ kind: fc.constant("step" as const), size: fc.nat(20) }),
  ),
  { maxLength: 60 },
);

function bytesOf(engine: Engine, length: number): number {
  return length * (engine.precision === "float32" ? 4 : 8);
}

export function memoryConformance(engine: () => Engine): void {
  describe("memory", () => {
    test("arrays have the engine's precision, the length asked for, and zeros", () => {
      for (const length of [0, 1, 3, 1000]) {
        const [floats, ints] = [engine().floats(length), engine().ints(length)];
        expect(floats).toBeInstanceOf(engine().precision === "float32" ? Float32Array : Float64Array);
        expect(ints).toBeInstanceOf(Int32Array);
        expect([floats.length, ints.length]).toEqual([length, length]);
        expect([...floats, ...ints].every((value) => value === 0)).toBe(true);
        engine().release(floats);
        engine().release(ints);
      }
    });

    test("arrays never share memory, whatever is allocated and released between", () => {
      fc.assert(
        fc.property(actions, (list) => {
          const before = engine().memory().inUse;
          const living: { readonly array: Floats | Ints; readonly mark: number }[] = [];
          let mark = 0;
          const allocate = (kind: "floats" | "ints", length: number): Floats | Ints => {
            const array = kind === "floats" ? engine().floats(length) : engine().ints(length);
            expect(array.every((value: number) => value === 0)).toBe(true);
            array.fill(++mark);
            return array;
          };
          for (const { kind, size } of list) {
            switch (kind) {
              case "floats":
              case "ints":
                living.push({ array: allocate(kind, size), mark });
                break;
              case "release": {
                const [released] = living.splice(size % Math.max(living.length, 1), 1);
                if (released !== undefined) engine().release(released.array);
                break;
              }
              case "step":
                engine().step(() => {
                  const temporaries = Array.from({ length: size }, (_, n) => allocate("floats", n * 37));
                  for (const [n, array] of temporaries.entries()) {
                    expect(array.every((value: number) => value === mark - size + n + 1)).toBe(true);
                  }
                });
                break;
              default:
                kind satisfies never;
            }
          }
          for (const { array, mark: own } of living) {
            expect(array.every((value: number) => value === own)).toBe(true);
            engine().release(array);
          }
          expect(engine().memory().inUse).toBe(before);
        }),
        { numRuns: 40 },
      );
    });

    test("counts what is in use and reuses what was released", () => {
      const bytes = bytesOf(engine(), mebibyte);
      const first = engine().memory();
      const array = engine().floats(mebibyte);
      const { inUse, reserved, limit } = engine().memory();
      expect(inUse - first.inUse).toBeGreaterThanOrEqual(bytes);
      expect(reserved).toBeGreaterThanOrEqual(inUse);
      expect(limit).toBeGreaterThanOrEqual(reserved);
      engine().release(array);
      expect(engine().memory().inUse).toBe(first.inUse);
      for (let n = 0; n < 40; n++) {
        const again = engine().floats(mebibyte);
        expect(again[n]).toBe(0);
        again.fill(1);
        engine().release(again);
      }
      expect(engine().memory().reserved).toBeLessThanOrEqual(reserved + bytes);
    });
  });

  describe("step", () => {
    test("gives its temporaries back, zero-filled for the next", () => {
      const sizes: number[] = [];
      for (let n = 0; n < 20; n++) {
        engine().step(() => {
          const temporary = engine().floats(mebibyte / 2);
          expect(temporary.every((value: number) => value === 0)).toBe(true);
          temporary.fill(3);
          engine().ints(5);
        });
        sizes.push(engine().memory().reserved);
      }
      expect(sizes.at(-1)).toBe(sizes[5]);
      expect(engine().memory().arenaPeak).toBeGreaterThanOrEqual(bytesOf(engine(), mebibyte / 2));
    });

    test("returns what its body returns, and ends when the body throws", () => {
      const { inUse } = engine().memory();
      expect(engine().step(() => "result")).toBe("result");
      const failure = new Error("of the body");
      expect(() =>
        engine().step(() => {
          engine().floats(100);
          throw failure;
        }),
      ).toThrow(failure);
      expect(engine().memory().inUse).toBe(inUse);
      expect(engine().step(() => engine().floats(3)[0])).toBe(0);
    });

    test("does not nest", () => {
      expect(() => engine().step(() => engine().step(() => 1))).toThrow(EngineError);
      expect(engine().step(() => 2)).toBe(2);
    });

    test("keep allocates what outlasts it; releasing a temporary does nothing", () => {
      const { inUse } = engine().memory();
      const kept = engine().step(() => {
        const temporary = engine().floats(50);
        temporary.fill(1);
        const array = engine().keep(() => engine().floats(60));
        array.fill(2);
        engine().release(temporary);
        engine().floats(50).fill(3);
        return array;
      });
      engine().step(() => engine().floats(500).fill(4));
      expect(kept.every((value: number) => value === 2)).toBe(true);
      expect(engine().memory().inUse).toBeGreaterThan(inUse);
      engine().release(kept);
      expect(engine().memory().inUse).toBe(inUse);
    });
  });

  describe("refusals", () => {
    test("of sizes that cannot be, after which the engine still works", () => {
      for (const length of [2 ** 40, 2 ** 53, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => engine().floats(length), `floats(${length})`).toThrow(EngineError);
        expect(() => engine().ints(length), `ints(${length})`).toThrow(EngineError);
        expect(() => engine().step(() => engine().floats(length)), `floats(${length}) in a step`).toThrow(EngineError);
      }
      const array = engine().floats(10);
      expect(array.length).toBe(10);
      engine().release(array);
    });

    test("of arrays that are not the engine's", () => {
      const foreign = { rows: 2, columns: 2, data: new Float32Array(4) };
      engine().step(() => {
        const own = { rows: 2, columns: 2, data: engine().floats(4) };
        const out = { rows: 2, columns: 2, data: engine().floats(4) };
        expect(() => engine().multiply(foreign, own, out)).toThrow(EngineError);
        expect(() => engine().multiply(own, foreign, out)).toThrow(EngineError);
        expect(() => engine().multiply(own, own, foreign)).toThrow(EngineError);
      });
      expect(() => engine().release(new Float32Array(4))).toThrow(EngineError);
    });

    test("of shapes that do not fit together", () => {
      engine().step(() => {
        const matrix = (rows: number, columns: number) => ({ rows, columns, data: engine().floats(rows * columns) });
        const graph = { rows: 3, columns: 4, rowPointers: engine().ints(4), columnIndices: engine().ints(0) };
        const [a, b, c] = [matrix(3, 4), matrix(4, 5), matrix(3, 5)];
        expect(() => engine().multiply(a, c, b)).toThrow(EngineError);
        expect(() => engine().multiply(a, b, a)).toThrow(EngineError);
        expect(() => engine().multiplyTransposed(a, b, c)).toThrow(EngineError);
        expect(() => engine().transposedMultiply(a, b, c)).toThrow(EngineError);
        expect(() => engine().spmm(graph, a, c)).toThrow(EngineError);
        expect(() => engine().gatherRows(a, engine().ints(2), 1, c)).toThrow(EngineError);
        expect(() => engine().dot(a.data, b.data)).toThrow(EngineError);
      });
    });
  });
}
