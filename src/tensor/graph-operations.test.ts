/** Weights that are shared out anew by row, and rows of sparse values scaled by them, against central differences in float64. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine, Matrix, Pattern } from "../engine/engine.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { type RowSets, reciprocalSums, scaleEntriesByRow, softmax } from "./graph-operations.ts";
import { createParameter, type Parameter } from "./parameter.ts";
import { createRandom } from "./random.ts";
import { Tape, type Variable } from "./tape.ts";

const engine = createReferenceEngine("float64");

function parameterOf(name: string, rows: number, columns: number, seed: number): Parameter {
  const parameter = createParameter(engine, name, rows, columns);
  const random = createRandom(seed, name);
  for (let e = 0; e < rows * columns; e++) parameter.value.data[e] = random.uniform() * 2 - 0.8;
  return parameter;
}

/** L = Σ c ∘ output for a fixed c: its value, or its gradients by the parameters. */
function lossOf(of: (tape: Tape) => Variable, at: Engine): number {
  return at.step(() => {
    const { value } = of(new Tape(at, false));
    return Array.from(value.data).reduce((sum, x, e) => sum + x * upstream(e), 0);
  });
}
const upstream = (e: number): number => ((e * 7) % 5) - 1.7;

function expectGradients(of: (tape: Tape) => Variable, parameters: readonly Parameter[]): void {
  const gradients = engine.step(() => {
    const tape = new Tape(engine);
    const output = of(tape);
    const gradient: Matrix = tape.gradientOf(output);
    for (let e = 0; e < gradient.data.length; e++) gradient.data[e] = upstream(e);
    tape.backward();
    return parameters.map(({ gradient: own }) =>
      own === undefined || "left" in own ? undefined : Array.from(own.data),
    );
  });
  parameters.forEach(({ name, value }, p) => {
    for (let e = 0; e < value.data.length; e++) {
      const before = value.data[e];
      const width = 1e-6;
      value.data[e] = before + width;
      const above = lossOf(of, engine);
      value.data[e] = before - width;
      const below = lossOf(of, engine);
      value.data[e] = before;
      expect(gradients[p]?.[e] ?? 0, `${name}[${e}]`).toBeCloseTo((above - below) / (2 * width), 6);
    }
  });
}

function patternOf(rows: readonly (readonly number[])[], columns: number): Pattern {
  const rowPointers = engine.ints(rows.length + 1);
  rows.forEach((row, i) => {
    rowPointers[i + 1] = rowPointers[i] + row.length;
  });
  const columnIndices = engine.ints(rowPointers[rows.length]);
  columnIndices.set(rows.flatMap((row) => [...row].sort((a, b) => a - b)));
  return { rows: rows.length, columns, rowPointers, columnIndices };
}

describe("reciprocalSums", () => {
  const sets: RowSets = { sets: [[0, 1, 2], [1, 2], [0], []], setOf: Int32Array.of(0, 1, 2, 3, 1, 0) };

  it("is 1 for all weights, more for fewer, 0 for none", () => {
    const logits = parameterOf("logits", 1, 3, 1);
    engine.step(() => {
      const tape = new Tape(engine, false);
      const alpha = softmax(tape, tape.parameter(logits));
      const [a, b, c] = alpha.value.data;
      const scales = Array.from(reciprocalSums(tape, alpha, sets).value.data);
      expect(scales).toEqual([1, 1 / (b + c), 1 / a, 0, 1 / (b + c), 1]);
    });
  });

  it("has the gradient of central differences through the softmax", () => {
    const logits = parameterOf("logits", 1, 3, 2);
    expectGradients((tape) => reciprocalSums(tape, softmax(tape, tape.parameter(logits)), sets), [logits]);
  });

  it("adds to the gradient that is there", () => {
    const logits = parameterOf("logits", 1, 3, 3);
    const twice = (tape: Tape): Variable => {
      const alpha = softmax(tape, tape.parameter(logits));
      const scales = reciprocalSums(tape, alpha, sets);
      const values = tape.constant({ rows: 1, columns: 6, data: engine.floats(6).fill(2) });
      const pattern = patternOf([[0], [1], [2], [3], [4], [5]], 6);
      const once = scaleEntriesByRow(tape, values, scales, pattern);
      return scaleEntriesByRow(tape, once, reciprocalSums(tape, alpha, sets), pattern);
    };
    expectGradients(twice, [logits]);
  });
});

describe("scaleEntriesByRow", () => {
  it("has the gradients of central differences for any pattern", () => {
    const rows = fc.array(fc.uniqueArray(fc.nat(5), { maxLength: 4 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(rows, fc.nat(1000), (lists, seed) => {
        const pattern = patternOf(lists, 6);
        const values = parameterOf("values", 1, pattern.columnIndices.length, seed);
        const scales = parameterOf("scales", pattern.rows, 1, seed);
        const of = (tape: Tape): Variable =>
          scaleEntriesByRow(tape, tape.parameter(values), tape.parameter(scales), pattern);
        expectGradients(of, [values, scales]);
      }),
      { numRuns: 30 },
    );
  });

  it("adds up where one scale serves twice", () => {
    const pattern = patternOf([[0, 2], [], [1]], 3);
    const values = parameterOf("values", 1, 3, 4);
    const scales = parameterOf("scales", 3, 1, 4);
    const of = (tape: Tape): Variable => {
      const r = tape.parameter(scales);
      return scaleEntriesByRow(tape, scaleEntriesByRow(tape, tape.parameter(values), r, pattern), r, pattern);
    };
    expectGradients(of, [values, scales]);
  });
});
