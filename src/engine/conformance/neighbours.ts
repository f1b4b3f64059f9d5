/**
 * Conformance of cosine top-k and full ranking. Random rows show the values; rows of ±1, whose cosines are exact in
 * any order of summation, show that ties go to the smaller index; blocks in any arrangement show identical bytes.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Engine, Matrix, Pattern } from "../engine.ts";
import { createReferenceEngine } from "../reference.ts";
import { expectSameBytes, type Outcome, type Placement, run } from "./agreement.ts";
import { columnCounts, draw, positiveRowCounts, rowCounts, seeds, shifts } from "./cases.ts";
import { expectSameRanking, listsOf } from "./lists.ts";

const oracle = createReferenceEngine("float64");
const listLengths = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(20, 200));

function dot(a: Matrix, i: number, b: Matrix, j: number): number {
  let sum = 0;
  for (let c = 0; c < a.columns; c++) sum += a.data[i * a.columns + c] * b.data[j * b.columns + c];
  return sum;
}

function cosine(x: Matrix, i: number, j: number): number {
  return dot(x, i, x, j) / Math.sqrt(dot(x, i, x, i) * dot(x, j, x, j));
}

function allPairs(on: Placement, items: Matrix, k: number): Outcome {
  const x = on.matrix(items);
  const lists = on.lists(items.rows, k);
  on.engine.cosineTopK(x, 0, x, 0, lists);
  return { indices: lists.indices, values: lists.values };
}

/** The same pairs, offered block by block: `arrangement` says where blocks end, in which order and which way round they meet. */
function pairsByBlocks(on: Placement, items: Matrix, k: number, arrangement: number): Outcome {
  const from = draw(arrangement);
  const x = on.matrix(items);
  const lists = on.lists(items.rows, k);
  const inner = [...new Set(from.integers(3, 0, items.rows))].sort((a, b) => a - b);
  const ends = [0, ...inner, items.rows];
  const blocks = ends.slice(1).map((end, index) => ({ from: ends[index], to: end }));
  const block = (n: number): Matrix => ({
    rows: blocks[n].to - blocks[n].from,
    columns: x.columns,
    data: x.data.subarray(blocks[n].from * x.columns, blocks[n].to * x.columns),
  });
  const meetings = blocks.flatMap((_, p) => blocks.slice(p).map((_, q) => [p, p + q] as const));
  for (const meeting of from.permutation(meetings.length)) {
    const [first, second] = meetings[meeting];
    const [p, q] = from.integers(1, 0, 1)[0] === 0 ? [first, second] : [second, first];
    on.engine.cosineTopK(block(p), blocks[p].from, block(q), blocks[q].from, lists);
  }
  return { indices: lists.indices, values: lists.values };
}

interface Ranking {
  readonly users: Matrix;
  readonly items: Matrix;
  readonly mask: Pattern | undefined;
  readonly maskRows: Int32Array | undefined;
  readonly k: number;
}

function rank(on: Placement, { users, items, mask, maskRows, k }: Ranking): Outcome {
  const lists = on.lists(users.rows, k);
  // A ranking is written, not merged: what the lists held before is of no consequence.
  lists.indices.fill(0);
  lists.values.fill(1e6);
  on.engine.rankItems(
    on.matrix(users),
    on.matrix(items),
    mask && on.pattern(mask),
    maskRows && on.ints(maskRows),
    lists,
  );
  return { indices: lists.indices, values: lists.values };
}

const rankings = fc
  .record({
    seed: seeds,
    users: rowCounts,
    items: positiveRowCounts,
    columns: columnCounts,
    k: listLengths,
    masked: fc.boolean(),
    tied: fc.boolean(),
    nearlyAll: fc.boolean(),
  })
  .map(({ seed, users, items, columns, k, masked, tied, nearlyAll }): Ranking & { readonly tied: boolean } => {
    const from = draw(seed);
    const matrix = tied ? from.tiedMatrix : from.matrix;
    const everyone: Pattern = {
      rows: 3,
      columns: items,
      rowPointers: Int32Array.of(0, items, items, items),
      columnIndices: Int32Array.from({ length: items }, (_, i) => i),
    };
    const mask = nearlyAll ? everyone : from.pattern(users + 2, items);
    return {
      tied,
      users: matrix(users, columns),
      items: matrix(items, columns),
      k,
      mask: masked ? mask : undefined,
      maskRows: masked ? from.integers(users, 0, mask.rows - 1) : undefined,
    };
  });

export function neighbourConformance(engine: () => Engine): void {
  describe("cosineTopK", () => {
    test("finds the nearest by cosine", () => {
      fc.assert(
        fc.property(seeds, shifts, rowCounts, columnCounts, listLengths, (seed, shift, rows, columns, k) => {
          const items = draw(seed).matrix(rows, columns);
          const found = run(engine(), shift, (on) => allPairs(on, items, k));
          const expected = listsOf(run(oracle, 0, (on) => allPairs(on, items, k)));
          expectSameRanking(engine(), k, listsOf(found), expected, (i, j) => cosine(items, i, j));
          expectSameBytes(
            run(engine(), shift, (on) => allPairs(on, items, k)),
            found,
          );
        }),
      );
    });

    test("gives exact ties to the smaller index, leaves zero rows out", () => {
      fc.assert(
        fc.property(seeds, shifts, rowCounts, columnCounts, listLengths, (seed, shift, rows, columns, k) => {
          const items = draw(seed).tiedMatrix(rows, columns);
          const found = listsOf(run(engine(), shift, (on) => allPairs(on, items, k)));
          const expected = listsOf(run(oracle, 0, (on) => allPairs(on, items, k)));
          expect(found.indices).toEqual(expected.indices);
          expect([...found.values]).toEqual([...expected.values]);
        }),
      );
    });

    test("gives identical bytes for any arrangement of blocks", () => {
      fc.assert(
        fc.property(
          seeds,
          shifts,
          positiveRowCounts,
          columnCounts,
          listLengths,
          fc.boolean(),
          seeds,
          (seed, shift, rows, columns, k, tied, arrangement) => {
            const from = draw(seed);
            const items = tied ? from.tiedMatrix(rows, columns) : from.matrix(rows, columns);
            const whole = run(engine(), shift, (on) => allPairs(on, items, k));
            expectSameBytes(
              run(engine(), shift, (on) => pairsByBlocks(on, items, k, arrangement)),
              whole,
            );
          },
        ),
      );
    });

    test("holds for wide rows and many of them", () => {
      for (const [rows, columns] of [
        [530, 64],
        [97, 1030],
      ] as const) {
        const items = draw(rows).matrix(rows, columns);
        const whole = run(engine(), 0, (on) => allPairs(on, items, 10));
        const expected = listsOf(run(oracle, 0, (on) => allPairs(on, items, 10)));
        expectSameRanking(engine(), 10, listsOf(whole), expected, (i, j) => cosine(items, i, j));
        expectSameBytes(
          run(engine(), 0, (on) => pairsByBlocks(on, items, 10, 3)),
          whole,
        );
      }
    });

    test("lists an item first among its own neighbours, its duplicates by index", () => {
      const found = listsOf(
        run(engine(), 0, (on) =>
          allPairs(on, { rows: 4, columns: 2, data: Float64Array.of(2, 0, 0, 4, 0, 0, 8, 0) }, 3),
        ),
      );
      expect([...found.indices]).toEqual([0, 3, 1, 1, 0, 3, -1, -1, -1, 0, 3, 1]);
      expect([...found.values]).toEqual([1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0]);
    });
  });

  describe("rankItems", () => {
    test("ranks by dot product, ties by smaller index, masked items left out", () => {
      fc.assert(
        fc.property(rankings, shifts, (ranking, shift) => {
          const found = run(engine(), shift, (on) => rank(on, ranking));
          const expected = listsOf(run(oracle, 0, (on) => rank(on, ranking)));
          const { users, items, k, tied } = ranking;
          expectSameRanking(
            engine(),
            k,
            listsOf(found),
            expected,
            (u, i) => dot(users, u, items, i),
            users.columns / 16,
          );
          if (tied) expect(listsOf(found).indices).toEqual(expected.indices);
          expectSameBytes(
            run(engine(), shift, (on) => rank(on, ranking)),
            found,
          );
        }),
      );
    });

    test("takes mask row u for user u where no rows are named", () => {
      const users: Matrix = { rows: 2, columns: 1, data: Float64Array.of(1, 1) };
      const items: Matrix = { rows: 3, columns: 1, data: Float64Array.of(1, 3, 2) };
      const mask: Pattern = {
        rows: 2,
        columns: 3,
        rowPointers: Int32Array.of(0, 1, 3),
        columnIndices: Int32Array.of(1, 0, 2),
      };
      const found = listsOf(run(engine(), 0, (on) => rank(on, { users, items, mask, maskRows: undefined, k: 2 })));
      expect([...found.indices]).toEqual([2, 0, 1, -1]);
      expect([...found.values]).toEqual([2, 1, 3, 0]);
    });

    test.each([64, 61, 3, 300, 513])("gives a user of %i columns the same bytes alone and among others", (columns) => {
      const [users, items] = [draw(5).matrix(77, columns), draw(6).matrix(610, columns)];
      const together = listsOf(
        run(engine(), 0, (on) => rank(on, { users, items, mask: undefined, maskRows: undefined, k: 20 })),
      );
      for (const u of [0, 1, 38, 76]) {
        const data = users.data.subarray(u * columns, (u + 1) * columns);
        const alone: Matrix = { rows: 1, columns, data };
        const found = run(engine(), 0, (on) =>
          rank(on, { users: alone, items, mask: undefined, maskRows: undefined, k: 20 }),
        );
        expectSameBytes(found, {
          indices: together.indices.slice(u * 20, (u + 1) * 20),
          values: together.values.slice(u * 20, (u + 1) * 20),
        });
      }
    });
  });
}
