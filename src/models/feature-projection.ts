/** Raw features of a modality with a projection of their own, F_m = X_m W_mᵀ + b_m, for the models that read features in every step. */
import type { Modality } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { type FeatureRows, projectRows } from "../tensor/feature-rows.ts";
import { type FeatureTable, project } from "../tensor/features.ts";
import { createParameter, type Parameter, releaseParameter } from "../tensor/parameter.ts";
import type { Tape, Variable } from "../tensor/tape.ts";
import { fillUniform, fillXavier, type RandomStreams } from "./initialise.ts";
import { loadFeatures } from "./modality.ts";

export interface FeatureProjection {
  readonly name: string;
  readonly table: FeatureTable;
  readonly parameters: readonly Parameter[];
  /** F_m at the wanted items, or their differences; or at all. */
  forward(tape: Tape, rows: FeatureRows | undefined): Variable;
  dispose(): void;
}

/** Projections of the modalities that have features, each to `size` columns. Outside a step. */
export function createFeatureProjections(
  engine: Engine,
  modalities: readonly Modality[],
  size: number,
  random: RandomStreams,
  resident: ReadonlySet<string>,
  initialise: "linear" | "xavier" = "linear",
): readonly FeatureProjection[] {
  return modalities.flatMap((modality) => {
    const { name } = modality;
    const table = loadFeatures(engine, modality, false, resident.has(name));
    if (table === undefined) return [];
    const weight = createParameter(engine, `projection.${name}.weight`, size, table.columns);
    const bias = createParameter(engine, `projection.${name}.bias`, 1, size);
    const stream = (parameter: Parameter) => random(`parameters/${parameter.name}`);
    if (initialise === "xavier") fillXavier(weight.value, stream(weight));
    else for (const one of [weight, bias]) fillUniform(one.value, 1 / Math.sqrt(table.columns), stream(one));
    return [
      {
        name,
        table,
        parameters: [weight, bias],
        forward: (tape: Tape, rows: FeatureRows | undefined) => {
          const [w, b] = [tape.parameter(weight), tape.parameter(bias)];
          return rows === undefined ? project(tape, table, w, b) : projectRows(tape, table, w, b, rows);
        },
        dispose: () => {
          for (const parameter of [weight, bias]) releaseParameter(engine, parameter);
          if (table.resident !== undefined) engine.release(table.resident.data);
        },
      },
    ];
  });
}
