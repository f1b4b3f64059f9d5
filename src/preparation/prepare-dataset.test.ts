/** What is filtered, merged, weighed and kept, by the rows that come out. */
import { describe, expect, test } from "vitest";
import { prepareRows, type Row } from "./prepared.fixture.ts";

const day = 86_400_000;
const start = Date.UTC(2024, 0, 1);
const pair = (user: string, item: string, more: Omit<Row, "user" | "item"> = {}): Row => ({ user, item, ...more });
const all = { method: "all-train" } as const;

describe("rows", () => {
  test("without a user or an item are counted and left out", async () => {
    const { report, interactions } = await prepareRows(
      [pair("a", "x"), { user: null, item: "x" }, { user: "a", item: null }, { user: "", item: "" }],
      all,
    );
    expect(report.rows).toBe(4);
    expect(report.dropped).toEqual([
      { reason: "no-user", rows: 2 },
      { reason: "no-item", rows: 1 },
    ]);
    expect(interactions).toHaveLength(1);
  });

  test("keep ids of any kind exactly", async () => {
    const ids = ["007", " padded ", "tab\there", "line\nbreak", 'quote"d', "😀", "é", "e\u0301", "a,b;c", "NULL", "-1"];
    const { interactions, users, items } = await prepareRows(
      ids.map((id) => pair(id, `item ${id}`)),
      all,
    );
    const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
    expect(users).toEqual([...ids].sort(bytes));
    expect(items.map(({ item }) => item)).toEqual(ids.map((id) => `item ${id}`).sort(bytes));
    for (const row of interactions) {
      expect(row.item).toBe(`item ${row.user}`);
      expect(users[row.user_index]).toBe(row.user);
      expect(items[row.item_index]?.item).toBe(row.item);
    }
  });

  test("are written by user, then item", async () => {
    const { interactions } = await prepareRows([pair("b", "x"), pair("a", "y"), pair("b", "w"), pair("a", "x")], all);
    expect(interactions.map(({ user_index, item_index }) => [user_index, item_index])).toEqual([
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
    ]);
  });
});

describe("filters", () => {
  const rated = [1, 2, 3, 4, 5].map((rating) => pair("a", `${rating}`, { rating, time: start + rating * day }));

  test("minimum rating", async () => {
    const { report, interactions } = await prepareRows([...rated, pair("a", "none")], { ...all, minimumRating: 4 });
    expect(interactions.map(({ item, rating }) => [item, rating])).toEqual([
      ["4", 4],
      ["5", 5],
      ["none", null],
    ]);
    expect(report.dropped).toEqual([{ reason: "low-rating", rows: 3 }]);
  });

  test("a low rating as a dislike, which the minimum does not drop", async () => {
    const { report, interactions } = await prepareRows([...rated, pair("b", "1", { rating: 5, time: start })], {
      ...all,
      minimumRating: 4,
      dislikeRating: 1,
    });
    expect(interactions.map(({ user, item, split }) => [user, item, split])).toEqual([
      ["a", "1", "dislike"],
      ["a", "4", "train"],
      ["a", "5", "train"],
      ["b", "1", "train"],
    ]);
    expect(report.split).toMatchObject({ train: 3, dislike: 1 });
    expect(report.interactions).toBe(3);
  });

  test("time windows hold from since until before until", async () => {
    const { interactions, report } = await prepareRows([...rated, pair("a", "when?")], {
      ...all,
      since: start + 2 * day,
      until: start + 4 * day,
    });
    expect(interactions.map(({ item, timestamp }) => [item, timestamp])).toEqual([
      ["2", start + 2 * day],
      ["3", start + 3 * day],
    ]);
    expect(report.dropped).toEqual([
      { reason: "no-time", rows: 1 },
      { reason: "before-since", rows: 1 },
      { reason: "after-until", rows: 2 },
    ]);
  });

  test("k-core, counted in distinct pairs", async () => {
    const rows = [
      pair("a", "x"),
      pair("a", "y"),
      pair("b", "x"),
      pair("b", "y"),
      pair("c", "x"),
      pair("c", "x"),
      pair("c", "z"),
    ];
    const { report, interactions } = await prepareRows(rows, {
      ...all,
      minimumUserInteractions: 2,
      minimumItemInteractions: 2,
    });
    expect(interactions.map(({ user, item }) => user + item)).toEqual(["ax", "ay", "bx", "by"]);
    expect(report.dropped).toEqual([{ reason: "below-k-core", rows: 2 }]);
    expect(report.merged).toBe(1);
  });
});

describe("a repeated pair", () => {
  const twice = [
    pair("a", "x", { rating: 2, time: start + 5 * day, event: "view" }),
    pair("a", "x", { rating: 4, time: start, event: "buy" }),
    pair("b", "x", { rating: 3, time: start, event: "view" }),
  ];

  test("counts once, with the highest rating and the latest time", async () => {
    const { report, interactions } = await prepareRows(twice, all);
    expect(interactions).toEqual([
      expect.objectContaining({ user: "a", rating: 4, timestamp: start + 5 * day, event: "view" }),
      expect.objectContaining({ user: "b", rating: 3 }),
    ]);
    expect(interactions[0]).not.toHaveProperty("weight");
    expect(report.merged).toBe(1);
  });

  test("weighs the sum where events have weights, under its weightiest event", async () => {
    const { report, interactions } = await prepareRows(twice, { ...all, events: { view: 1, buy: 2.5 } });
    expect(interactions.map(({ event, weight }) => [event, weight])).toEqual([
      ["buy", 3.5],
      ["view", 1],
    ]);
    expect(report.weights).toEqual({ smallest: 1, largest: 3.5 });
  });

  test("weighs its largest when asked to count once, its number when asked for the sum", async () => {
    const once = await prepareRows(twice, { ...all, events: { view: 1, buy: 2.5 }, repeats: "once" });
    expect(once.interactions.map(({ weight }) => weight)).toEqual([2.5, 1]);
    const sum = await prepareRows(twice, { ...all, repeats: "sum" });
    expect(sum.interactions.map(({ weight }) => weight)).toEqual([2, 1]);
  });

  test("loses weight with age, by half in each half-life from the newest on", async () => {
    const { interactions } = await prepareRows(twice, { ...all, halfLife: 5 * day });
    expect(interactions.map(({ weight }) => weight)).toEqual([1.5, 0.5]);
  });

  test("is what was said last; at the same time the dislike holds", async () => {
    const said = (user: string, ...events: readonly [string, number | null][]): readonly Row[] =>
      events.map(([event, days]) => pair(user, "x", { event, time: days === null ? null : start + days * day }));
    const { interactions, report } = await prepareRows(
      [
        ...said("changed for the better", ["hide", 1], ["buy", 2]),
        ...said("changed for the worse", ["buy", 1], ["hide", 2]),
        ...said("said both", ["buy", 1], ["hide", 1]),
        ...said("who knows when", ["buy", 1], ["hide", null]),
        pair("changed for the worse", "y", { event: "buy" }),
        pair("said both", "y", { event: "buy" }),
        pair("who knows when", "y", { event: "buy" }),
        pair("likes nothing", "x", { event: "hide" }),
      ],
      { ...all, events: { buy: 2, hide: "dislike" } },
    );
    const ofX = interactions.filter(({ item }) => item === "x");
    expect(ofX.map(({ user, split }) => [user, split])).toEqual([
      ["changed for the better", "train"],
      ["changed for the worse", "dislike"],
      ["said both", "dislike"],
      ["who knows when", "dislike"],
    ]);
    expect(report.dropped).toEqual([{ reason: "lone-dislike", rows: 1 }]);
  });
});

test("events that are not named are left out", async () => {
  const { report } = await prepareRows(
    ["view", "buy", "scroll", null].map((event, n) => pair("a", `${n}`, { event })),
    { ...all, events: { view: 1, buy: 1 } },
  );
  expect(report.dropped).toEqual([{ reason: "other-event", rows: 2 }]);
  expect(report.weights).toBeUndefined();
});

test("a preparation that is stopped leaves nothing", async () => {
  const stopping = new AbortController();
  const rows = [pair("a", "x")];
  await expect(
    prepareRows(rows, { signal: stopping.signal, onProgress: () => stopping.abort(new Error("enough")) }),
  ).rejects.toThrow("enough");
});
