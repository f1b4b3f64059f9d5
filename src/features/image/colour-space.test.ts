import fc from "fast-check";
import { expect, test } from "vitest";
import { cubeRoot, toLab } from "./colour-space.ts";

test("the cube root is within 1e-12 of the true one", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-12, max: 2, noNaN: true }), (x) => {
      expect(Math.abs(cubeRoot(x) / Math.cbrt(x) - 1)).toBeLessThan(1e-12);
    }),
  );
  expect(cubeRoot(0)).toBe(0);
});

test.each([
  ["white", [255, 255, 255], [1, 0, 0]],
  ["black", [0, 0, 0], [0, 0, 0]],
  ["red", [255, 0, 0], [0.62796, 0.22486, 0.12585]],
  ["green", [0, 255, 0], [0.86644, -0.23389, 0.1795]],
  ["blue", [0, 0, 255], [0.45201, -0.03246, -0.31153]],
])("%s has the published coordinates", (_, pixel, lab) => {
  const { lightness, greenRed, blueYellow } = toLab(Uint8Array.from(pixel), 1);
  expect(lightness[0]).toBeCloseTo(lab[0], 4);
  expect(greenRed[0]).toBeCloseTo(lab[1], 4);
  expect(blueYellow[0]).toBeCloseTo(lab[2], 4);
});

test("a run of equal pixels has the values of one", () => {
  const { lightness, greenRed } = toLab(Uint8Array.from([9, 80, 200, 9, 80, 200, 9, 80, 201, 9, 80, 200]), 2);
  expect(lightness[1]).toBe(lightness[0]);
  expect(lightness[3]).toBe(lightness[0]);
  expect(greenRed[2]).not.toBe(greenRed[1]);
});
