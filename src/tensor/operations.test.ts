import { describe, expect, it } from "vitest";
import type { BprTriples } from "../engine/engine.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { sigmoid, softmaxRows, tanh } from "./activations.ts";
import { expectGradients } from "./finite-differences.fixture.ts";
import { bprTerm, cosineTerm, differencesTerm, infoNceTerm, meanTerm, squaresTerm } from "./loss-terms.ts";
import { product, productTransposed } from "./products.ts";
import { concatenateColumns, concatenateRows, rowDots, scaleRows } from "./row-operations.ts";
import { Tape, type Variable } from "./tape.ts";

/** A loss whose gradient differs from element to element, so that a swapped index cannot hide. */
function uneven(tape: Tape, x: Variable): number {
  return squaresTerm(tape, x, 0.7) + meanTerm(tape, x, 1.3);
}

const triples = ({ engine }: Tape): BprTriples => {
  const ints = (values: readonly number[]) => {
    const array = engine.ints(values.length);
    array.set(values);
    return array;
  };
  return { users: ints([0, 1, 1]), positives: ints([0, 2, 1]), negatives: ints([1, 3, 3]) };
};

describe("gradients against central differences", () => {
  const cases: Readonly<
    Record<string, readonly [shapes: [number, number][], loss: (tape: Tape, x: readonly Variable[]) => number]>
  > = {
    sigmoid: [[[3, 4]], (tape, [x]) => uneven(tape, sigmoid(tape, x))],
    tanh: [[[3, 4]], (tape, [x]) => uneven(tape, tanh(tape, x))],
    softmaxRows: [[[3, 4]], (tape, [x]) => uneven(tape, softmaxRows(tape, x))],
    concatenateColumns: [
      [
        [3, 2],
        [3, 4],
      ],
      (tape, [a, b]) => uneven(tape, concatenateColumns(tape, [a, b, a])),
    ],
    concatenateRows: [
      [
        [3, 2],
        [1, 2],
      ],
      (tape, [a, b]) => uneven(tape, concatenateRows(tape, [a, b, a])),
    ],
    rowDots: [
      [
        [3, 4],
        [3, 4],
      ],
      (tape, [a, b]) => uneven(tape, rowDots(tape, a, b)),
    ],
    "rowDots of a matrix with itself": [[[3, 4]], (tape, [a]) => uneven(tape, rowDots(tape, a, a))],
    scaleRows: [
      [
        [3, 4],
        [3, 1],
      ],
      (tape, [x, s]) => uneven(tape, scaleRows(tape, x, s)),
    ],
    product: [
      [
        [3, 4],
        [4, 2],
      ],
      (tape, [a, b]) => uneven(tape, product(tape, a, b)),
    ],
    productTransposed: [
      [
        [3, 4],
        [2, 4],
      ],
      (tape, [a, b]) => uneven(tape, productTransposed(tape, a, b)),
    ],
    differencesTerm: [
      [
        [2, 3],
        [3, 3],
      ],
      (tape, [u, d]) => differencesTerm(tape, u, d, triples(tape).users, 0.6),
    ],
    bprTerm: [
      [
        [2, 3],
        [4, 3],
      ],
      (tape, [u, i]) => bprTerm(tape, u, i, triples(tape), 0.4) + bprTerm(tape, u, i, triples(tape), 0.6),
    ],
    cosineTerm: [
      [[3, 4]],
      (tape, [a]) => {
        const target = [1, -2, 0.5, 3, 0, 1, 0, 0, 1, 1, 1, 1];
        const b = { rows: 3, columns: 4, data: tape.engine.floats(12) };
        b.data.set(target);
        const [left, right] = [
          [0, 2, 2, 0],
          [1, 0, 1, 2],
        ].map((slots) => {
          const ints = tape.engine.ints(slots.length);
          ints.set(slots);
          return ints;
        });
        return (
          cosineTerm(tape, a, tape.constant(b), left, right, 0.7) +
          cosineTerm(tape, a, tape.constant(b), right, left, 0.3)
        );
      },
    ],
    infoNceTerm: [
      [
        [4, 3],
        [4, 3],
      ],
      (tape, [a, b]) => infoNceTerm(tape, a, b, 0.3, 0.8),
    ],
    "infoNceTerm with the negatives of both views": [
      [
        [4, 3],
        [4, 3],
      ],
      (tape, [a, b]) => infoNceTerm(tape, a, b, 0.3, 0.8, "both views"),
    ],
    "infoNceTerm of a view with itself": [[[4, 3]], (tape, [a]) => infoNceTerm(tape, a, a, 0.5, 1)],
  };
  for (const [name, [shapes, loss]] of Object.entries(cases)) {
    it(name, () => expectGradients(shapes, loss));
  }
});

describe("values", () => {
  const engine = createReferenceEngine("float64");
  /** Inside a step. */
  const constant = (rows: number, columns: number, values: readonly number[]): Variable => {
    const data = engine.floats(values.length);
    data.set(values);
    return { value: { rows, columns, data }, needsGradient: false, gradient: undefined };
  };

  it("sigmoid, tanh and softmax are those of the mathematics, at the ends too", () => {
    engine.step(() => {
      const tape = new Tape(engine, false);
      const x = constant(1, 5, [-800, -1, 0, 2, 800]);
      expect(Array.from(sigmoid(tape, x).value.data)).toEqual([
        0,
        expect.closeTo(1 / (1 + Math.E), 14),
        0.5,
        expect.closeTo(1 / (1 + Math.exp(-2)), 14),
        1,
      ]);
      for (const [e, y] of tanh(tape, x).value.data.entries()) expect(y).toBeCloseTo(Math.tanh(x.value.data[e]), 14);
      expect(Array.from(softmaxRows(tape, constant(2, 2, [1000, 1000, 0, Math.log(3)])).value.data)).toEqual([
        0.5,
        0.5,
        expect.closeTo(0.25, 14),
        expect.closeTo(0.75, 14),
      ]);
    });
  });

  it("one minus the cosine is 0 for the same direction, 1 across and 2 for the opposite; rows of zeros count as across", () => {
    engine.step(() => {
      const a = constant(4, 2, [3, 0, 3, 0, 3, 0, 0, 0]);
      const b = constant(4, 2, [2, 0, 0, 5, -1, 0, 1, 0]);
      const slots = engine.ints(1);
      const values = [0, 1, 2, 3].map((slot) => {
        slots[0] = slot;
        return cosineTerm(new Tape(engine, false), a, b, slots, slots, 3);
      });
      expect(values).toEqual([0, 3, 6, 3]);
    });
  });

  it("InfoNCE of orthogonal pairs is log(1 + (n − 1) e^(−1/τ))", () => {
    engine.step(() => {
      const identity = constant(3, 3, [1, 0, 0, 0, 1, 0, 0, 0, 1]);
      const value = infoNceTerm(new Tape(engine, false), identity, identity, 0.5, 2);
      expect(value).toBeCloseTo(2 * Math.log(1 + 2 * Math.exp(-2)), 12);
      const both = infoNceTerm(new Tape(engine, false), identity, identity, 0.5, 2, "both views");
      expect(both).toBeCloseTo(2 * Math.log(1 + 4 * Math.exp(-2)), 12);
    });
  });
});
