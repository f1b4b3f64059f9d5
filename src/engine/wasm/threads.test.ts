/**
 * Any number of threads gives the same bytes; work is finished also when workers sleep; a process can end.
 */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EngineError } from "../../errors.ts";
import type { Engine, Floats, Ints, Matrix, SparseMatrix } from "../engine.ts";
import { createWasmEngine } from "../wasm.ts";

let engines: Engine[];
beforeAll(async () => {
  engines = await Promise.all([1, 2, 3].map((threads) => createWasmEngine({ threads })));
});
afterAll(() => {
  for (const engine of engines) engine.close();
});

/** The same pseudo-random operands in any engine. */
function operands(engine: Engine, seed: number) {
  let state = seed | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x100000000;
  };
  const floats = (length: number): Floats => {
    const array = engine.floats(length);
    for (let n = 0; n < length; n++) array[n] = 2 * next() - 1;
    return array;
  };
  const ints = (length: number, bound: number): Ints => {
    const array = engine.ints(length);
    for (let n = 0; n < length; n++) array[n] = Math.floor(bound * next());
    return array;
  };
  const matrix = (rows: number, columns: number): Matrix => ({ rows, columns, data: floats(rows * columns) });
  const sparse = (rows: number, columns: number, perRow: number): SparseMatrix => {
    const entries: number[] = [];
    const rowPointers = engine.ints(rows + 1);
    for (let i = 0; i < rows; i++) {
      const chosen = new Set(
        Array.from({ length: Math.floor(2 * perRow * next()) }, () => Math.floor(columns * next())),
      );
      entries.push(...[...chosen].sort((a, b) => a - b));
      rowPointers[i + 1] = entries.length;
    }
    const columnIndices = engine.ints(entries.length);
    columnIndices.set(entries);
    const [values, rowScale, columnScale] = [floats(entries.length), floats(rows), floats(columns)];
    return { rows, columns, rowPointers, columnIndices, values, rowScale, columnScale };
  };
  return { floats, ints, matrix, sparse };
}

type Case = (
  engine: Engine,
  make: ReturnType<typeof operands>,
  rows: number,
  columns: number,
) => (Floats | Ints | number)[];

const cases: Record<string, Case> = {
  "dense products": (engine, make, rows, columns) => {
    const [a, b, w] = [make.matrix(rows, columns), make.matrix(rows, 33), make.matrix(columns, 33)];
    const [ab, atb, abt] = [make.matrix(rows, 33), make.matrix(columns, 33), make.matrix(rows, rows)];
    engine.multiply(a, w, ab);
    engine.transposedMultiply(a, b, atb);
    engine.multiplyTransposed(a, a, abt, { bias: make.floats(rows) });
    return [ab.data, atb.data, abt.data];
  },
  neighbours: (engine, make, rows, columns) => {
    const x = make.matrix(rows, columns);
    const lists = { rows, k: 7, indices: engine.ints(rows * 7).fill(-1), values: engine.floats(rows * 7) };
    const ranked = { rows, k: 5, indices: engine.ints(rows * 5), values: engine.floats(rows * 5) };
    engine.cosineTopK(x, 0, x, 0, lists);
    engine.rankItems(x, make.matrix(rows, columns), undefined, undefined, ranked);
    return [lists.indices, lists.values, ranked.indices, ranked.values];
  },
  "sparse products": (engine, make, rows, columns) => {
    const s = make.sparse(rows, rows, 9);
    const [x, whole, some] = [make.matrix(rows, columns), make.matrix(rows, columns), make.matrix(200, columns)];
    const chosen = make.ints(200, rows);
    engine.spmm(s, x, whole);
    engine.spmmRows(s, x, chosen, some);
    const slots = engine.ints(rows).fill(-1);
    chosen.forEach((row, slot) => {
      slots[row] = slot;
    });
    const back = make.matrix(rows, columns);
    engine.spmmFromRows(s, some, slots, back);
    const products = engine.floats(s.columnIndices.length);
    engine.sampledProduct(s, x, whole, products);
    const [scale, normalised] = [engine.floats(rows), engine.floats(products.length)];
    engine.symmetricNormalise(s, products, scale, normalised);
    return [whole.data, some.data, back.data, products, scale, normalised];
  },
  rows: (engine, make, rows, columns) => {
    const [x, out, gradient] = [make.matrix(rows, columns), make.matrix(rows, columns), make.matrix(rows, columns)];
    const chosen = make.ints(rows, Math.min(rows, 17));
    const norms = engine.floats(rows);
    const sums = engine.floats(columns);
    engine.normaliseRows(x, out, norms);
    engine.normaliseRowsGradient(out, norms, gradient, x, true);
    engine.scatterAddRows(gradient, chosen, 0.5, out);
    engine.columnSums(out, sums);
    return [out.data, x.data, norms, sums];
  },
  elements: (engine, make, rows, columns) => {
    const [a, b, out] = [make.floats(rows * columns), make.floats(rows * columns), engine.floats(rows * columns)];
    engine.multiplyElements(a, b, out);
    engine.dropout(a, 0.3, 77, out, true);
    engine.leakyRelu(out, 0.01, a);
    engine.scale(0.7, a, out, true);
    return [out, engine.dot(out, b)];
  },
  "smooth functions": (engine, make, rows, columns) => {
    const [x, y, into] = [make.matrix(rows, columns), make.matrix(rows, columns), make.matrix(rows, columns)];
    engine.softmaxRows(x, 3, y, engine.floats(rows), engine.floats(rows));
    engine.softmaxRowsGradient(y, 3, x, into, true);
    engine.logistic(x.data, { steepness: 2, height: 2, base: -1 }, x.data);
    const s = make.sparse(rows, 1000, 30);
    const entries = s.columnIndices.length;
    const [shares, back, values] = [engine.floats(entries), make.floats(entries), make.floats(entries)];
    engine.softmaxEntries(s, values, shares);
    engine.softmaxEntriesGradient(s, shares, values, back, true);
    const winners = engine.ints(entries);
    engine.keepLarger(back, 1, values, winners);
    engine.winnersGradient(shares, winners, 1, back, true);
    return [x.data, y.data, into.data, shares, back, values, winners];
  },
  learning: (engine, make, rows, columns) => {
    const [users, items] = [make.matrix(rows, columns), make.matrix(rows, columns)];
    const [userGradient, itemGradient] = [make.matrix(rows, columns), make.matrix(rows, columns)];
    const triples = { users: make.ints(900, rows), positives: make.ints(900, rows), negatives: make.ints(900, rows) };
    const loss = engine.bpr(users, items, triples, 1e-3, 1024, userGradient, itemGradient);
    const [first, second] = [make.floats(rows * columns), engine.floats(rows * columns)];
    const options = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 12_345 };
    engine.adam(users.data, userGradient.data, first, second, options);
    return [loss.ranking, loss.regularisation, userGradient.data, itemGradient.data, users.data, first, second];
  },
};

const bytes = (value: Floats | Ints | number): Buffer => {
  const array = typeof value === "number" ? Float64Array.of(value) : value.slice();
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
};

describe("threads", () => {
  test.each(Object.entries(cases))("%s are the same bytes with 1, 2 and 3 threads", (_, body) => {
    const shapes = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(1, 7, 64, 100, 300));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0x7fffffff }), shapes, (seed, [rows, columns]) => {
        const results = engines.map((engine) =>
          engine.step(() => body(engine, operands(engine, seed), rows, columns).map(bytes)),
        );
        const [one, ...others] = results;
        for (const other of others)
          expect(other.every((value, n) => value.equals(one?.[n] ?? Buffer.alloc(0)))).toBe(true);
      }),
      { numRuns: 12 },
    );
  });

  test("many short operations in a row, with pauses in which the workers fall asleep", async () => {
    const engine = engines[2];
    if (engine === undefined) throw new Error("no engine with three threads");
    const [x, out] = [engine.floats(100_000), engine.floats(100_000)];
    x.fill(1);
    for (let round = 0; round < 20; round++) {
      for (let n = 0; n < 100; n++) engine.scale(1, x, out, true);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(out.every((value) => value === 2000)).toBe(true);
  });

  test("an index far outside is an EngineError on any thread, and the engine goes on", () => {
    for (const engine of engines) {
      const rows = 20_000;
      const x = { rows, columns: 64, data: engine.floats(rows * 64) };
      const out = { rows, columns: 64, data: engine.floats(rows * 64) };
      const rowPointers = engine.ints(rows + 1);
      rowPointers.forEach((_, i) => {
        rowPointers[i] = i;
      });
      const columnIndices = engine.ints(rows);
      const pattern = { rows, columns: rows, rowPointers, columnIndices };
      for (const bad of [[0], [rows - 1], Array.from({ length: rows }, (_, i) => i)]) {
        for (const i of bad) columnIndices[i] = 15_000_000;
        expect(() => engine.spmm(pattern, x, out)).toThrow(EngineError);
        columnIndices.fill(1);
        engine.fill(x.data, 2);
        engine.spmm(pattern, x, out);
        expect(out.data.every((value) => value === 2)).toBe(true);
      }
    }
  });

  test("a process whose engine is never closed ends", () => {
    const address = new URL("../wasm.ts", import.meta.url).href;
    const program = `const { createWasmEngine } = await import(${JSON.stringify(address)});
      const engine = await createWasmEngine({ threads: 3 });
      const x = engine.floats(1_000_000);
      engine.fill(x, 2);
      console.log(engine.dot(x, x));`;
    const ended = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(ended.stderr).toBe("");
    expect(ended.stdout.trim()).toBe("4000000");
    expect(ended.status).toBe(0);
  });
});
