/** Streamed features do what resident ones do: projection, gradients, and Adam through the factored gradient. */
import { describe, expect, it } from "vitest";
import type { Engine, Matrix } from "../engine/engine.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { updateParameters } from "./adam.ts";
import { linear } from "./dense-operations.ts";
import { type FeatureTable, project } from "./features.ts";
import { createParameter, createStreamedParameter, type Parameter } from "./parameter.ts";
import { createRandom } from "./random.ts";
import { matrixRows, Tape, zeros } from "./tape.ts";

const rows = 700;
/** Wide enough that a factored gradient takes several blocks. */
const columns = 1500;

function fill(matrix: Matrix, purpose: string): void {
  const random = createRandom(1, purpose);
  for (let e = 0; e < matrix.data.length; e++) matrix.data[e] = random.uniform() - 0.5;
}

interface Outcome {
  readonly projected: number[];
  readonly weight: number[];
  readonly bias: number[];
  readonly features: number[];
}

/** Three Adam steps on Σ F ∘ C for a fixed C. */
function train(
  engine: Engine,
  features: Parameter,
  tableOf: (features: Parameter) => FeatureTable | undefined,
): Outcome {
  const weight = createParameter(engine, "weight", 3, columns);
  const bias = createParameter(engine, "bias", 1, 3);
  fill(features.value, "features");
  fill(weight.value, "weight");
  fill(bias.value, "bias");
  const table = tableOf(features);
  const parameters = [features, weight, bias];
  let projected: number[] = [];
  for (let step = 0; step < 3; step++) {
    engine.step(() => {
      const tape = new Tape(engine);
      const [w, b] = [tape.parameter(weight), tape.parameter(bias)];
      const output = table === undefined ? linear(tape, tape.parameter(features), w, b) : project(tape, table, w, b);
      fill(tape.gradientOf(output), `upstream ${step}`);
      tape.backward();
      projected = Array.from(output.value.data);
      updateParameters(engine, parameters, 0.01);
    });
  }
  const values = ({ value }: Parameter): number[] => Array.from(value.data);
  return { projected, weight: values(weight), bias: values(bias), features: values(features) };
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const difference = actual.reduce((largest, value, e) => Math.max(largest, Math.abs(value - expected[e])), 0);
  expect(difference).toBeLessThan(1e-12);
}

describe("raw features", () => {
  const engine = createReferenceEngine("float64");
  const written = train(engine, createParameter(engine, "features", rows, columns), () => undefined);

  const expectSame = (outcome: Outcome): void => {
    expectClose(outcome.projected, written.projected);
    expectClose(outcome.weight, written.weight);
    expectClose(outcome.bias, written.bias);
    expectClose(outcome.features, written.features);
  };

  it("train through the factored gradient as through a written one", () => {
    expectSame(
      train(engine, createParameter(engine, "features", rows, columns), (parameter) => ({
        rows,
        columns,
        resident: parameter.value,
        parameter,
      })),
    );
  });

  it("train the same when they are streamed from ordinary memory", () => {
    expectSame(
      train(engine, createStreamedParameter(engine, "features", rows, columns), (parameter) => ({
        rows,
        columns,
        parameter,
        read: (from, to, into) => into.data.set(matrixRows(parameter.value, from, to).data),
      })),
    );
  });

  it("stay as they are when frozen, and W still learns", () => {
    const parameter = createParameter(engine, "features", rows, columns);
    const before = zeros(engine, rows, columns);
    fill(before, "features");
    const outcome = train(engine, parameter, () => ({ rows, columns, resident: parameter.value }));
    expect(outcome.features).toEqual(Array.from(before.data));
    const [untrained] = [zeros(engine, 3, columns)];
    fill(untrained, "weight");
    expect(outcome.weight).not.toEqual(Array.from(untrained.data));
  });
});
