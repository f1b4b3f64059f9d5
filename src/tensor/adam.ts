/**
 * Adam over parameters, PyTorch's semantics: a parameter that got no gradient in a step is skipped and its step count stays
 * (specification, section 5). A factored gradient is multiplied out block by block, straight into the
 * update, before anything else moves, because its right factor is itself a parameter.
 */
import type { AdamOptions, Engine, Floats } from "../engine/engine.ts";
import type { FactoredGradient, Parameter } from "./parameter.ts";
import { blank, matrixRows } from "./tape.ts";

const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;

/** Floats of a factored gradient that are written out at a time: 2 MiB of float32, to stay in the second-level cache. */
const factoredBlockFloats = 1 << 19;

function isFactored(gradient: Parameter["gradient"]): gradient is FactoredGradient {
  return gradient !== undefined && "left" in gradient;
}

/** Runs `update` on copies of ordinary arrays in engine buffers and copies the results back. */
function withEngineCopies(
  arrays: readonly Floats[],
  buffers: readonly Floats[],
  update: (copies: readonly Floats[]) => void,
): void {
  const copies = arrays.map((array, a) => buffers[a].subarray(0, array.length));
  copies.forEach((copy, a) => {
    copy.set(arrays[a]);
  });
  update(copies);
  copies.forEach((copy, a) => {
    arrays[a].set(copy);
  });
}

function updateFactored(engine: Engine, parameter: Parameter, gradient: FactoredGradient, options: AdamOptions): void {
  const { rows, columns } = parameter.value;
  const blockRows = Math.min(rows, Math.max(1, Math.floor(factoredBlockFloats / columns)));
  const product = blank(engine, blockRows, columns);
  const buffers = parameter.streamed ? [0, 1, 2].map(() => engine.floats(blockRows * columns, "anything")) : [];
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(rows, from + blockRows);
    const block = matrixRows(product, 0, to - from);
    engine.multiply(matrixRows(gradient.left, from, to), gradient.right, block);
    const state = [parameter.value.data, parameter.firstMoment, parameter.secondMoment].map((array) =>
      array.subarray(from * columns, to * columns),
    );
    const update = ([value, first, second]: readonly Floats[]) =>
      engine.adam(value, block.data, first, second, options);
    if (parameter.streamed) withEngineCopies(state, buffers, update);
    else update(state);
  }
}

/**
 * One Adam step at `learningRate` for every parameter that has a gradient; gradients are cleared. To be called inside the
 * engine step that made the gradients.
 */
export function updateParameters(engine: Engine, parameters: readonly Parameter[], learningRate: number): void {
  const optionsOf = (parameter: Parameter): AdamOptions => {
    parameter.steps += 1;
    return { learningRate, beta1, beta2, epsilon, step: parameter.steps };
  };
  for (const parameter of parameters) {
    if (isFactored(parameter.gradient)) updateFactored(engine, parameter, parameter.gradient, optionsOf(parameter));
  }
  for (const parameter of parameters) {
    const { gradient } = parameter;
    if (gradient !== undefined && !isFactored(gradient)) {
      engine.adam(
        parameter.value.data,
        gradient.data,
        parameter.firstMoment,
        parameter.secondMoment,
        optionsOf(parameter),
      );
    }
    parameter.gradient = undefined;
  }
}
