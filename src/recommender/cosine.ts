/** cos(x, y) = x · y / (‖x‖ ‖y‖) in double precision, 0 where either is zero. */
import type { Floats } from "../engine/engine.ts";

export function cosine(x: Floats, y: Floats): number {
  let product = 0;
  let squares = 0;
  let others = 0;
  for (let c = 0; c < x.length; c++) {
    product += x[c] * y[c];
    squares += x[c] * x[c];
    others += y[c] * y[c];
  }
  const lengths = Math.sqrt(squares * others);
  return lengths === 0 ? 0 : product / lengths;
}
