/** What is added to scores, held bit by bit to its definition: one more column, σ of the users and a of the items, in an ordinary ranking. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine, Floats, Pattern } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { rankInBlocks } from "../evaluation/rank.ts";
import { type AdjustedRanking, rankAdjusted } from "./adjusted-ranking.ts";
import type { ScoredItem } from "./similar-items.ts";

function withColumn(engine: Engine, { rows, columns, data }: AdjustedRanking["items"], last: ArrayLike<number>) {
  const wider: Floats = engine.floats(rows * (columns + 1));
  for (let row = 0; row < rows; row++) {
    wider.set(data.subarray(row * columns, (row + 1) * columns), row * (columns + 1));
    wider[row * (columns + 1) + columns] = last[row];
  }
  return { rows, columns: columns + 1, data: wider };
}

/** By the definition. */
function ranked({ engine, users, items, mask, added, scales, depth }: AdjustedRanking): ScoredItem[][] {
  const embeddings = { users: withColumn(engine, users, scales), items: withColumn(engine, items, added) };
  const all = Int32Array.from({ length: users.rows }, (_, user) => user);
  const lists: ScoredItem[][] = [];
  for (const block of rankInBlocks({ engine, embeddings, users: all, mask, depth })) {
    for (let row = 0; row < block.count; row++) {
      const places = [...block.items.subarray(row * depth, (row + 1) * depth)];
      lists.push(places.flatMap((item, n) => (item < 0 ? [] : [{ item, score: block.scores[row * depth + n] }])));
    }
  }
  engine.release(embeddings.users.data);
  engine.release(embeddings.items.data);
  return lists;
}

function maskOf(hidden: readonly (readonly number[])[], columns: number): Pattern {
  const rows = hidden.map((row) => [...new Set(row.map((place) => place % columns))].sort((a, b) => a - b));
  const rowPointers = Int32Array.from([0, ...rows.map((_, n) => rows.slice(0, n + 1).flat().length)]);
  return { rows: rows.length, columns, rowPointers, columnIndices: Int32Array.from(rows.flat()) };
}

const small = fc.double({ min: -2, max: 2, noNaN: true });
/** Ties, too. */
const value = fc.oneof(small, fc.constantFrom(0, 0.5, 1));

describe.each([
  ["the fast engine", () => openEngine({ threads: 1 })],
  ["the reference in float64", async () => createReferenceEngine("float64")],
] as const)("adding to scores, %s", (_, open) => {
  it("gives the lists of one more column, to the last bit", async () => {
    const engine = await open();
    const shapes = fc.record({
      users: fc.integer({ min: 1, max: 5 }),
      items: fc.integer({ min: 1, max: 40 }),
      columns: fc.integer({ min: 1, max: 20 }),
    });
    const requests = shapes.chain(({ users, items, columns }) => {
      const numbers = (length: number) => fc.array(value, { minLength: length, maxLength: length });
      return fc.record({
        shape: fc.constant({ users, items, columns }),
        ofUsers: numbers(users * columns),
        ofItems: numbers(items * columns),
        scales: numbers(users),
        added: numbers(items),
        hidden: fc.array(fc.array(fc.nat(items - 1)), { minLength: users, maxLength: users }),
        depth: fc.integer({ min: 1, max: 45 }),
        scoresAtOnce: fc.constantFrom(undefined, 1, 60),
      });
    });
    fc.assert(
      fc.property(requests, ({ shape, ofUsers, ofItems, hidden, ...rest }) => {
        const users = { rows: shape.users, columns: shape.columns, data: engine.floats(ofUsers.length) };
        const items = { rows: shape.items, columns: shape.columns, data: engine.floats(ofItems.length) };
        users.data.set(ofUsers);
        items.data.set(ofItems);
        const request = { engine, users, items, mask: maskOf(hidden, shape.items), ...rest };
        expect(rankAdjusted(request)).toEqual(ranked(request));
        engine.release(users.data);
        engine.release(items.data);
      }),
      { numRuns: 300 },
    );
    engine.close();
  });
});
