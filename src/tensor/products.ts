/** Products of two matrices on the tape, without a bias; `linear` of dense-operations.ts is the layer. */
import type { Tape, Variable } from "./tape.ts";

/** a b: (m × k)(k × n) → m × n. */
export function product(tape: Tape, a: Variable, b: Variable): Variable {
  const { engine } = tape;
  const output = tape.output(a.value.rows, b.value.columns, [a, b]);
  engine.multiply(a.value, b.value, output.value);
  tape.record(output, (gradient) => {
    tape.contribute(a, (into, accumulate) => engine.multiplyTransposed(gradient, b.value, into, { accumulate }));
    tape.contribute(b, (into, accumulate) => engine.transposedMultiply(a.value, gradient, into, accumulate));
  });
  return output;
}

/** a bᵀ: (m × k)(n × k)ᵀ → m × n. */
export function productTransposed(tape: Tape, a: Variable, b: Variable): Variable {
  const { engine } = tape;
  const output = tape.output(a.value.rows, b.value.rows, [a, b]);
  engine.multiplyTransposed(a.value, b.value, output.value);
  tape.record(output, (gradient) => {
    tape.contribute(a, (into, accumulate) => engine.multiply(gradient, b.value, into, accumulate));
    tape.contribute(b, (into, accumulate) => engine.transposedMultiply(gradient, a.value, into, accumulate));
  });
  return output;
}
