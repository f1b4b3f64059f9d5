/**
 * Attention over the views that modalities give of the same rows: logits q · tanh(W h_m + b), shares α = softmax over m, Σ_m α_m h_m
 * (Tao et al. 2020, as MICRO and MGCN have it). A row that lacks a modality shares among the others alone.
 */
import type { Engine } from "../engine/engine.ts";
import { softmaxRows, tanh } from "../tensor/activations.ts";
import { add, weightedSum } from "../tensor/dense-operations.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { product } from "../tensor/products.ts";
import { concatenateColumns, scaleRows } from "../tensor/row-operations.ts";
import { type Tape, type Variable, zeros } from "../tensor/tape.ts";
import type { RandomStreams } from "./initialise.ts";
import { createLinearLayer } from "./linear-layer.ts";

/** By modality, rows × 1: 1 where the row has it, 0 where not. Absent where all rows have all. */
export type Presence = readonly Variable[] | undefined;

export interface Attention {
  readonly parameters: readonly Parameter[];
  /** Σ_m α_m h_m. @param views h_m of the same rows, zero where a row lacks m */
  forward(tape: Tape, views: readonly Variable[], presence: Presence): Variable;
  dispose(): void;
}

/** A logit whose share is 0 beside any other. */
const never = -1e9;

/** 0 where the row has the modality, −10⁹ where not. */
function absence(tape: Tape, presence: Variable): Variable {
  const { rows, data } = presence.value;
  const matrix = zeros(tape.engine, rows, 1);
  for (let i = 0; i < rows; i++) matrix.data[i] = data[i] > 0 ? 0 : never;
  return tape.constant(matrix);
}

/** Column m of x. */
function column(tape: Tape, x: Variable, m: number): Variable {
  const unit = zeros(tape.engine, x.value.columns, 1);
  unit.data[m] = 1;
  return product(tape, x, tape.constant(unit));
}

/** Outside a step. */
export function createAttention(engine: Engine, name: string, size: number, random: RandomStreams): Attention {
  const hidden = createLinearLayer(engine, `${name}.hidden`, { outputs: size, inputs: size }, random);
  const query = createLinearLayer(engine, `${name}.query`, { outputs: 1, inputs: size, biased: false }, random);
  return {
    parameters: [...hidden.parameters, ...query.parameters],
    forward: (tape, views, presence) => {
      const logits = views.map((view, m) => {
        const own = query.forward(tape, tanh(tape, hidden.forward(tape, view)));
        return presence === undefined ? own : add(tape, own, absence(tape, presence[m]));
      });
      const shares = softmaxRows(tape, concatenateColumns(tape, logits));
      return weightedSum(
        tape,
        views.map((view, m) => ({ weight: 1, of: scaleRows(tape, view, column(tape, shares, m)) })),
      );
    },
    dispose: () => {
      hidden.dispose();
      query.dispose();
    },
  };
}
