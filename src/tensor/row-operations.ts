/** Operations between the rows of matrices on the tape: columns side by side, dot products row by row, rows scaled by a column. */
import { EngineError } from "../errors.ts";
import { matrixRows, type Tape, type Variable } from "./tape.ts";

/** [x_1 | x_2 | …]: matrices of equally many rows side by side. */
export function concatenateColumns(tape: Tape, of: readonly Variable[]): Variable {
  const first = of[0];
  if (first === undefined) throw new EngineError("concatenateColumns: no matrices; at least one is needed");
  const { rows } = first.value;
  const columns = of.reduce((sum, x) => sum + x.value.columns, 0);
  const { engine } = tape;
  const output = tape.output(rows, columns, of);
  const parts = of.map((x, p) => ({
    x,
    offset: of.slice(0, p).reduce((sum, earlier) => sum + earlier.value.columns, 0),
  }));
  for (const { x, offset } of parts) engine.copyColumns(x.value, 0, output.value, offset, x.value.columns);
  tape.record(output, (gradient) => {
    for (const { x, offset } of parts) {
      tape.contribute(x, (into, accumulate) =>
        engine.copyColumns(gradient, offset, into, 0, x.value.columns, accumulate),
      );
    }
  });
  return output;
}

/** x_1 above x_2 above …: matrices of equally many columns. */
export function concatenateRows(tape: Tape, of: readonly Variable[]): Variable {
  const first = of[0];
  if (first === undefined) throw new EngineError("concatenateRows: no matrices; at least one is needed");
  const { engine } = tape;
  const { columns } = first.value;
  const rows = of.reduce((sum, x) => sum + x.value.rows, 0);
  const output = tape.output(rows, columns, of);
  let next = 0;
  const parts = of.map((x) => {
    const from = next;
    next += x.value.rows;
    return { x, from, to: next };
  });
  for (const { x, from, to } of parts) engine.scale(1, x.value.data, matrixRows(output.value, from, to).data);
  tape.record(output, (gradient) => {
    for (const { x, from, to } of parts) {
      tape.contribute(x, (into, accumulate) =>
        engine.scale(1, matrixRows(gradient, from, to).data, into.data, accumulate),
      );
    }
  });
  return output;
}

/** y_i = a_i · b_i, rows × 1. */
export function rowDots(tape: Tape, a: Variable, b: Variable): Variable {
  const { rows, columns } = a.value;
  const output = tape.output(rows, 1, [a, b]);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let e = i * columns; e < (i + 1) * columns; e++) sum += a.value.data[e] * b.value.data[e];
    output.value.data[i] = sum;
  }
  tape.record(output, (gradient) => {
    const pass = (to: Variable, other: Variable): void =>
      tape.contribute(to, (into, accumulate) => {
        for (let i = 0; i < rows; i++) {
          for (let e = i * columns; e < (i + 1) * columns; e++) {
            const own = gradient.data[i] * other.value.data[e];
            into.data[e] = accumulate ? into.data[e] + own : own;
          }
        }
      });
    pass(a, b);
    pass(b, a);
  });
  return output;
}

/** y_i = s_i x_i, with s rows × 1. */
export function scaleRows(tape: Tape, x: Variable, s: Variable): Variable {
  const { rows, columns } = x.value;
  const output = tape.output(rows, columns, [x, s]);
  for (let i = 0; i < rows; i++) {
    for (let e = i * columns; e < (i + 1) * columns; e++) output.value.data[e] = s.value.data[i] * x.value.data[e];
  }
  tape.record(output, (gradient) => {
    tape.contribute(x, (into, accumulate) => {
      for (let i = 0; i < rows; i++) {
        for (let e = i * columns; e < (i + 1) * columns; e++) {
          const own = s.value.data[i] * gradient.data[e];
          into.data[e] = accumulate ? into.data[e] + own : own;
        }
      }
    });
    tape.contribute(s, (into, accumulate) => {
      for (let i = 0; i < rows; i++) {
        let own = 0;
        for (let e = i * columns; e < (i + 1) * columns; e++) own += gradient.data[e] * x.value.data[e];
        into.data[i] = accumulate ? into.data[i] + own : own;
      }
    });
  });
  return output;
}
