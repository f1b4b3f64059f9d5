/** Conformance of the operations on rows and single elements; dropout keeps exactly what `dropoutKeeps` says. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dropoutKeeps } from "../dropout.ts";
import type { Engine, Floats } from "../engine.ts";
import { expectAgreement, run } from "./agreement.ts";
import { columnCounts, draw, positiveRowCounts, rowCounts, seeds, shifts } from "./cases.ts";

const lengths = fc.oneof(fc.nat(70), fc.constantFrom(1000, 4097));
const weights = fc.constantFrom(1, 0, -1, 0.3, -2.5);
/** 32 bits, written as unsigned. */
const keys = fc.nat(0xffffffff);

export function elementConformance(engine: () => Engine): void {
  describe("rows", () => {
    test("gatherRows and scatterAddRows, rows repeated", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          positiveRowCounts,
          rowCounts,
          columnCounts,
          weights,
          fc.boolean(),
          (seed, shift, tableRows, count, columns, weight, accumulate) => {
            const from = draw(seed);
            const [table, few] = [from.matrix(tableRows, columns), from.matrix(count, columns)];
            const rowNumbers = from.integers(count, 0, tableRows - 1);
            expectAgreement(engine(), shift, (on) => {
              const [gathered, scattered, rows] = [on.matrix(few), on.matrix(table), on.ints(rowNumbers)];
              on.engine.gatherRows(on.matrix(table), rows, weight, gathered, accumulate);
              on.engine.scatterAddRows(on.matrix(few), rows, weight, scattered);
              return { gathered: gathered.data, scattered: scattered.data };
            });
          },
        ),
      );
    });

    test("copyColumns", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          rowCounts,
          columnCounts,
          fc.nat(9),
          fc.nat(9),
          fc.boolean(),
          (seed, shift, rows, count, from, to, accumulate) => {
            const [x, start] = [draw(seed).matrix(rows, from + count + 3), draw(seed + 1).matrix(rows, to + count + 2)];
            expectAgreement(engine(), shift, (on) => {
              const out = on.matrix(start);
              on.engine.copyColumns(on.matrix(x), from, out, to, count, accumulate);
              return { out: out.data };
            });
          },
        ),
      );
      const narrow = engine().floats(6);
      const [x, out] = [narrow, engine().floats(6)].map((data) => ({ rows: 2, columns: 3, data }));
      expect(() => engine().copyColumns(x, 1, out, 0, 3)).toThrow("copyColumns: 3 columns from 1 of 3");
    });

    test("scatterAddRows adds to one row in the order given", () => {
      const x = draw(3).matrix(500, 3);
      const found = run(engine(), 0, (on) => {
        const out = on.matrix({ rows: 2, columns: 3, data: new Float64Array(6) });
        on.engine.scatterAddRows(on.matrix(x), on.ints(new Int32Array(500).fill(1)), 1, out);
        return { out: out.data };
      });
      const stored = engine().precision === "float32" ? Math.fround : (value: number) => value;
      const sums = [0, 0, 0, 0, 0, 0];
      for (const [e, value] of x.data.entries()) sums[3 + (e % 3)] = stored(sums[3 + (e % 3)] + value);
      expect(found.out).toEqual(stored === Math.fround ? Float32Array.from(sums) : Float64Array.from(sums));
    });
  });

  describe("elements", () => {
    test("fill", () => {
      fc.assert(
        fc.property(seeds, shifts, lengths, weights, (seed, shift, length, value) => {
          const start = draw(seed).reals(length);
          expectAgreement(engine(), shift, (on) => {
            const filled = on.floats(start);
            on.engine.fill(filled, value);
            return { filled };
          });
        }),
      );
    });

    test("dot", () => {
      fc.assert(
        fc.property(seeds, shifts, lengths, (seed, shift, length) => {
          const from = draw(seed);
          const [a, b] = [from.reals(length), from.reals(length)];
          expectAgreement(
            engine(),
            shift,
            (on) => ({ dot: on.engine.dot(on.floats(a), on.floats(b)) }),
            1 + Math.sqrt(length),
          );
        }),
      );
    });

    test("scale, in place too", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          lengths,
          weights,
          fc.boolean(),
          fc.boolean(),
          (seed, shift, length, alpha, accumulate, inPlace) => {
            const from = draw(seed);
            const [values, start] = [from.reals(length), from.reals(length)];
            expectAgreement(engine(), shift, (on) => {
              const x = on.floats(values);
              const out = inPlace ? x : on.floats(start);
              on.engine.scale(alpha, x, out, accumulate);
              return { out };
            });
          },
        ),
      );
    });

    test("multiplyElements, in place of either factor", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          lengths,
          fc.constantFrom("new", "accumulate", "a", "b"),
          (seed, shift, length, place) => {
            const from = draw(seed);
            const [left, right, start] = [from.reals(length), from.reals(length), from.reals(length)];
            expectAgreement(engine(), shift, (on) => {
              const [a, b] = [on.floats(left), on.floats(right)];
              const out = place === "a" ? a : place === "b" ? b : on.floats(start);
              on.engine.multiplyElements(a, b, out, place === "accumulate");
              return { out };
            });
          },
        ),
      );
    });

    test("leakyRelu and its gradient, at zero too", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          lengths,
          fc.constantFrom(0, 0.01, 0.5),
          fc.boolean(),
          fc.boolean(),
          (seed, shift, length, slope, accumulate, inPlace) => {
            const from = draw(seed);
            const values = from.reals(length).map((value, e) => (e % 5 === 0 ? 0 : value));
            const [upstream, start] = [from.reals(length), from.reals(length)];
            expectAgreement(engine(), shift, (on) => {
              const [x, into] = [on.floats(values), on.floats(start)];
              on.engine.leakyReluGradient(x, on.floats(upstream), slope, into, accumulate);
              const out = inPlace ? x : on.floats(start);
              on.engine.leakyRelu(x, slope, out);
              return { into, out };
            });
          },
        ),
      );
    });

    test("keepLarger over several arrays and the winners' gradients, with ties", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          lengths,
          fc.integer({ min: 1, max: 3 }),
          fc.boolean(),
          (seed, shift, length, count, accumulate) => {
            const from = draw(seed);
            // Few different values, so that ties abound.
            const arrays = Array.from({ length: count }, () => from.integers(length, -2, 2));
            const [upstream, start, known] = [from.reals(length), from.reals(length), from.integers(length, -2, 2)];
            expectAgreement(engine(), shift, (on) => {
              const [out, winners, gradient] = [on.floats(known), on.ints(new Int32Array(length)), on.floats(upstream)];
              arrays.forEach((values, m) => {
                on.engine.keepLarger(on.floats(values), m + 1, out, winners);
              });
              const of = Array.from({ length: count + 1 }, (_, m): [string, Floats] => {
                const into = on.floats(start);
                on.engine.winnersGradient(gradient, winners, m, into, accumulate);
                return [`into${m}`, into];
              });
              return { out, winners, ...Object.fromEntries(of) };
            });
          },
        ),
      );
    });

    test("dropout, in place too", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          lengths,
          fc.constantFrom(0, 0.1, 0.5, 0.9),
          keys,
          fc.constantFrom("new", "accumulate", "in place"),
          (seed, shift, length, rate, key, place) => {
            const from = draw(seed);
            const [values, start] = [from.reals(length), from.reals(length)];
            expectAgreement(engine(), shift, (on) => {
              const x = on.floats(values);
              const out = place === "in place" ? x : on.floats(start);
              on.engine.dropout(x, rate, key, out, place === "accumulate");
              return { out };
            });
          },
        ),
      );
    });

    test("dropout keeps what the hash of key and element keeps", () => {
      fc.assert(
        fc.property(keys, fc.double({ min: 0, max: 0.99, noNaN: true }), (key, rate) => {
          const ones = new Float64Array(300).fill(1);
          const { out } = run(engine(), 0, (on) => {
            const kept = on.floats(new Float64Array(300));
            on.engine.dropout(on.floats(ones), rate, key, kept, false);
            return { out: kept };
          });
          expect(Array.from(typeof out === "number" ? [] : out, (value) => value !== 0)).toEqual(
            Array.from(ones, (_, e) => dropoutKeeps(key, e, rate)),
          );
        }),
      );
    });
  });
}
