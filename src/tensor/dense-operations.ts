/** Dense operations on the tape: products, row normalisation, element-wise families, dropout. */
import { EngineError } from "../errors.ts";
import type { Tape, Variable } from "./tape.ts";

/** x Wᵀ + b: (n × k), (m × k), (1 × m) → n × m. */
export function linear(tape: Tape, x: Variable, weight: Variable, bias: Variable): Variable {
  const { engine } = tape;
  const output = tape.output(x.value.rows, weight.value.rows, [x, weight, bias]);
  engine.multiplyTransposed(x.value, weight.value, output.value, { bias: bias.value.data });
  tape.record(output, (gradient) => {
    tape.contribute(weight, (into, accumulate) => engine.transposedMultiply(gradient, x.value, into, accumulate));
    tape.contribute(bias, (into, accumulate) => engine.columnSums(gradient, into.data, accumulate));
    tape.contribute(x, (into, accumulate) => engine.multiply(gradient, weight.value, into, accumulate));
  });
  return output;
}

/** y_i = x_i / max(‖x_i‖₂, 1e-12). */
export function normaliseRows(tape: Tape, x: Variable): Variable {
  const { engine } = tape;
  const output = tape.output(x.value.rows, x.value.columns, [x]);
  const norms = engine.floats(x.value.rows, "anything");
  engine.normaliseRows(x.value, output.value, norms);
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) =>
      engine.normaliseRowsGradient(output.value, norms, gradient, into, accumulate),
    );
  });
  return output;
}

/** Σ weight · x over terms of one shape. */
export function weightedSum(
  tape: Tape,
  terms: readonly { readonly weight: number; readonly of: Variable }[],
): Variable {
  const { engine } = tape;
  const first = terms[0];
  if (first === undefined) throw new EngineError("weightedSum: no terms; at least one is needed");
  const inputs = terms.map((term) => term.of);
  const output = tape.output(first.of.value.rows, first.of.value.columns, inputs);
  terms.forEach(({ weight, of }, t) => {
    engine.scale(weight, of.value.data, output.value.data, t > 0);
  });
  tape.record(output, (gradient) => {
    for (const { weight, of } of terms) {
      tape.contribute(of, (into, accumulate) => engine.scale(weight, gradient.data, into.data, accumulate));
    }
  });
  return output;
}

/** The mean of variables of one shape. */
export function mean(tape: Tape, of: readonly Variable[]): Variable {
  return weightedSum(
    tape,
    of.map((variable) => ({ weight: 1 / of.length, of: variable })),
  );
}

export function add(tape: Tape, a: Variable, b: Variable): Variable {
  return weightedSum(tape, [
    { weight: 1, of: a },
    { weight: 1, of: b },
  ]);
}

/** a ∘ b. */
export function multiplyElements(tape: Tape, a: Variable, b: Variable): Variable {
  const { engine } = tape;
  const output = tape.output(a.value.rows, a.value.columns, [a, b]);
  engine.multiplyElements(a.value.data, b.value.data, output.value.data);
  tape.record(output, (gradient) => {
    tape.contribute(a, (into, accumulate) =>
      engine.multiplyElements(gradient.data, b.value.data, into.data, accumulate),
    );
    tape.contribute(b, (into, accumulate) =>
      engine.multiplyElements(gradient.data, a.value.data, into.data, accumulate),
    );
  });
  return output;
}

/** x where positive, slope · x elsewhere. */
export function leakyRelu(tape: Tape, x: Variable, slope: number): Variable {
  const { engine } = tape;
  const output = tape.output(x.value.rows, x.value.columns, [x]);
  engine.leakyRelu(x.value.data, slope, output.value.data);
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) =>
      engine.leakyReluGradient(x.value.data, gradient.data, slope, into.data, accumulate),
    );
  });
  return output;
}

/** Zeroes a share `rate` of the elements and scales the others by 1 / (1 − rate); which ones depends on `key` alone. */
export function dropout(tape: Tape, x: Variable, rate: number, key: number): Variable {
  if (rate === 0 || !tape.recording) return x;
  const { engine } = tape;
  const output = tape.output(x.value.rows, x.value.columns, [x]);
  engine.dropout(x.value.data, rate, key, output.value.data, false);
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) => engine.dropout(gradient.data, rate, key, into.data, accumulate));
  });
  return output;
}
