/** Every split against its definition, and against rows in another order read by another number of threads. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Prepared, prepareRows, type Row, splitsOf, type WrittenRow } from "./prepared.fixture.ts";

/** Users with between 1 and 24 items; times that repeat. */
const someRows: readonly Row[] = Array.from({ length: 24 }, (_, user) =>
  Array.from({ length: user + 1 }, (_, place) => ({
    user: `user ${user}`,
    item: `item ${(user * 7 + place * 3) % 40}`,
    time: 1_600_000_000_000 + ((user * 31 + place * 17) % 20) * 86_400_000,
  })),
).flat();

const byUser = ({ interactions }: Prepared): readonly (readonly WrittenRow[])[] => [
  ...Map.groupBy(interactions, ({ user }) => user).values(),
];
const count = (rows: readonly WrittenRow[], split: string): number => rows.filter((row) => row.split === split).length;
const timesOf = (rows: readonly WrittenRow[], split: string): readonly number[] =>
  rows.filter((row) => row.split === split).map(({ timestamp }) => timestamp ?? 0);

test("paper: fewer than 3 train, fewer than 10 give one each, else a fifth, halved", async () => {
  for (const rows of byUser(await prepareRows(someRows, { method: "paper" }))) {
    const n = rows.length;
    const held = n < 3 ? 0 : n < 10 ? 2 : Math.floor(n / 5);
    expect(count(rows, "test")).toBe(Math.floor(held / 2));
    expect(count(rows, "validation")).toBe(held - Math.floor(held / 2));
  }
});

test("ratio: each user's newest are held out, and somebody always trains", async () => {
  const prepared = await prepareRows(someRows, { method: "ratio", ratio: [0.6, 0.25, 0.15] });
  for (const rows of byUser(prepared)) {
    const n = rows.length;
    const tested = Math.min(Math.floor(n * 0.15 + 0.5), n - 1);
    expect(count(rows, "test")).toBe(tested);
    expect(count(rows, "validation")).toBe(Math.min(Math.floor(n * 0.25 + 0.5), n - 1 - tested));
    expect(count(rows, "train")).toBeGreaterThan(0);
    expect(Math.max(...timesOf(rows, "train"))).toBeLessThanOrEqual(Math.min(...timesOf(rows, "validation"), Infinity));
    expect(Math.max(...timesOf(rows, "validation"), 0)).toBeLessThanOrEqual(
      Math.min(...timesOf(rows, "test"), Infinity),
    );
  }
});

test("leave-last-out: the last tests, the one before validates", async () => {
  for (const rows of byUser(await prepareRows(someRows, { method: "leave-last-out" }))) {
    const held = rows.length < 3 ? 0 : 1;
    expect([count(rows, "validation"), count(rows, "test")]).toEqual([held, held]);
    if (held === 0) continue;
    expect(Math.max(...timesOf(rows, "test"))).toBe(Math.max(...rows.map(({ timestamp }) => timestamp ?? 0)));
    expect(Math.max(...timesOf(rows, "train"))).toBeLessThanOrEqual(Math.min(...timesOf(rows, "validation")));
  }
});

test("global-time: one moment for everybody, and what is equally old stays together", async () => {
  const { interactions } = await prepareRows(someRows, { method: "global-time", ratio: [0.7, 0.1, 0.2] });
  const [train, validation, tested] = ["train", "validation", "test"].map((split) => timesOf(interactions, split));
  expect(Math.max(...train)).toBeLessThan(Math.min(...validation));
  expect(Math.max(...validation)).toBeLessThan(Math.min(...tested));
  expect(train.length).toBeLessThanOrEqual(0.7 * interactions.length);
  // One moment more would be too many.
  const next = interactions.filter(({ timestamp }) => timestamp === Math.min(...validation)).length;
  expect(train.length + next).toBeGreaterThan(0.7 * interactions.length);
});

test("cold-start: a fifth of the items keep no training interaction", async () => {
  const { interactions, items } = await prepareRows(someRows, { method: "cold-start" });
  const splitsOfItem = Map.groupBy(interactions, ({ item }) => item);
  const held = (split: string): number =>
    [...splitsOfItem.values()].filter((rows) => rows.some((row) => row.split === split)).length;
  for (const rows of splitsOfItem.values()) expect(new Set(rows.map(({ split }) => split)).size).toBe(1);
  const cold = Math.floor(items.length / 5);
  expect(held("validation")).toBe(Math.floor(cold / 2));
  expect(held("test")).toBe(cold - Math.floor(cold / 2));
});

test("all-train: everything trains", async () => {
  const { report } = await prepareRows(someRows, { method: "all-train" });
  expect(report.split).toMatchObject({ train: someRows.length, validation: 0, test: 0, dislike: 0 });
});

describe("the seed", () => {
  test.each(["paper", "cold-start"] as const)(
    "%s: another seed, another split; the same seed, the same",
    async (method) => {
      const [first, again, other] = await Promise.all(
        [1, 1, 2].map(async (seed) => splitsOf(await prepareRows(someRows, { method, seed }))),
      );
      expect(again).toEqual(first);
      expect(other).not.toEqual(first);
    },
  );

  test("decides a user's split from that user's ids alone", async () => {
    const all = splitsOf(await prepareRows(someRows, { method: "paper" }));
    const some = splitsOf(await prepareRows(someRows.slice(100), { method: "paper" }));
    for (const { user, item } of someRows.slice(150)) {
      const key = JSON.stringify([user, item]);
      expect(some[key]).toBe(all[key]);
    }
  });
});

test("neither the order of rows nor the number of threads matters", async () => {
  const rows = fc.array(
    fc.record({
      user: fc.constantFrom("a", "b", "ü", "😀", "10", "9", " "),
      item: fc.constantFrom("x", "y", "z", "x y", '"', "\t", "007", "7", "é"),
      rating: fc.integer({ min: 1, max: 5 }),
      time: fc.integer({ min: 1_600_000_000_000, max: 1_600_000_000_009 }),
      event: fc.constantFrom("view", "buy", "hide"),
    }),
    { minLength: 20, maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(
      rows.chain((drawn) => fc.tuple(fc.constant(drawn), fc.shuffledSubarray(drawn, { minLength: drawn.length }))),
      fc.constantFrom("paper", "ratio", "global-time", "leave-last-out", "cold-start", "all-train"),
      async ([drawn, shuffled], method) => {
        // All rows of one certain pair and of one moment, so that something trains whatever was drawn.
        const sure: readonly Row[] = ["x", "y", "z"].map((item) => ({
          user: "always",
          item,
          rating: 3,
          time: 1_500_000_000_000,
          event: "view",
        }));
        const options = { method, events: { view: 1, buy: 2.5, hide: "dislike" }, halfLife: 7 } as const;
        const first = await prepareRows([...sure, ...drawn], { ...options, threads: 1 });
        const second = await prepareRows([...shuffled, ...sure], { ...options, threads: 3 });
        expect(second.interactions).toEqual(first.interactions);
        expect(second.users).toEqual(first.users);
        expect(second.items).toEqual(first.items);
      },
    ),
    { numRuns: 12 },
  );
});
