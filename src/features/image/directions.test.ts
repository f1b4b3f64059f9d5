import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitByDirections } from "./directions.ts";

const component = fc.double({ min: -10, max: 10, noNaN: true });

describe.each([12, 16] as const)("%d directions", (count) => {
  const split = splitByDirections(count);
  const unit = (k: number): [number, number] => [
    Math.cos((2 * Math.PI * k) / count),
    Math.sin((2 * Math.PI * k) / count),
  ];

  test("give the vector back as their sum, with parts that are not negative", () => {
    fc.assert(
      fc.property(component, component, (x, y) => {
        const share = { first: 0, second: 0, alpha: 0, beta: 0 };
        split(x, y, share);
        const [ax, ay] = unit(share.first);
        const [bx, by] = unit(share.second);
        expect(share.alpha).toBeGreaterThanOrEqual(0);
        expect(share.beta).toBeGreaterThanOrEqual(0);
        expect((share.second - share.first + count) % count).toBe(1);
        expect(share.alpha * ax + share.beta * bx).toBeCloseTo(x, 10);
        expect(share.alpha * ay + share.beta * by).toBeCloseTo(y, 10);
      }),
    );
  });

  test("a vector along one of them belongs to it alone", () => {
    for (let k = 0; k < count; k++) {
      const [x, y] = unit(k);
      const share = { first: 0, second: 0, alpha: 0, beta: 0 };
      split(x, y, share);
      const part = share.first === k ? share.alpha : share.second === k ? share.beta : 0;
      expect(part).toBeCloseTo(1, 10);
    }
  });
});
