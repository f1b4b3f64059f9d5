/** Gradients on the tape held against central differences, in float64. */
import { expect } from "vitest";
import type { Matrix } from "../engine/engine.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { createParameter } from "./parameter.ts";
import { createRandom } from "./random.ts";
import { Tape, type Variable } from "./tape.ts";

const step = 1e-5;

/**
 * @param shapes of the inputs
 * @param loss leaves its gradient on the tape (loss terms) and returns its value
 */
export function expectGradients(
  shapes: readonly (readonly [rows: number, columns: number])[],
  loss: (tape: Tape, inputs: readonly Variable[]) => number,
  seed = 1,
): void {
  const engine = createReferenceEngine("float64");
  const random = createRandom(seed, "finite differences");
  const parameters = shapes.map(([rows, columns], p) => {
    const parameter = createParameter(engine, `input.${p}`, rows, columns);
    for (let e = 0; e < parameter.value.data.length; e++) parameter.value.data[e] = 2 * random.uniform() - 1;
    return parameter;
  });
  const run = (): { readonly value: number; readonly gradients: readonly number[][] } =>
    engine.step(() => {
      const tape = new Tape(engine);
      const value = loss(
        tape,
        parameters.map((parameter) => tape.parameter(parameter)),
      );
      tape.backward();
      const gradients = parameters.map(({ gradient, value: { data } }) =>
        gradient !== undefined && "data" in gradient ? Array.from(gradient.data) : Array.from(data, () => 0),
      );
      return { value, gradients };
    });
  const { gradients } = run();
  parameters.forEach(({ value, name }, p) => {
    const { data }: Matrix = value;
    for (let e = 0; e < data.length; e++) {
      const at = data[e];
      data[e] = at + step;
      const above = run().value;
      data[e] = at - step;
      const below = run().value;
      data[e] = at;
      expect(gradients[p][e], `${name}[${e}]`).toBeCloseTo((above - below) / (2 * step), 7);
    }
  });
}
