/** A trained linear layer of a model, y = x Wᵀ + b; b stays out where a paper has none. */
import type { Engine } from "../engine/engine.ts";
import { linear } from "../tensor/dense-operations.ts";
import { createParameter, type Parameter, releaseParameter } from "../tensor/parameter.ts";
import { productTransposed } from "../tensor/products.ts";
import type { Tape, Variable } from "../tensor/tape.ts";
import { fillLinear, type LinearStart, type RandomStreams } from "./initialise.ts";

export interface LinearLayer {
  readonly parameters: readonly Parameter[];
  /** rows × inputs → rows × outputs */
  forward(tape: Tape, x: Variable): Variable;
  dispose(): void;
}

export interface LinearShape {
  readonly outputs: number;
  readonly inputs: number;
  /** Default: true. */
  readonly biased?: boolean;
  /** Default: "linear". */
  readonly start?: LinearStart;
}

/** Outside a step. Its parameters are `name.weight` and `name.bias`. */
export function createLinearLayer(
  engine: Engine,
  name: string,
  { outputs, inputs, biased = true, start = "linear" }: LinearShape,
  random: RandomStreams,
): LinearLayer {
  const weight = createParameter(engine, `${name}.weight`, outputs, inputs);
  const bias = biased ? createParameter(engine, `${name}.bias`, 1, outputs) : undefined;
  fillLinear(weight, bias, start, random);
  const parameters = bias === undefined ? [weight] : [weight, bias];
  return {
    parameters,
    forward: (tape, x) =>
      bias === undefined
        ? productTransposed(tape, x, tape.parameter(weight))
        : linear(tape, x, tape.parameter(weight), tape.parameter(bias)),
    dispose: () => {
      for (const parameter of parameters) releaseParameter(engine, parameter);
    },
  };
}
