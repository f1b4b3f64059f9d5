/**
 * Element-wise operations of the WebAssembly engine.
 */
import type { Engine } from "../engine.ts";
import { type Context, chunksOf } from "./context.ts";
import { KERNEL } from "./kernels.ts";
import { expectSameLength } from "./shapes.ts";

/** GRAIN of `kernels/elements.ts`. */
const GRAIN = 16384;

type ElementOperations = Pick<
  Engine,
  | "fill"
  | "scale"
  | "multiplyElements"
  | "dot"
  | "leakyRelu"
  | "leakyReluGradient"
  | "keepLarger"
  | "winnersGradient"
  | "dropout"
>;

export function elementOperations({ threads, memory, at }: Context): ElementOperations {
  return {
    fill: (out, value) => {
      threads.pass(at(out), out.length);
      threads.passReal(2, value);
      threads.run(KERNEL.fill, chunksOf(out.length, GRAIN));
    },
    scale: (alpha, x, out, accumulate = false) => {
      expectSameLength("scale", "out", out, x.length);
      threads.pass(at(x), at(out), x.length, 0, accumulate ? 1 : 0);
      threads.passReal(3, alpha);
      threads.run(KERNEL.scale, chunksOf(x.length, GRAIN));
    },
    multiplyElements: (a, b, out, accumulate = false) => {
      expectSameLength("multiplyElements", "b", b, a.length);
      expectSameLength("multiplyElements", "out", out, a.length);
      threads.pass(at(a), at(b), at(out), a.length, accumulate ? 1 : 0);
      threads.run(KERNEL.multiplyElements, chunksOf(a.length, GRAIN));
    },
    dot: (a, b) => {
      expectSameLength("dot", "b", b, a.length);
      const chunks = chunksOf(a.length, GRAIN);
      const partials = memory.borrow(chunks * 8, "the partial sums of dot");
      try {
        threads.pass(at(a), at(b), a.length, partials);
        threads.run(KERNEL.dot, chunks);
        let sum = 0;
        for (const partial of memory.doubles(partials, chunks)) sum += partial;
        return sum;
      } finally {
        memory.giveBack(partials);
      }
    },
    leakyRelu: (x, slope, out) => {
      expectSameLength("leakyRelu", "out", out, x.length);
      threads.pass(at(x), at(out), x.length);
      threads.passReal(3, slope);
      threads.run(KERNEL.leakyRelu, chunksOf(x.length, GRAIN));
    },
    leakyReluGradient: (x, gradient, slope, into, accumulate) => {
      expectSameLength("leakyReluGradient", "gradient", gradient, x.length);
      expectSameLength("leakyReluGradient", "into", into, x.length);
      threads.pass(at(x), at(gradient), at(into), x.length, 0, accumulate ? 1 : 0);
      threads.passReal(4, slope);
      threads.run(KERNEL.leakyReluGradient, chunksOf(x.length, GRAIN));
    },
    keepLarger: (x, which, out, winners) => {
      expectSameLength("keepLarger", "out", out, x.length);
      expectSameLength("keepLarger", "winners", winners, x.length);
      threads.pass(at(x), which, at(out), at(winners), x.length);
      threads.run(KERNEL.keepLarger, chunksOf(x.length, GRAIN));
    },
    winnersGradient: (gradient, winners, which, into, accumulate) => {
      expectSameLength("winnersGradient", "winners", winners, gradient.length);
      expectSameLength("winnersGradient", "into", into, gradient.length);
      threads.pass(at(gradient), at(winners), which, at(into), gradient.length, accumulate ? 1 : 0);
      threads.run(KERNEL.winnersGradient, chunksOf(gradient.length, GRAIN));
    },
    dropout: (x, rate, key, out, accumulate) => {
      expectSameLength("dropout", "out", out, x.length);
      const threshold = Math.floor(rate * 0x1000000);
      threads.pass(at(x), at(out), x.length, key, threshold, 0, accumulate ? 1 : 0);
      threads.passReal(5, rate < 1 ? 1 / (1 - rate) : 0);
      threads.run(KERNEL.dropout, chunksOf(x.length, GRAIN));
    },
  };
}
