/** Projected rows and differences of rows are those of the whole projected table, and so are their gradients. */
import { describe, expect, it } from "vitest";
import type { Engine, Matrix } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { projectRows } from "./feature-rows.ts";
import { clearRows, type FeatureTable, project } from "./features.ts";
import { createParameter, parameterOver } from "./parameter.ts";
import { createRandom } from "./random.ts";
import { matrixRows, Tape, zeros } from "./tape.ts";

const [items, columns, size] = [40, 30, 5];
const rows = Int32Array.of(3, 3, 0, 39, 17, 8, 21);
const others = Int32Array.of(5, 0, 0, 2, 39, 3, 17);

function fill(matrix: Matrix, purpose: string): Matrix {
  const random = createRandom(1, purpose);
  for (let e = 0; e < matrix.data.length; e++) matrix.data[e] = random.uniform() - 0.5;
  return matrix;
}

interface Case {
  readonly missing?: Int32Array | undefined;
  readonly minus?: Int32Array | undefined;
  readonly streamed?: boolean;
  readonly trained?: boolean;
}

function tableOf(engine: Engine, { missing, streamed = false, trained = false }: Case): FeatureTable {
  const whole = fill(zeros(engine, items, columns), "features");
  clearRows(missing, whole);
  const parameter = trained ? parameterOver(engine, "features", whole) : undefined;
  if (!streamed) return { rows: items, columns, missing, resident: whole, parameter };
  const kept = whole.data.slice();
  const read = (from: number, to: number, into: Matrix) => into.data.set(kept.subarray(from * columns, to * columns));
  return { rows: items, columns, missing, read, parameter };
}

/** left × right, written out; nothing where there is none. */
function factoredProduct({ parameter }: FeatureTable): number[] {
  const gradient = parameter?.gradient;
  if (gradient === undefined || !("left" in gradient)) return [];
  const { left, right } = gradient;
  return Array.from({ length: left.rows * right.columns }, (_, e) => {
    const [row, column] = [Math.floor(e / right.columns), e % right.columns];
    let sum = 0;
    for (let j = 0; j < left.columns; j++) {
      sum += left.data[row * left.columns + j] * right.data[j * right.columns + column];
    }
    return sum;
  });
}

/** The projection and the gradients of weight, bias and trained features for a fixed gradient of the projection. */
function results(engine: Engine, given: Case, whole: boolean): Record<string, number[]> {
  const table = tableOf(engine, given);
  const weight = createParameter(engine, "weight", size, columns);
  const bias = createParameter(engine, "bias", 1, size);
  for (const parameter of [weight, bias]) fill(parameter.value, parameter.name);
  return engine.step(() => {
    const tape = new Tape(engine);
    const [w, b] = [tape.parameter(weight), tape.parameter(bias)];
    const upstream = fill(zeros(engine, rows.length, size), "upstream");
    const output = zeros(engine, rows.length, size);
    const inEngine = (numbers: Int32Array) => {
      const copy = engine.ints(numbers.length);
      copy.set(numbers);
      return copy;
    };
    const signed = [
      { numbers: rows, sign: 1 },
      ...(given.minus === undefined ? [] : [{ numbers: given.minus, sign: -1 }]),
    ];
    if (whole) {
      const all = project(tape, table, w, b);
      for (const { numbers, sign } of signed) {
        engine.gatherRows(all.value, inEngine(numbers), sign, output, true);
        engine.scatterAddRows(upstream, inEngine(numbers), sign, tape.gradientOf(all));
      }
    } else {
      const minus = given.minus && inEngine(given.minus);
      const projected = projectRows(tape, table, w, b, { rows: inEngine(rows), minus });
      output.data.set(matrixRows(projected.value, 0, rows.length).data);
      tape.gradientOf(projected).data.set(upstream.data);
    }
    tape.backward();
    const gradient = (parameter: typeof weight): number[] =>
      parameter.gradient !== undefined && "data" in parameter.gradient ? [...parameter.gradient.data] : [];
    return {
      output: [...output.data],
      weight: gradient(weight),
      bias: gradient(bias),
      features: factoredProduct(table),
    };
  });
}

const cases: readonly [string, Case][] = [
  ["rows", {}],
  ["rows, some missing", { missing: Int32Array.of(3, 21) }],
  ["differences", { minus: others }],
  ["differences, some missing", { minus: others, missing: Int32Array.of(2, 3, 17) }],
  ["rows of trained features, some missing", { missing: Int32Array.of(3, 21), trained: true }],
  ["differences of trained features, some missing", { minus: others, missing: Int32Array.of(2, 3, 17), trained: true }],
];

describe.each(cases)("%s", (_, given) => {
  it.each([
    ["reference", async () => createReferenceEngine("float64"), 12],
    ["wasm", () => openEngine({ threads: 2 }), 5],
  ] as const)("as of the whole table, resident and streamed: %s", async (__, open, digits) => {
    const engine = await open();
    const expected = results(engine, given, true);
    expect(expected.features).toHaveLength(given.trained === true ? items * columns : 0);
    for (const streamed of [false, true]) {
      const found = results(engine, { ...given, streamed }, false);
      for (const [name, values] of Object.entries(expected)) {
        expect(found[name]).toHaveLength(values.length);
        for (const [e, value] of values.entries()) expect(found[name][e]).toBeCloseTo(value, digits);
      }
    }
    expect(results(engine, given, false)).toEqual(results(engine, { ...given, streamed: true }, false));
    engine.close();
  });
});
