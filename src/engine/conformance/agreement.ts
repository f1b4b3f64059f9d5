/**
 * How the conformance suite compares an engine with the float64 reference: the same calls on both, inputs placed
 * between guard values. Results must be near the reference's, inputs and guards untouched, and a repeated call must
 * give identical bytes.
 */
import { expect } from "vitest";
import type { Engine, Floats, Ints, Matrix, NeighbourLists, Pattern, SparseMatrix } from "../engine.ts";
import { createReferenceEngine } from "../reference.ts";

/** Copies operands into an engine's memory. */
export interface Placement {
  readonly engine: Engine;
  floats(values: ArrayLike<number>): Floats;
  ints(values: ArrayLike<number>): Ints;
  matrix(matrix: Matrix): Matrix;
  pattern(pattern: Pattern): Pattern;
  sparse(sparse: SparseMatrix): SparseMatrix;
  /** Empty lists: every index -1, every value 0. */
  lists(rows: number, k: number): NeighbourLists;
}

/** What a case computes: everything that it wrote, by name. All other placed arrays count as inputs. */
export type Outcome = Readonly<Record<string, Floats | Ints | number>>;

export interface Tolerance {
  /** Of the largest magnitude in the expected array. */
  readonly relative: number;
  /** Where all expected values are small beside the terms that were summed. */
  readonly absolute: number;
}

/** What rounding may cost, where terms and results are of size `scale`. */
export function tolerance(engine: Engine, scale = 1): Tolerance {
  return engine.precision === "float32"
    ? { relative: 1e-4, absolute: 1e-5 * scale }
    : { relative: 1e-12, absolute: 1e-13 * scale };
}

const oracle = createReferenceEngine("float64");
const guard = 12345;
const guardLength = 5;

interface Placed {
  readonly whole: Floats | Ints;
  readonly part: Floats | Ints;
  readonly before: Floats | Ints;
}

function createPlacement(engine: Engine, shift: number, placed: Placed[]): Placement {
  function put<A extends Floats | Ints>(whole: A, values: ArrayLike<number>): A {
    whole.fill(guard);
    const part = whole.subarray(shift, shift + values.length);
    part.set(values);
    placed.push({ whole, part, before: whole.slice() });
    return part as A;
  }
  const floats = (values: ArrayLike<number>): Floats => put(engine.floats(values.length + shift + guardLength), values);
  const ints = (values: ArrayLike<number>): Ints => put(engine.ints(values.length + shift + guardLength), values);
  const pattern = ({ rows, columns, rowPointers, columnIndices }: Pattern): Pattern => ({
    rows,
    columns,
    rowPointers: ints(rowPointers),
    columnIndices: ints(columnIndices),
  });
  return {
    engine,
    floats,
    ints,
    pattern,
    matrix: ({ rows, columns, data }) => ({ rows, columns, data: floats(data) }),
    sparse: (sparse) => ({
      ...pattern(sparse),
      values: sparse.values && floats(sparse.values),
      rowScale: sparse.rowScale && floats(sparse.rowScale),
      columnScale: sparse.columnScale && floats(sparse.columnScale),
    }),
    lists: (rows, k) => ({
      rows,
      k,
      indices: ints(new Int32Array(rows * k).fill(-1)),
      values: floats(new Float64Array(rows * k)),
    }),
  };
}

function sameBytes(a: Floats | Ints, b: Floats | Ints): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(new Uint8Array(b.buffer, b.byteOffset, b.byteLength));
}

/** Everything but the parts that the case declares as written is as it was, the guards around those parts included. */
function expectOnlyOutputsWritten(placed: readonly Placed[], outcome: Outcome): void {
  const written = new Set<Outcome[string]>(Object.values(outcome));
  for (const { whole, part, before } of placed) {
    const start = (part.byteOffset - whole.byteOffset) / whole.BYTES_PER_ELEMENT;
    const expected = before.slice();
    if (written.has(part)) expected.set(part, start);
    if (!sameBytes(whole, expected)) expect.fail("an input, or memory beside an array, was overwritten");
  }
}

/** Runs a case on temporaries of the engine, `shift` elements off their alignment, and returns copies of what it wrote. */
export function run(engine: Engine, shift: number, body: (on: Placement) => Outcome): Outcome {
  return engine.step(() => {
    const placed: Placed[] = [];
    const outcome = body(createPlacement(engine, shift, placed));
    expectOnlyOutputsWritten(placed, outcome);
    return Object.fromEntries(
      Object.entries(outcome).map(([name, value]) => [name, typeof value === "number" ? value : value.slice()]),
    );
  });
}

const numbers = (value: Floats | Ints | number): ArrayLike<number> => (typeof value === "number" ? [value] : value);

/** Every value is within the tolerance of the expected one; int32 arrays are equal. */
export function expectNear(
  name: string,
  found: Floats | Ints | number,
  expected: Floats | Ints | number,
  { relative, absolute }: Tolerance,
): void {
  if (expected instanceof Int32Array) {
    expect(found, name).toEqual(expected);
    return;
  }
  const [a, b] = [numbers(found), numbers(expected)];
  expect(a.length, `${name}: length`).toBe(b.length);
  let largest = 0;
  for (let e = 0; e < b.length; e++) largest = Math.max(largest, Math.abs(b[e]));
  const allowed = Math.max(relative * largest, absolute);
  for (let e = 0; e < b.length; e++) {
    if (!(Math.abs(a[e] - b[e]) <= allowed)) {
      expect.fail(`${name}[${e}] is ${a[e]}, the reference has ${b[e]} (allowed difference ${allowed})`);
    }
  }
}

/** Bit for bit the same results. */
export function expectSameBytes(found: Outcome, expected: Outcome): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) {
    const other = found[name];
    const same =
      typeof value === "number" || typeof other === "number" ? Object.is(value, other) : sameBytes(value, other);
    if (!same) expect.fail(`${name}: the same call gave other bytes`);
  }
}

/**
 * The engine agrees with the float64 reference on this case, and with itself on repeating it. `scale` is the size of
 * the terms that the case sums.
 */
export function expectAgreement(engine: Engine, shift: number, body: (on: Placement) => Outcome, scale = 1): void {
  const expected = run(oracle, shift, body);
  const found = run(engine, shift, body);
  for (const [name, value] of Object.entries(expected)) expectNear(name, found[name], value, tolerance(engine, scale));
  expectSameBytes(run(engine, shift, body), found);
}
