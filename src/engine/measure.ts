/**
 * The kernels at the sizes of real trainings, each beside the ceiling that bounds it. A figure counts the operations or the bytes that
 * the mathematics needs: for the cosines each unordered pair once, for a sparse product every gathered row, for an update
 * every array read and written once.
 */
import { type Ceilings, measureCeilings, scrambled, timings } from "./ceilings.ts";
import type { Engine, Floats, Ints, Matrix, Pattern } from "./engine.ts";

export interface KernelMeasurement {
  readonly name: string;
  readonly shape: string;
  /** Median of the rounds. */
  readonly milliseconds: number;
  /** Fastest round. */
  readonly best: number;
  /** Median, in 10⁹ operations a second; absent where bytes are the measure. */
  readonly gflops?: number;
  /** Median, in 10⁹ bytes a second; absent where operations are the measure. */
  readonly gbps?: number;
  readonly bound: keyof Ceilings;
  /** The ceiling in the same unit, measured in the same run. */
  readonly ceiling: number;
  /** Reached share of the ceiling. */
  readonly share: number;
}

export interface MeasureOptions {
  /** Rounds a kernel, after one that is not counted. */
  readonly rounds?: number;
  /** Also the sizes that take long or much memory: 23,033 items, 28.9 million parameters. */
  readonly large?: boolean;
  /** Only kernels whose name contains this. */
  readonly only?: string;
}

/** What one kernel's case needs and does. */
interface Case {
  readonly name: string;
  readonly shape: string;
  readonly bound: keyof Ceilings;
  /** Operations or bytes of one run. */
  readonly work: number;
  /** Allocates, inside a step of its own, and returns what runs the kernel. */
  readonly prepare: () => () => void;
}

/** Baby's size: users and items, training pairs in both directions and self loops. */
const NODES = 26_495;
const USERS = 19_445;
const ITEMS = 7_050;
const PAIRS = 118_551;
const WIDTH = 64;

/** A symmetric user–item pattern with self loops and about as many entries as Baby has, outside any engine. */
function userItemPattern(): Pattern {
  const rows: number[][] = Array.from({ length: NODES }, (_, node) => [node]);
  const users = scrambled(PAIRS, USERS);
  const popularity = scrambled(2 * PAIRS, ITEMS);
  for (let p = 0; p < PAIRS; p++) {
    const user = users[p] ?? 0;
    const item = USERS + Math.min(popularity[2 * p] ?? 0, popularity[2 * p + 1] ?? 0);
    rows[user]?.push(item);
    rows[item]?.push(user);
  }
  const rowPointers = new Int32Array(NODES + 1);
  const sorted = rows.map((columns) => [...new Set(columns)].sort((a, b) => a - b));
  sorted.forEach((columns, row) => {
    rowPointers[row + 1] = (rowPointers[row] ?? 0) + columns.length;
  });
  const columnIndices = new Int32Array(rowPointers[NODES] ?? 0);
  sorted.forEach((columns, row) => {
    columnIndices.set(columns, rowPointers[row]);
  });
  return { rows: NODES, columns: NODES, rowPointers, columnIndices };
}

function cases(engine: Engine, large: boolean): Case[] {
  const floats = (length: number): Floats => {
    const array = engine.floats(length);
    const values = scrambled(Math.min(length, 65_521), 2001);
    for (let start = 0; start < length; start += values.length) {
      const part = array.subarray(start, Math.min(length, start + values.length));
      for (let n = 0; n < part.length; n++) part[n] = ((values[n] ?? 0) - 1000) / 1000;
    }
    return array;
  };
  const matrix = (rows: number, columns: number): Matrix => ({ rows, columns, data: floats(rows * columns) });
  const ints = (values: Int32Array): Ints => {
    const array = engine.ints(values.length);
    array.set(values);
    return array;
  };
  const numbers = (count: number, bound: number): Ints => ints(scrambled(count, bound));
  const list: Case[] = [];
  const add = (name: string, shape: string, bound: keyof Ceilings, work: number, prepare: () => () => void): void => {
    list.push({ name, shape, bound, work, prepare });
  };

  for (const depth of [1024, 4096]) {
    const operations = 2 * ITEMS * depth * WIDTH;
    add("multiplyTransposed", `${ITEMS} × ${depth} · ${WIDTH}`, "gflops", operations, () => {
      const [a, b, out] = [matrix(ITEMS, depth), matrix(WIDTH, depth), matrix(ITEMS, WIDTH)];
      const bias = floats(WIDTH);
      return () => engine.multiplyTransposed(a, b, out, { bias });
    });
    add("transposedMultiply", `(${ITEMS} × ${WIDTH})ᵀ · ${depth}`, "gflops", operations, () => {
      const [a, b, out] = [matrix(ITEMS, WIDTH), matrix(ITEMS, depth), matrix(WIDTH, depth)];
      return () => engine.transposedMultiply(a, b, out);
    });
    add("multiply", `512 × ${WIDTH} · ${depth}`, "gflops", 2 * 512 * depth * WIDTH, () => {
      const [a, b, out] = [matrix(512, WIDTH), matrix(WIDTH, depth), matrix(512, depth)];
      return () => engine.multiply(a, b, out);
    });
  }
  add("multiply", `${NODES} × ${WIDTH} · ${WIDTH}`, "gflops", 2 * NODES * WIDTH * WIDTH, () => {
    const [a, b, out] = [matrix(NODES, WIDTH), matrix(WIDTH, WIDTH), matrix(NODES, WIDTH)];
    return () => engine.multiply(a, b, out);
  });
  const addCosine = (items: number, columns: number): void => {
    add("cosineTopK", `${items} × ${columns}, 10 each`, "gflops", items * (items + 1) * columns, () => {
      const x = matrix(items, columns);
      const lists = { rows: items, k: 10, indices: engine.ints(items * 10), values: engine.floats(items * 10) };
      return () => {
        lists.indices.fill(-1);
        engine.fill(lists.values, 0);
        engine.cosineTopK(x, 0, x, 0, lists);
      };
    });
  };
  addCosine(ITEMS, WIDTH);
  if (large) addCosine(23_033, WIDTH);
  if (large) addCosine(ITEMS, 4096);
  const addRanking = (count: number, users: string): void =>
    add("rankItems", `${users}, ${ITEMS} × ${WIDTH}, 20 each`, "gflops", 2 * count * ITEMS * WIDTH, () => {
      const [embeddings, items] = [matrix(count, WIDTH), matrix(ITEMS, WIDTH)];
      const lists = { rows: count, k: 20, indices: engine.ints(count * 20), values: engine.floats(count * 20) };
      return () => engine.rankItems(embeddings, items, undefined, undefined, lists);
    });
  addRanking(USERS, `${USERS} users`);
  addRanking(1, "1 user");

  const graph = userItemPattern();
  const pattern = (): Pattern => ({
    ...graph,
    rowPointers: ints(graph.rowPointers),
    columnIndices: ints(graph.columnIndices),
  });
  const entries = graph.columnIndices.length;
  const graphShape = `${NODES} nodes, ${entries} entries, ${WIDTH}`;
  const rowBytes = WIDTH * 4;
  add("spmm", `${graphShape}, row scale`, "gather", (entries + NODES) * rowBytes, () => {
    const [x, out] = [matrix(NODES, WIDTH), matrix(NODES, WIDTH)];
    const matrixOfGraph = { ...pattern(), rowScale: floats(NODES) };
    return () => engine.spmm(matrixOfGraph, x, out);
  });
  add("spmm", `${graphShape}, values`, "gather", (entries + NODES) * rowBytes, () => {
    const [x, out] = [matrix(NODES, WIDTH), matrix(NODES, WIDTH)];
    const matrixOfGraph = { ...pattern(), values: floats(entries) };
    return () => engine.spmm(matrixOfGraph, x, out);
  });
  add("spmm", `${graphShape}, column scale`, "gather", (entries + NODES) * rowBytes, () => {
    const [x, out] = [matrix(NODES, WIDTH), matrix(NODES, WIDTH)];
    const matrixOfGraph = { ...pattern(), columnScale: floats(NODES) };
    return () => engine.spmm(matrixOfGraph, x, out);
  });
  const batch = 3072;
  const chosen = scrambled(batch, NODES);
  const chosenEntries = chosen.reduce(
    (sum, row) => sum + (graph.rowPointers[row + 1] ?? 0) - (graph.rowPointers[row] ?? 0),
    0,
  );
  add("spmmRows", `${batch} rows of it`, "gather", (chosenEntries + batch) * rowBytes, () => {
    const [x, out] = [matrix(NODES, WIDTH), matrix(batch, WIDTH)];
    const [matrixOfGraph, rows] = [{ ...pattern(), rowScale: floats(NODES) }, ints(chosen)];
    return () => engine.spmmRows(matrixOfGraph, x, rows, out);
  });
  add("spmmFromRows", `from ${batch} rows`, "gather", (chosenEntries + NODES) * rowBytes + entries * 8, () => {
    const [x, out] = [matrix(batch, WIDTH), matrix(NODES, WIDTH)];
    const slots = engine.ints(NODES);
    slots.fill(-1);
    chosen.forEach((row, slot) => {
      slots[row] = slot;
    });
    const matrixOfGraph = { ...pattern(), columnScale: floats(NODES) };
    return () => engine.spmmFromRows(matrixOfGraph, x, slots, out);
  });
  add("sampledProduct", graphShape, "gather", (entries + NODES) * rowBytes, () => {
    const [left, right, out] = [matrix(NODES, WIDTH), matrix(NODES, WIDTH), floats(entries)];
    const positions = pattern();
    return () => engine.sampledProduct(positions, left, right, out);
  });
  add("gatherRows", `${batch} × ${WIDTH}`, "gather", 2 * batch * rowBytes, () => {
    const [x, out] = [matrix(NODES, WIDTH), matrix(batch, WIDTH)];
    const rows = ints(chosen);
    return () => engine.gatherRows(x, rows, 1, out);
  });
  add("scatterAddRows", `${batch} × ${WIDTH}`, "gather", 3 * batch * rowBytes, () => {
    const [x, out] = [matrix(batch, WIDTH), matrix(NODES, WIDTH)];
    const rows = ints(chosen);
    return () => engine.scatterAddRows(x, rows, 1, out);
  });
  for (const length of large ? [NODES * WIDTH, ITEMS * 4096] : [NODES * WIDTH]) {
    add("adam", `${length} parameters`, "copy", 7 * 4 * length, () => {
      const [parameter, gradient, first, second] = [
        floats(length),
        floats(length),
        floats(length),
        engine.floats(length),
      ];
      let step = 0;
      return () => {
        step++;
        const options = { learningRate: 5e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step };
        engine.adam(parameter, gradient, first, second, options);
      };
    });
  }
  const triples = 1024;
  add("bpr", `${triples} triples × ${WIDTH}`, "gather", 10 * triples * rowBytes, () => {
    const [users, items] = [matrix(triples, WIDTH), matrix(2 * triples, WIDTH)];
    const [userGradient, itemGradient] = [matrix(triples, WIDTH), matrix(2 * triples, WIDTH)];
    const slots = {
      users: numbers(triples, triples),
      positives: numbers(triples, 2 * triples),
      negatives: numbers(triples, 2 * triples),
    };
    return () => {
      engine.bpr(users, items, slots, 1e-5, triples, userGradient, itemGradient);
    };
  });
  return list;
}

/**
 * Measures every kernel of a WebAssembly engine; ceilings are taken before and after, and the higher ones count.
 * @throws EngineError for any other engine
 */
export function measureKernels(engine: Engine, options: MeasureOptions = {}): KernelMeasurement[] {
  const { rounds = 9, large = false, only = "" } = options;
  const before = measureCeilings(engine);
  const measured: { case: Case; milliseconds: number; best: number }[] = [];
  const chosen = cases(engine, large).filter(({ name }) => name.includes(only));
  for (const one of chosen) {
    engine.step(() => {
      const taken = timings(rounds, one.prepare());
      measured.push({ case: one, milliseconds: taken[taken.length >> 1] ?? 0, best: taken[0] ?? 0 });
    });
  }
  const after = measureCeilings(engine);
  return measured.map(({ case: { name, shape, bound, work }, milliseconds, best }) => {
    const ceiling = Math.max(before[bound], after[bound]);
    const rate = work / milliseconds / 1e6;
    const unit = bound === "gflops" ? { gflops: rate } : { gbps: rate };
    return { name, shape, milliseconds, best, ...unit, bound, ceiling, share: rate / ceiling };
  });
}
