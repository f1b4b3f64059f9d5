/** A trained linear layer of a model, y = x Wᵀ + b; b stays out where a paper has none. */
import type { Engine } from "../engine/engine.ts";
import { linear } from "../tensor/dense-operations.ts";
import { createParameter, type Parameter, releaseParameter } from "../tensor/parameter.ts";
import { product, productTransposed } from "../tensor/products.ts";
import type { Tape, Variable } from "../tensor/tape.ts";
import { fillLinear, type LinearStart, type RandomStreams } from "./initialise.ts";

/** x ↦ x Wᵀ + b on the tape: outputs × inputs, 1 × outputs. */
export interface AffineMap {
  readonly weight: Variable;
  readonly bias: Variable;
}

export interface LinearLayer {
  readonly parameters: readonly Parameter[];
  /** rows × inputs → rows × outputs */
  forward(tape: Tape, x: Variable): Variable;
  /** This layer after another with nothing between them, as one: W V and W c + b after V and c. It saves a product with all rows. */
  after(tape: Tape, first: AffineMap): AffineMap;
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
  const forward = (tape: Tape, x: Variable): Variable =>
    bias === undefined
      ? productTransposed(tape, x, tape.parameter(weight))
      : linear(tape, x, tape.parameter(weight), tape.parameter(bias));
  return {
    parameters,
    forward,
    after: (tape, first) => ({
      weight: product(tape, tape.parameter(weight), first.weight),
      bias: forward(tape, first.bias),
    }),
    dispose: () => {
      for (const parameter of parameters) releaseParameter(engine, parameter);
    },
  };
}
