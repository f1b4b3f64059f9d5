/**
 * Each operation and the operation that is its gradient, against central differences
 * (L(x + h) − L(x − h)) / 2h of L = Σ g ∘ output, in float64. Other engines are compared with this one.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draw, seeds, transposed } from "./conformance/cases.ts";
import { valuesWithCertainSigns } from "./conformance/values.ts";
import type { Floats, Ints, Matrix, Pattern } from "./engine.ts";
import { createReferenceEngine } from "./reference.ts";

const engine = createReferenceEngine("float64");
const sizes = fc.integer({ min: 1, max: 7 });

const floats = (values: Float64Array): Floats => {
  const array = engine.floats(values.length);
  array.set(values);
  return array;
};
const ints = (values: Int32Array): Ints => {
  const array = engine.ints(values.length);
  array.set(values);
  return array;
};
const matrix = ({ rows, columns, data }: Matrix): Matrix => ({ rows, columns, data: floats(Float64Array.from(data)) });
const zeros = (rows: number, columns: number): Matrix => ({ rows, columns, data: engine.floats(rows * columns) });
const onEngine = (pattern: Pattern): Pattern => ({
  rows: pattern.rows,
  columns: pattern.columns,
  rowPointers: ints(pattern.rowPointers),
  columnIndices: ints(pattern.columnIndices),
});

/** `gradient` is that of `loss` by the elements of `at`, which `loss` reads. */
function expectGradient(at: Floats, loss: () => number, gradient: Floats, h = 1e-6): void {
  const numeric = Float64Array.from(at, (value, e) => {
    at[e] = value + h;
    const above = loss();
    at[e] = value - h;
    const below = loss();
    at[e] = value;
    return (above - below) / (2 * h);
  });
  const largest = Math.max(1e-3, ...numeric.map(Math.abs));
  for (const [e, value] of numeric.entries()) {
    if (!(Math.abs(gradient[e] - value) <= 1e-6 * largest)) {
      expect.fail(`gradient[${e}] is ${gradient[e]}, central differences give ${value}`);
    }
  }
}

describe("gradients of the dense operations", () => {
  test("multiply: by multiplyTransposed and transposedMultiply", () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, sizes, (seed, m, k, n) => {
        const from = draw(seed);
        const [a, b, g] = [matrix(from.matrix(m, k)), matrix(from.matrix(k, n)), matrix(from.matrix(m, n))];
        const [out, aGradient, bGradient] = [zeros(m, n), zeros(m, k), zeros(k, n)];
        const loss = () => {
          engine.multiply(a, b, out);
          return engine.dot(out.data, g.data);
        };
        engine.multiplyTransposed(g, b, aGradient);
        engine.transposedMultiply(a, g, bGradient);
        expectGradient(a.data, loss, aGradient.data);
        expectGradient(b.data, loss, bGradient.data);
      }),
    );
  });

  test("multiplyTransposed with bias: by multiply, transposedMultiply and columnSums", () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, sizes, (seed, m, k, n) => {
        const from = draw(seed);
        const [a, b, g] = [matrix(from.matrix(m, k)), matrix(from.matrix(n, k)), matrix(from.matrix(m, n))];
        const [out, aGradient, bGradient] = [zeros(m, n), zeros(m, k), zeros(n, k)];
        const [bias, biasGradient] = [floats(from.reals(n)), engine.floats(n)];
        const loss = () => {
          engine.multiplyTransposed(a, b, out, { bias });
          return engine.dot(out.data, g.data);
        };
        engine.multiply(g, b, aGradient);
        engine.transposedMultiply(g, a, bGradient);
        engine.columnSums(g, biasGradient);
        expectGradient(a.data, loss, aGradient.data);
        expectGradient(b.data, loss, bGradient.data);
        expectGradient(bias, loss, biasGradient);
      }),
    );
  });

  test.each([
    { rows: "of unit size", size: 1, h: 1e-6 },
    { rows: "below the smallest norm", size: 1e-14, h: 1e-15 },
  ])("normaliseRows, rows $rows: by normaliseRowsGradient", ({ size, h }) => {
    fc.assert(
      fc.property(seeds, sizes, sizes, (seed, m, n) => {
        const from = draw(seed);
        // Away from zero, where the norm has a kink.
        const away = from.matrix(m, n).data.map((value) => size * (value + Math.sign(value)));
        const [x, g] = [matrix({ rows: m, columns: n, data: away }), matrix(from.matrix(m, n))];
        const [out, y, gradient] = [zeros(m, n), zeros(m, n), zeros(m, n)];
        const norms = engine.floats(m);
        const loss = () => {
          engine.normaliseRows(x, out, engine.floats(m));
          return engine.dot(out.data, g.data);
        };
        engine.normaliseRows(x, y, norms);
        engine.normaliseRowsGradient(y, norms, g, gradient, false);
        expectGradient(x.data, loss, gradient.data, h);
      }),
    );
  });
});

describe("gradients of the sparse operations", () => {
  test("spmmRows: by spmmFromRows of the transpose and sampledProduct with slots", () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, sizes, (seed, rows, columns, width) => {
        const from = draw(seed);
        const pattern = from.pattern(rows, columns);
        const { transpose, order } = transposed(pattern);
        const [values, scale] = [floats(from.reals(pattern.columnIndices.length)), floats(from.reals(rows))];
        const chosen = from.permutation(rows).subarray(0, Math.ceil(rows / 2));
        const slots = new Int32Array(rows).fill(-1);
        for (const [slot, row] of chosen.entries()) slots[row] = slot;
        const [x, g] = [matrix(from.matrix(columns, width)), matrix(from.matrix(chosen.length, width))];
        const [out, xGradient] = [zeros(chosen.length, width), zeros(columns, width)];
        const s = { ...onEngine(pattern), values, rowScale: scale };
        const loss = () => {
          engine.spmmRows(s, x, ints(chosen), out);
          return engine.dot(out.data, g.data);
        };
        const byColumn = engine.floats(values.length);
        engine.gatherValues(values, ints(order), 1, byColumn);
        engine.spmmFromRows(
          { ...onEngine(transpose), values: byColumn, columnScale: scale },
          g,
          ints(slots),
          xGradient,
        );
        expectGradient(x.data, loss, xGradient.data);

        // sampledProduct gives the gradient of the scaled entries; the row scale is constant beside the values.
        const valueGradient = engine.floats(values.length);
        engine.sampledProduct(s, g, x, valueGradient, { slots: ints(slots) });
        for (let i = 0; i < rows; i++) {
          for (let p = pattern.rowPointers[i]; p < pattern.rowPointers[i + 1]; p++) valueGradient[p] *= scale[i];
        }
        expectGradient(values, loss, valueGradient);
      }),
    );
  });

  test("symmetricNormalise: by symmetricNormaliseGradient", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 20 }), (seed, rows) => {
        const from = draw(seed);
        const pattern = from.pattern(rows, rows);
        const { transpose, order } = transposed(pattern);
        const plain = valuesWithCertainSigns(from, pattern);
        // A row sum of exactly zero has no derivative.
        for (let p = 0; p < plain.length; p++) if (Number.isInteger(plain[p])) plain[p] = 1;
        const [values, g] = [floats(plain), floats(from.reals(plain.length))];
        const positions = onEngine(pattern);
        const [scale, out, gradient] = [engine.floats(rows), engine.floats(plain.length), engine.floats(plain.length)];
        const loss = () => {
          engine.symmetricNormalise(positions, values, engine.floats(rows), out);
          return engine.dot(out, g);
        };
        engine.symmetricNormalise(positions, values, scale, out);
        engine.symmetricNormaliseGradient(
          positions,
          values,
          scale,
          onEngine(transpose),
          ints(order),
          g,
          gradient,
          false,
        );
        expectGradient(values, loss, gradient);
      }),
    );
  });
});

describe("gradients of rows, values and elements", () => {
  test("gatherRows: by scatterAddRows; gatherValues: by scatterAddValues", () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, sizes, (seed, tableRows, count, columns) => {
        const from = draw(seed);
        const [table, g] = [matrix(from.matrix(tableRows, columns)), matrix(from.matrix(count, columns))];
        const rows = ints(from.integers(count, 0, tableRows - 1));
        const [out, gradient] = [zeros(count, columns), zeros(tableRows, columns)];
        engine.scatterAddRows(g, rows, 0.7, gradient);
        expectGradient(
          table.data,
          () => {
            engine.gatherRows(table, rows, 0.7, out);
            return engine.dot(out.data, g.data);
          },
          gradient.data,
        );

        const positions = ints(from.distinctOrMissing(Math.min(count, table.data.length), table.data.length));
        const [gathered, valueGradient] = [engine.floats(positions.length), engine.floats(table.data.length)];
        const upstream = floats(from.reals(positions.length));
        engine.scatterAddValues(upstream, positions, -1.5, valueGradient);
        expectGradient(
          table.data,
          () => {
            engine.gatherValues(table.data, positions, -1.5, gathered);
            return engine.dot(gathered, upstream);
          },
          valueGradient,
        );
      }),
    );
  });

  test("leakyRelu: by leakyReluGradient; dropout: by itself; multiplyElements: by itself", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 40 }), (seed, length) => {
        const from = draw(seed);
        const [x, g, gradient] = [
          floats(from.reals(length).map((value) => value + Math.sign(value) / 8)),
          floats(from.reals(length)),
          engine.floats(length),
        ];
        const lossOf = (forward: (out: Floats) => void) => () => {
          const out = engine.floats(length);
          forward(out);
          return engine.dot(out, g);
        };
        engine.leakyReluGradient(x, g, 0.01, gradient, false);
        expectGradient(
          x,
          lossOf((out) => engine.leakyRelu(x, 0.01, out)),
          gradient,
        );
        engine.dropout(g, 0.3, seed, gradient, false);
        expectGradient(
          x,
          lossOf((out) => engine.dropout(x, 0.3, seed, out, false)),
          gradient,
        );
        const b = floats(from.reals(length));
        engine.multiplyElements(g, b, gradient);
        expectGradient(
          x,
          lossOf((out) => engine.multiplyElements(x, b, out)),
          gradient,
        );
      }),
    );
  });

  test("bpr gives its own gradients", () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, sizes, sizes, (seed, userCount, itemCount, count, width) => {
        const from = draw(seed);
        const [users, items] = [matrix(from.matrix(userCount, width)), matrix(from.matrix(itemCount, width))];
        const triples = {
          users: ints(from.integers(count, 0, userCount - 1)),
          positives: ints(from.integers(count, 0, itemCount - 1)),
          negatives: ints(from.integers(count, 0, itemCount - 1)),
        };
        const [userGradient, itemGradient] = [zeros(userCount, width), zeros(itemCount, width)];
        engine.bpr(users, items, triples, 0.3, 5, userGradient, itemGradient);
        const loss = () => {
          const unused = [zeros(userCount, width), zeros(itemCount, width)];
          const { ranking, regularisation } = engine.bpr(users, items, triples, 0.3, 5, unused[0], unused[1]);
          return ranking + regularisation;
        };
        expectGradient(users.data, loss, userGradient.data);
        expectGradient(items.data, loss, itemGradient.data);
      }),
    );
  });
});
