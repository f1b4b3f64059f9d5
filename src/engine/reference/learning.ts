/**
 * Learning in the reference engine. The Bayesian personalised ranking loss over triples (u, i, j) is
 * mean −log σ(û·î − û·ĵ) + regularisation · ½ Σ (‖û‖² + ‖î‖² + ‖ĵ‖²) / batchSize; Adam is as in its paper.
 */
import { EngineError } from "../../errors.ts";
import type { Engine } from "../engine.ts";
import type { Checks } from "./checks.ts";

export type LearningOperations = Pick<Engine, "bpr" | "adam">;

/** −log σ(x) and σ(−x) = −d/dx (−log σ(x)); e^-|x| never overflows, and log1p keeps what is small. */
function negativeLogSigmoid(x: number): { readonly loss: number; readonly slope: number } {
  const small = Math.exp(-Math.abs(x));
  return { loss: Math.max(-x, 0) + Math.log1p(small), slope: (x > 0 ? small : 1) / (1 + small) };
}

function power(base: number, exponent: number): number {
  let product = 1;
  for (let n = 0; n < exponent; n++) product *= base;
  return product;
}

export function learningOperations(check: Checks): LearningOperations {
  return {
    bpr(users, items, triples, regularisation, batchSize, userGradient, itemGradient) {
      const count = triples.users.length;
      const width = users.columns;
      check.matrix("bpr", "users", users);
      check.matrix("bpr", "items", items, items.rows, width);
      check.indices("bpr", "triples.users", triples.users, users.rows);
      check.array("bpr", "triples.positives", triples.positives, count);
      check.indices("bpr", "triples.positives", triples.positives, items.rows);
      check.array("bpr", "triples.negatives", triples.negatives, count);
      check.indices("bpr", "triples.negatives", triples.negatives, items.rows);
      check.matrix("bpr", "userGradient", userGradient, users.rows, width);
      check.matrix("bpr", "itemGradient", itemGradient, items.rows, width);
      check.apart("bpr", userGradient.data, users.data, items.data, itemGradient.data);
      check.apart("bpr", itemGradient.data, users.data, items.data);
      if (count === 0) throw new EngineError("bpr: there are no triples, so no mean; a batch needs at least one");
      const decay = regularisation / batchSize;
      let ranking = 0;
      let squares = 0;
      for (let t = 0; t < count; t++) {
        const u = triples.users[t] * width;
        const i = triples.positives[t] * width;
        const j = triples.negatives[t] * width;
        let margin = 0;
        for (let c = 0; c < width; c++) {
          const [user, positive, negative] = [users.data[u + c], items.data[i + c], items.data[j + c]];
          margin += user * (positive - negative);
          squares += user * user + positive * positive + negative * negative;
        }
        const { loss, slope } = negativeLogSigmoid(margin);
        ranking += loss;
        const pull = -slope / count;
        for (let c = 0; c < width; c++) {
          const [user, positive, negative] = [users.data[u + c], items.data[i + c], items.data[j + c]];
          userGradient.data[u + c] += pull * (positive - negative) + decay * user;
          itemGradient.data[i + c] += pull * user + decay * positive;
          itemGradient.data[j + c] += -pull * user + decay * negative;
        }
      }
      return { ranking: ranking / count, regularisation: 0.5 * decay * squares };
    },

    adam(parameter, gradient, firstMoment, secondMoment, { learningRate, beta1, beta2, epsilon, step }) {
      check.array("adam", "parameter", parameter);
      check.array("adam", "gradient", gradient, parameter.length);
      check.array("adam", "firstMoment", firstMoment, parameter.length);
      check.array("adam", "secondMoment", secondMoment, parameter.length);
      if (!Number.isInteger(step) || step < 1) {
        throw new EngineError(`adam: step is ${step}, expected a whole number from 1`);
      }
      const firstCorrection = 1 - power(beta1, step);
      const secondCorrection = 1 - power(beta2, step);
      for (let e = 0; e < parameter.length; e++) {
        const first = beta1 * firstMoment[e] + (1 - beta1) * gradient[e];
        const second = beta2 * secondMoment[e] + (1 - beta2) * gradient[e] * gradient[e];
        firstMoment[e] = first;
        secondMoment[e] = second;
        parameter[e] -= (learningRate * (first / firstCorrection)) / (Math.sqrt(second / secondCorrection) + epsilon);
      }
    },
  };
}
