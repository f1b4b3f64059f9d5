import { describe, expect, test } from "vitest";
import { EngineError } from "../errors.ts";
import { engineConformance } from "./engine.conformance.ts";
import { createReferenceEngine } from "./reference.ts";

engineConformance("reference, float64", async () => createReferenceEngine("float64"));
engineConformance("reference, float32", async () => createReferenceEngine("float32"));

describe("the reference refuses what a fast engine may not notice", () => {
  const engine = createReferenceEngine("float64");
  const matrix = (rows: number, columns: number) => ({ rows, columns, data: engine.floats(rows * columns) });
  const ints = (...values: number[]) => {
    const array = engine.ints(values.length);
    array.set(values);
    return array;
  };

  test("a temporary used after its step, an array used after its release or released twice", () => {
    const temporary = engine.step(() => engine.floats(3));
    expect(() => engine.fill(temporary, 1)).toThrow(
      "fill: out is not a living array of this engine (foreign, released, or a temporary of a step that ended); make it with engine.floats or engine.ints",
    );
    const array = engine.floats(3);
    engine.release(array);
    expect(() => engine.fill(array, 1)).toThrow(EngineError);
    expect(() => engine.release(array)).toThrow("release: the array is not a living array of this engine");
  });

  test("shapes, with both named", () => {
    expect(() => engine.multiply(matrix(2, 3), matrix(4, 5), matrix(2, 5))).toThrow(
      "multiply: b is 4 × 5, expected 3 × 5",
    );
    expect(() => engine.dot(engine.floats(2), engine.floats(3))).toThrow("dot: b has 3 elements, expected 2");
    expect(() => engine.fill(engine.floats(-1), 0)).toThrow("cannot allocate an array of length -1");
  });

  test("an output over an input", () => {
    const x = matrix(4, 2);
    const overlapping = { rows: 2, columns: 2, data: x.data.subarray(2, 6) };
    const rows = ints(0, 1);
    expect(() => engine.gatherRows(x, rows, 1, overlapping)).toThrow("gatherRows: the output overlaps an input");
    expect(() =>
      engine.gatherRows({ ...x, rows: 2, data: x.data.subarray(0, 4) }, rows, 1, {
        ...overlapping,
        data: x.data.subarray(4),
      }),
    ).not.toThrow();
  });

  test("indices out of range, columns out of order, row pointers that descend", () => {
    expect(() => engine.gatherRows(matrix(2, 1), ints(0, 2), 1, matrix(2, 1))).toThrow(
      "gatherRows: rows[1] is 2, expected 0 to 1",
    );
    const pattern = { rows: 2, columns: 3, rowPointers: ints(0, 2, 2), columnIndices: ints(2, 0) };
    expect(() => engine.rowSums(pattern, engine.floats(2), engine.floats(2))).toThrow(
      "rowSums: pattern has column 0 after 2 in row 0, expected ascending columns",
    );
    const descending = { ...pattern, rowPointers: ints(0, 2, 1), columnIndices: ints(0, 2) };
    expect(() => engine.rowSums(descending, engine.floats(2), engine.floats(2))).toThrow(
      "rowSums: pattern.rowPointers go from 2 to 1 in row 1",
    );
  });

  test("a dropout rate of 1, an update 0, a batch without triples, a closed engine", () => {
    const [x, out] = [engine.floats(2), engine.floats(2)];
    expect(() => engine.dropout(x, 1, 0, out, false)).toThrow("dropout: rate is 1, expected 0 ≤ rate < 1");
    const options = { learningRate: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 0 };
    expect(() => engine.adam(x, out, engine.floats(2), engine.floats(2), options)).toThrow("adam: step is 0");
    const none = { users: ints(), positives: ints(), negatives: ints() };
    expect(() => engine.bpr(matrix(1, 1), matrix(1, 1), none, 0, 1, matrix(1, 1), matrix(1, 1))).toThrow(
      "bpr: there are no triples",
    );
    const closed = createReferenceEngine("float32");
    closed.close();
    expect(() => closed.floats(1)).toThrow("engine: it was closed");
  });
});
