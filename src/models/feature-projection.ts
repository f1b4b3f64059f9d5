/**
 * Raw features of a modality, in a unit of their own, with a projection, F_m = X_m W_mᵀ + b_m, for the models that read features in every
 * step.
 */
import type { Modality } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { type FeatureRows, projectRows } from "../tensor/feature-rows.ts";
import { type FeatureTable, project } from "../tensor/features.ts";
import { createParameter, type Parameter, releaseParameter } from "../tensor/parameter.ts";
import type { Tape, Variable } from "../tensor/tape.ts";
import { featureUnit } from "./feature-unit.ts";
import { fillLinear, type LinearStart, type RandomStreams } from "./initialise.ts";
import type { LinearLayer } from "./linear-layer.ts";
import { loadFeatures } from "./modality.ts";

export interface FeatureProjection {
  readonly name: string;
  readonly table: FeatureTable;
  /** The raw features too where they are trained. */
  readonly parameters: readonly Parameter[];
  /** F_m at the wanted items, or their differences; or at all. */
  forward(tape: Tape, rows: FeatureRows | undefined): Variable;
  /** A linear layer of F_m at all items, computed as one product with the raw features; 0, not b, where there are none. */
  through(tape: Tape, layer: LinearLayer): Variable;
  dispose(): void;
}

/** Projections of the modalities that have features, each to `size` columns. Outside a step. */
export function createFeatureProjections(
  engine: Engine,
  modalities: readonly Modality[],
  size: number,
  random: RandomStreams,
  resident: ReadonlySet<string>,
  { trained, start }: { readonly trained: boolean; readonly start: LinearStart },
): readonly FeatureProjection[] {
  return modalities.flatMap((modality) => {
    const { name } = modality;
    const table = loadFeatures(engine, modality, trained, resident.has(name), featureUnit(modality));
    if (table === undefined) return [];
    const weight = createParameter(engine, `projection.${name}.weight`, size, table.columns);
    const bias = createParameter(engine, `projection.${name}.bias`, 1, size);
    fillLinear(weight, bias, start, random);
    return [
      {
        name,
        table,
        parameters: table.parameter === undefined ? [weight, bias] : [weight, bias, table.parameter],
        forward: (tape: Tape, rows: FeatureRows | undefined) => {
          const [w, b] = [tape.parameter(weight), tape.parameter(bias)];
          return rows === undefined ? project(tape, table, w, b) : projectRows(tape, table, w, b, rows);
        },
        through: (tape: Tape, layer: LinearLayer) => {
          const both = layer.after(tape, { weight: tape.parameter(weight), bias: tape.parameter(bias) });
          return project(tape, table, both.weight, both.bias);
        },
        dispose: () => {
          for (const parameter of [weight, bias]) releaseParameter(engine, parameter);
          if (table.parameter !== undefined) releaseParameter(engine, table.parameter);
          else if (table.resident !== undefined) engine.release(table.resident.data);
        },
      },
    ];
  });
}
