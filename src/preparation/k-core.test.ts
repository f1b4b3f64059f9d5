/** The core against its definition, on any interactions. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { findCore } from "./k-core.ts";
import { openSteps } from "./steps.ts";

type Pair = readonly [number, number];

/** One at a time, whoever has too few, until nobody has. */
function naiveCore(pairs: readonly Pair[], leastOfUser: number, leastOfItem: number): readonly Pair[] {
  let left = pairs;
  for (;;) {
    const few = left.find(
      ([user, item]) =>
        left.filter(([other]) => other === user).length < leastOfUser ||
        left.filter(([, other]) => other === item).length < leastOfItem,
    );
    if (few === undefined) return left;
    left = left.filter((pair) => pair !== few);
  }
}

const distinct = (pairs: readonly Pair[]): readonly Pair[] => [
  ...new Map(pairs.map((pair) => [pair.join(), pair])).values(),
];

test("is the same as removing one after the other", async () => {
  const steps = await openSteps({ threads: 1 });
  const node = fc.integer({ min: 1, max: 9 });
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(node, node), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        async (drawn, minimumUserInteractions, minimumItemInteractions) => {
          const pairs = distinct(drawn);
          await steps.database.run(
            `CREATE OR REPLACE TABLE prepared_likes AS SELECT * FROM (VALUES ${pairs.map(([u, i]) => `(${u}, ${i})`).join(", ")}) AS pairs(u, i)`,
          );
          const core = await findCore(steps, { minimumUserInteractions, minimumItemInteractions });
          const expected = naiveCore(pairs, minimumUserInteractions, minimumItemInteractions);
          const found = await steps.database.rows(
            "SELECT u, i, users.n AS users_n, items.n AS items_n FROM prepared_likes JOIN prepared_core_users AS users USING (u) JOIN prepared_core_items AS items USING (i) ORDER BY u, i",
          );
          const sorted = [...expected].sort(([a, b], [c, d]) => a - c || b - d);
          expect(found.map(({ u, i }) => [u, i])).toEqual(sorted);
          for (const { u, i, users_n, items_n } of found) {
            expect(users_n).toBe(expected.filter(([user]) => user === u).length);
            expect(items_n).toBe(expected.filter(([, item]) => item === i).length);
          }
          expect(core.interactions).toBe(expected.length);
          expect(core.users).toBe(new Set(expected.map(([user]) => user)).size);
          expect(core.items).toBe(new Set(expected.map(([, item]) => item)).size);
        },
      ),
      { numRuns: 60 },
    );
  } finally {
    steps.close();
  }
});

test("a chain that unravels from one end goes round by round", async () => {
  const steps = await openSteps({ threads: 1 });
  try {
    // User u has items u and u + 1: all have two but for the ends, where it begins.
    await steps.database.run(
      "CREATE TABLE prepared_likes AS SELECT u, u + d AS i FROM range(1, 31) AS users(u), range(2) AS steps(d)",
    );
    const core = await findCore(steps, { minimumUserInteractions: 2, minimumItemInteractions: 2 });
    expect(core).toMatchObject({ users: 0, items: 0, interactions: 0 });
    expect(core.rounds).toBeGreaterThan(10);
  } finally {
    steps.close();
  }
});
