import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridValues, type Range, unitOf, valueAt } from "./dimension.ts";
import { parseSpace } from "./space.ts";

describe("a space", () => {
  it("has lists and ranges, integers where the option is one", () => {
    const { dimensions } = parseSpace({
      model: ["lattice", "mf", "mf"],
      neighbours: { min: 2, max: 50, scale: "log" },
      skip: { min: 0, max: 1, steps: 3 },
      modalities: [["image"], ["text", "image"]],
    });
    expect(dimensions).toEqual([
      { kind: "choice", key: "model", values: ["lattice", "mf"] },
      { kind: "range", key: "neighbours", min: 2, max: 50, scale: "log", integer: true, steps: 5 },
      { kind: "range", key: "skip", min: 0, max: 1, scale: "linear", integer: false, steps: 3 },
      { kind: "choice", key: "modalities", values: [["image"], ["text", "image"]] },
    ]);
  });

  it.each<[string, unknown, string]>([
    ["a misspelt option", { lerningRate: [1e-3] }, 'there is no option "lerningRate"; did you mean "learningRate"?'],
    ["a misspelt model", { model: ["latice"] }, 'model: found "latice", did you mean "lattice"?'],
    ["a misspelt backbone", { backbone: ["lightgn"] }, 'did you mean "lightgcn"?'],
    ["a misspelt part", { skip: { mim: 0, max: 1 } }, "skip: found min undefined, expected a number"],
    [
      "an unknown part",
      { skip: { min: 0, max: 1, scael: "log" } },
      'skip: a range has no "scael"; did you mean "scale"?',
    ],
    ["an unknown scale", { skip: { min: 0, max: 1, scale: "logarithmic" } }, 'expected "linear" or "log"'],
    ["an empty list", { skip: [] }, "skip: found an empty list, expected at least one value"],
    ["an empty range", { skip: { min: 0.9, max: 0.1 } }, "skip: found min 0.9 above max 0.1, an empty range"],
    ["a range without integers", { layers: { min: 1.2, max: 1.8 } }, "no integer from 1.2 to 1.8, an empty range"],
    ["zero on a logarithmic scale", { skip: { min: 0, max: 1, scale: "log" } }, "found min 0 on a logarithmic scale"],
    ["a value out of bounds", { skip: [0.5, 1.5] }, "space, option skip: found 1.5, expected a number from 0 to 1"],
    ["an end out of bounds", { skip: { min: 0, max: 2 } }, "option skip: found 2"],
    ["a range of names", { sampler: { min: 0, max: 1 } }, "only numbers have one"],
    ["halves of integers", { layers: { min: 1, max: 2, integer: false } }, "this option takes integers only"],
    ["one value without a list", { skip: 0.5 }, "skip: found 0.5, expected a list such as [0.5]"],
    ["what has to be the same for all", { validateBy: ["recall@20"] }, "set it with --set validateBy="],
    ["nothing", {}, "found nothing to vary"],
    ["no object", [1], "expected an object such as"],
  ])("refuses %s", (_, value, message) => {
    expect(() => parseSpace(value)).toThrow(message);
  });
});

const ranges = fc
  .record({
    low: fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
    factor: fc.double({ min: 1, max: 1e4, noNaN: true }),
    scale: fc.constantFrom("linear" as const, "log" as const),
    integer: fc.boolean(),
    steps: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ low, factor, integer, ...rest }): Range => {
    const min = integer ? Math.ceil(low) : low;
    const max = integer ? Math.ceil(low * factor) : low * factor;
    return { kind: "range", key: "x", min, max, integer, ...rest };
  });

describe("a range", () => {
  it("gives values within it, in order, integers where it has them", () => {
    fc.assert(
      fc.property(ranges, fc.double({ min: 0, max: 1, noNaN: true }), (range, u) => {
        const value = valueAt(range, u);
        expect(value).toBeGreaterThanOrEqual(range.min);
        expect(value).toBeLessThanOrEqual(range.max);
        if (range.integer) expect(Number.isInteger(value)).toBe(true);
        expect(valueAt(range, 0)).toBeLessThanOrEqual(value);
        expect(valueAt(range, 1)).toBeGreaterThanOrEqual(value);
      }),
    );
  });

  it("finds the place of a value again", () => {
    const range: Range = { kind: "range", key: "x", min: 1e-4, max: 1e-1, scale: "log", integer: false, steps: 4 };
    for (const u of [0, 0.1, 0.5, 0.9, 1]) expect(unitOf(range, valueAt(range, u))).toBeCloseTo(u, 5);
    expect(gridValues(range)).toEqual([1e-4, 1e-3, 1e-2, 1e-1]);
  });

  it("makes every integer about as likely, its ends too", () => {
    const range: Range = { kind: "range", key: "x", min: 0, max: 4, scale: "linear", integer: true, steps: 9 };
    const counts = [0, 0, 0, 0, 0];
    for (let n = 0; n < 1000; n++)
      counts[valueAt(range, (n + 0.5) / 1000)] = (counts[valueAt(range, (n + 0.5) / 1000)] ?? 0) + 1;
    expect(counts).toEqual([200, 200, 200, 200, 200]);
    expect(gridValues(range)).toEqual([0, 1, 2, 3, 4]);
  });
});
