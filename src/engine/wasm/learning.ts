/**
 * The BPR loss and Adam of the WebAssembly engine.
 */

import { EngineError } from "../../errors.ts";
import type { Engine } from "../engine.ts";
import { type Context, chunksOf } from "./context.ts";
import { KERNEL } from "./kernels.ts";
import { checkMatrix, expectLength, expectShape } from "./shapes.ts";

type LearningOperations = Pick<Engine, "bpr" | "adam">;

/** TRIPLES of `kernels/learning.ts`. */
const TRIPLES = 64;
/** Columns a chunk of the gradient: a cache line. */
const COLUMN_GRAIN = 16;
/** Elements a chunk of Adam. */
const ADAM_GRAIN = 16384;

/** base^exponent for an integer exponent, by repeated multiplication in float64. */
export function integerPower(base: number, exponent: number): number {
  let result = 1;
  let factor = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= factor;
    factor *= factor;
  }
  return result;
}

export function learningOperations({ threads, memory, at }: Context): LearningOperations {
  return {
    bpr: (users, items, triples, regularisation, batchSize, userGradient, itemGradient) => {
      const count = triples.users.length;
      const columns = users.columns;
      checkMatrix("bpr", "users", users);
      expectShape("bpr", "items", items, items.rows, columns);
      expectShape("bpr", "userGradient", userGradient, users.rows, columns);
      expectShape("bpr", "itemGradient", itemGradient, items.rows, columns);
      expectLength("bpr", "positives", triples.positives, count);
      expectLength("bpr", "negatives", triples.negatives, count);
      if (count === 0) return { ranking: 0, regularisation: 0 };
      const chunks = chunksOf(count, TRIPLES);
      const partials = memory.borrow(chunks * 16 + count * 4, "the working memory of bpr");
      try {
        const squares = partials + chunks * 8;
        const slopes = squares + chunks * 8;
        threads.pass(
          at(users.data),
          at(items.data),
          at(triples.users),
          at(triples.positives),
          at(triples.negatives),
          count,
        );
        threads.passAt(6, columns, slopes, partials, squares);
        threads.run(KERNEL.bprScores, chunks);
        let ranking = 0;
        let squared = 0;
        for (const loss of memory.doubles(partials, chunks)) ranking += loss;
        for (const square of memory.doubles(squares, chunks)) squared += square;
        const grain = count * columns < ADAM_GRAIN ? Math.max(1, columns) : COLUMN_GRAIN;
        threads.passAt(8, at(userGradient.data), at(itemGradient.data), 0, grain);
        threads.passReal(10, regularisation / batchSize);
        threads.run(KERNEL.bprGradients, chunksOf(columns, grain));
        return { ranking: ranking / count, regularisation: (regularisation * 0.5 * squared) / batchSize };
      } finally {
        memory.giveBack(partials);
      }
    },
    adam: (parameter, gradient, firstMoment, secondMoment, options) => {
      const { learningRate, beta1, beta2, epsilon, step } = options;
      const length = parameter.length;
      expectLength("adam", "gradient", gradient, length);
      expectLength("adam", "firstMoment", firstMoment, length);
      expectLength("adam", "secondMoment", secondMoment, length);
      if (!Number.isInteger(step) || step < 1) {
        throw new EngineError(`adam: step is ${step}, expected an integer of at least 1`);
      }
      threads.pass(at(parameter), at(gradient), at(firstMoment), at(secondMoment), length);
      threads.passReal(5, beta1);
      threads.passReal(6, 1 - beta1);
      threads.passReal(7, beta2);
      threads.passReal(8, 1 - beta2);
      threads.passReal(9, learningRate / (1 - integerPower(beta1, step)));
      threads.passReal(10, 1 / Math.sqrt(1 - integerPower(beta2, step)));
      threads.passReal(11, epsilon);
      threads.passAt(12, ADAM_GRAIN);
      threads.run(KERNEL.adam, chunksOf(length, ADAM_GRAIN));
    },
  };
}
