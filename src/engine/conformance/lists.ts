/**
 * Comparing neighbour lists between engines. Values must agree; which candidate stands where may differ between two
 * whose true values are closer than rounding, but the list must be sorted by its own values, equal ones by index.
 */
import { expect } from "vitest";
import type { Engine, Floats, Ints } from "../engine.ts";
import { expectNear, type Outcome, tolerance } from "./agreement.ts";

export interface FoundLists {
  readonly indices: Ints;
  readonly values: Floats;
}

/** The lists of an outcome of `run` that names them `indices` and `values`. */
export function listsOf(outcome: Outcome): FoundLists {
  const { indices, values } = outcome;
  if (!(indices instanceof Int32Array) || !(values instanceof Float32Array || values instanceof Float64Array)) {
    throw new TypeError("a case of neighbour lists returns { indices, values }");
  }
  return { indices, values };
}

function expectSorted(row: number, k: number, { indices, values }: FoundLists): void {
  for (let place = row * k + 1; place < (row + 1) * k; place++) {
    const [before, after] = [indices[place - 1], indices[place]];
    if (after === -1) {
      if (values[place] !== 0) expect.fail(`row ${row} has an empty place of value ${values[place]}, expected 0`);
      continue;
    }
    const ordered =
      before !== -1 && (values[place - 1] > values[place] || (values[place - 1] === values[place] && before < after));
    if (!ordered) expect.fail(`row ${row} of the lists is not sorted: ${[...values.subarray(row * k, (row + 1) * k)]}`);
  }
}

/** `found` ranks the same as `expected` within rounding; `trueValue` is the exact value of a candidate of a row. */
export function expectSameRanking(
  engine: Engine,
  k: number,
  found: FoundLists,
  expected: FoundLists,
  trueValue: (row: number, candidate: number) => number,
  scale = 1,
): void {
  expectNear("list values", found.values, expected.values, tolerance(engine, scale));
  const { relative, absolute } = tolerance(engine, scale);
  for (let row = 0; row < expected.indices.length / k; row++) {
    expectSorted(row, k, found);
    const listed = [...found.indices.subarray(row * k, (row + 1) * k)].filter((index) => index !== -1);
    const wanted = [...expected.indices.subarray(row * k, (row + 1) * k)].filter((index) => index !== -1);
    if (listed.length !== wanted.length || new Set(listed).size !== wanted.length) {
      expect.fail(`row ${row} lists ${listed.join(", ")}, expected ${wanted.length} different candidates`);
    }
    for (const [place, candidate] of listed.entries()) {
      const value = trueValue(row, candidate);
      const difference = Math.abs(found.values[row * k + place] - value);
      if (!(difference <= Math.max(relative * Math.abs(value), absolute))) {
        expect.fail(
          `row ${row} lists candidate ${candidate} with ${found.values[row * k + place]}, but it has ${value}`,
        );
      }
    }
  }
}
