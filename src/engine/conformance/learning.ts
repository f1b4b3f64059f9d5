/** Conformance of the ranking loss, margins far from zero included, and of Adam over several updates. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Engine } from "../engine.ts";
import { expectAgreement, expectNear, run, tolerance } from "./agreement.ts";
import { columnCounts, draw, positiveRowCounts, seeds, shifts } from "./cases.ts";

export function learningConformance(engine: () => Engine): void {
  describe("bpr", () => {
    test("loss and gradients, slots repeated", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          positiveRowCounts,
          positiveRowCounts,
          positiveRowCounts,
          columnCounts,
          fc.constantFrom(0, 1e-5, 0.5),
          (seed, shift, userCount, itemCount, count, columns, regularisation) => {
            const from = draw(seed);
            const [userRows, itemRows] = [from.matrix(userCount, columns), from.matrix(itemCount, columns)];
            const [userStart, itemStart] = [from.matrix(userCount, columns), from.matrix(itemCount, columns)];
            const slots = [
              from.integers(count, 0, userCount - 1),
              from.integers(count, 0, itemCount - 1),
              from.integers(count, 0, itemCount - 1),
            ];
            expectAgreement(engine(), shift, (on) => {
              const [users, positives, negatives] = slots.map((numbers) => on.ints(numbers));
              const [userGradient, itemGradient] = [on.matrix(userStart), on.matrix(itemStart)];
              const loss = on.engine.bpr(
                on.matrix(userRows),
                on.matrix(itemRows),
                { users, positives, negatives },
                regularisation,
                1024,
                userGradient,
                itemGradient,
              );
              return { userGradient: userGradient.data, itemGradient: itemGradient.data, ...loss };
            });
          },
        ),
      );
    });

    test("margins from -200 to 200", () => {
      const margins = Float64Array.of(-200, -88, -20, -3, -0.5, 0, 2 ** -12, 0.5, 3, 20, 88, 200);
      for (const [user, margin] of margins.entries()) {
        const loss = (of: Engine) =>
          run(of, 0, (on) => {
            const userGradient = on.matrix({ rows: 1, columns: 1, data: new Float64Array(1) });
            const itemGradient = on.matrix({ rows: 2, columns: 1, data: new Float64Array(2) });
            const triples = { users: on.ints([0]), positives: on.ints([0]), negatives: on.ints([1]) };
            const { ranking } = on.engine.bpr(
              on.matrix({ rows: 1, columns: 1, data: margins.subarray(user, user + 1) }),
              on.matrix({ rows: 2, columns: 1, data: Float64Array.of(1, 0) }),
              triples,
              0,
              1,
              userGradient,
              itemGradient,
            );
            return { ranking, userGradient: userGradient.data, itemGradient: itemGradient.data };
          });
        const { ranking, userGradient } = loss(engine());
        const expected = Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
        expect(Math.abs(Number(ranking) - expected)).toBeLessThanOrEqual(1e-5 * expected + 1e-37);
        const slope = -Math.exp(-Math.max(margin, 0)) / (1 + Math.exp(-Math.abs(margin)));
        const found = typeof userGradient === "number" ? userGradient : userGradient[0];
        expect(Math.abs(found - slope)).toBeLessThanOrEqual(-1e-5 * slope + 1e-37);
      }
    });

    test("a batch in which every row is used many times", () => {
      const from = draw(19);
      const [userRows, itemRows] = [from.matrix(40, 64), from.matrix(30, 64)];
      const slots = [from.integers(1100, 0, 39), from.integers(1100, 0, 29), from.integers(1100, 0, 29)];
      expectAgreement(
        engine(),
        0,
        (on) => {
          const [users, positives, negatives] = slots.map((numbers) => on.ints(numbers));
          const userGradient = on.matrix({ ...userRows, data: new Float64Array(40 * 64) });
          const itemGradient = on.matrix({ ...itemRows, data: new Float64Array(30 * 64) });
          const loss = on.engine.bpr(
            on.matrix(userRows),
            on.matrix(itemRows),
            { users, positives, negatives },
            0.01,
            1100,
            userGradient,
            itemGradient,
          );
          return { userGradient: userGradient.data, itemGradient: itemGradient.data, ...loss };
        },
        0.03,
      );
    });
  });

  describe("adam", () => {
    test("several updates", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          fc.oneof(fc.nat(40), fc.constant(3001)),
          fc.integer({ min: 1, max: 4 }),
          fc.constantFrom(0.9, 0),
          (seed, shift, length, updates, beta1) => {
            const from = draw(seed);
            const start = from.reals(length).map((value) => value / 64);
            const gradients = Array.from({ length: updates }, () =>
              from.reals(length).map((g, e) => (e % 6 === 0 ? 0 : g)),
            );
            expectAgreement(
              engine(),
              shift,
              (on) => {
                const parameter = on.floats(start);
                const firstMoment = on.floats(new Float64Array(length));
                const secondMoment = on.floats(new Float64Array(length));
                for (const [update, gradient] of gradients.entries()) {
                  on.engine.adam(parameter, on.floats(gradient), firstMoment, secondMoment, {
                    learningRate: 0.02,
                    beta1,
                    beta2: 0.999,
                    epsilon: 1e-8,
                    step: update + 1,
                  });
                }
                return { parameter, firstMoment, secondMoment };
              },
              0.01,
            );
          },
        ),
      );
    });

    test("follows its formula, late as in the first update", () => {
      for (const step of [1, 2, 1234]) {
        const [gradient, first, second] = [
          [1, -2, 0],
          step === 1 ? [0, 0, 0] : [0.5, 0.25, 0.125],
          step === 1 ? [0, 0, 0] : [1, 0.5, 0.25],
        ];
        const { parameter } = run(engine(), 0, (on) => {
          const moved = on.floats([1, 1, 1]);
          const [firstMoment, secondMoment] = [on.floats(first), on.floats(second)];
          on.engine.adam(moved, on.floats(gradient), firstMoment, secondMoment, {
            learningRate: 0.5,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            step,
          });
          return { parameter: moved, firstMoment, secondMoment };
        });
        const expected = Float64Array.from(gradient, (g, e) => {
          const mean = (0.9 * first[e] + 0.1 * g) / (1 - 0.9 ** step);
          const square = (0.999 * second[e] + 0.001 * g * g) / (1 - 0.999 ** step);
          return 1 - (0.5 * mean) / (Math.sqrt(square) + 1e-8);
        });
        expectNear("parameter", parameter, expected, tolerance(engine()));
      }
    });
  });
}
