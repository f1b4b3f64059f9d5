import { expect, test } from "vitest";
import { createReferenceEngine } from "./reference.ts";

test("multiplies two small matrices", () => {
  const engine = createReferenceEngine("float64");
  const a = { rows: 2, columns: 3, data: engine.floats(6) };
  const b = { rows: 3, columns: 2, data: engine.floats(6) };
  const out = { rows: 2, columns: 2, data: engine.floats(4) };
  a.data.set([1, 2, 3, 4, 5, 6]);
  b.data.set([7, 8, 9, 10, 11, 12]);
  engine.multiply(a, b, out);
  expect([...out.data]).toEqual([58, 64, 139, 154]);
});
