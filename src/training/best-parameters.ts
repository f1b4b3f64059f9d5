/**
 * The parameter values of the best epoch so far, copied to ordinary memory: the engine's is scarce. A parameter that has not
 * been updated since its last copy is not copied again.
 */
import type { Floats } from "../engine/engine.ts";
import type { Parameter } from "../tensor/parameter.ts";

interface Copy {
  readonly parameter: Parameter;
  readonly values: Floats;
  /** Updates the parameter had when it was copied. */
  steps: number;
}

export interface BestParameters {
  /** Takes the current values. */
  take(): void;
  /** Puts the values taken last back; nothing when none were taken. */
  restore(): void;
  /** The copies by parameter name, to be saved, or undefined when none were taken. */
  values(): ReadonlyMap<string, Floats> | undefined;
  /** Continues from saved copies of all parameters, which it keeps. Lengths are the caller's promise. */
  adopt(values: ReadonlyMap<string, Floats>): void;
}

export function createBestParameters(parameters: readonly Parameter[]): BestParameters {
  let copies: Copy[] | undefined;

  const emptyCopy = (parameter: Parameter): Copy => {
    const { data } = parameter.value;
    const values = data instanceof Float64Array ? new Float64Array(data.length) : new Float32Array(data.length);
    return { parameter, values, steps: -1 };
  };

  return {
    take: () => {
      copies ??= parameters.map(emptyCopy);
      for (const copy of copies) {
        if (copy.steps === copy.parameter.steps) continue;
        copy.values.set(copy.parameter.value.data);
        copy.steps = copy.parameter.steps;
      }
    },
    restore: () => {
      for (const copy of copies ?? []) copy.parameter.value.data.set(copy.values);
    },
    values: () => copies && new Map(copies.map((copy) => [copy.parameter.name, copy.values])),
    adopt: (values) => {
      copies = parameters.map((parameter) => {
        const saved = values.get(parameter.name);
        return saved === undefined ? emptyCopy(parameter) : { parameter, values: saved, steps: -1 };
      });
    },
  };
}
