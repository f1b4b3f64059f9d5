/**
 * NGCF (Wang et al. 2019) as LATTICE uses it: side = N Z_l,
 * Z_{l+1} = dropout(leakyReLU(side W1ᵀ + b1) + leakyReLU((Z_l ∘ side) W2ᵀ + b2)),
 * x̃ = mean(Z_0, row-normalised Z_1 … Z_C). The next layer takes Z_{l+1} before that normalisation.
 */
import type { Engine } from "../../engine/engine.ts";
import {
  add,
  dropout,
  leakyRelu,
  linear,
  mean,
  multiplyElements,
  normaliseRows,
} from "../../tensor/dense-operations.ts";
import { createParameter, type Parameter, releaseParameter } from "../../tensor/parameter.ts";
import type { SparseOperand } from "../../tensor/sparse-operations.ts";
import type { Tape, Variable } from "../../tensor/tape.ts";
import { fillUniform, type RandomStreams } from "../initialise.ts";
import type { Backbone } from "./backbone.ts";
import { propagate, select } from "./propagation.ts";

/** Slope of the leaky ReLU. */
export const slope = 0.01;

interface Linear {
  readonly weight: Parameter;
  readonly bias: Parameter;
}

function createLinear(engine: Engine, name: string, size: number, random: RandomStreams): Linear {
  const weight = createParameter(engine, `${name}.weight`, size, size);
  const bias = createParameter(engine, `${name}.bias`, 1, size);
  const bound = 1 / Math.sqrt(size);
  for (const parameter of [weight, bias]) fillUniform(parameter.value, bound, random(`parameters/${parameter.name}`));
  return { weight, bias };
}

/** W and b of a linear map, on a tape. */
export interface NgcfMap {
  readonly weight: Variable;
  readonly bias: Variable;
}

/** leakyReLU(side W1ᵀ + b1) + leakyReLU((own ∘ side) W2ᵀ + b2) @param own Z_l of the rows @param side N Z_l of them */
export function ngcfLayer(tape: Tape, own: Variable, side: Variable, sum: NgcfMap, product: NgcfMap): Variable {
  const apply = (x: Variable, { weight, bias }: NgcfMap): Variable =>
    leakyRelu(tape, linear(tape, x, weight, bias), slope);
  return add(tape, apply(side, sum), apply(multiplyElements(tape, own, side), product));
}

export interface NgcfOptions {
  readonly layers: number;
  readonly embeddingSize: number;
  readonly dropout: number;
}

/** @param graph N */
export function createNgcf(
  engine: Engine,
  graph: SparseOperand,
  options: NgcfOptions,
  random: RandomStreams,
): Backbone {
  const layers = Array.from({ length: options.layers }, (_, l) => ({
    sum: createLinear(engine, `ngcf.${l}.sum`, options.embeddingSize, random),
    product: createLinear(engine, `ngcf.${l}.product`, options.embeddingSize, random),
  }));
  const parameters = layers.flatMap(({ sum, product }) => [sum.weight, sum.bias, product.weight, product.bias]);
  const onTape = (tape: Tape, { weight, bias }: Linear): NgcfMap => ({
    weight: tape.parameter(weight),
    bias: tape.parameter(bias),
  });
  return {
    parameters,
    forward: (tape, embeddings, nodes, dropoutKey) => {
      let z = embeddings;
      const wanted = [select(tape, z, nodes)];
      layers.forEach(({ sum, product }, l) => {
        const last = l === layers.length - 1;
        const rows = last ? nodes : undefined;
        const side = propagate(tape, graph, z, rows);
        const activated = ngcfLayer(tape, select(tape, z, rows), side, onTape(tape, sum), onTape(tape, product));
        const next = dropout(tape, activated, options.dropout, (dropoutKey + l) | 0);
        wanted.push(normaliseRows(tape, last ? next : select(tape, next, nodes)));
        z = next;
      });
      return mean(tape, wanted);
    },
    dispose: () => {
      for (const parameter of parameters) releaseParameter(engine, parameter);
    },
  };
}
