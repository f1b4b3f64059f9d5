/** Full ranking against a plain computation: masks, users without held-out items, many blocks, refusals. */
import { describe, expect, it } from "vitest";
import type { Interactions, Split } from "../data/dataset.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { ConfigError, DatasetError } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { evaluate, unionOf, usersWithItems } from "./evaluate.ts";
import { coverage, ndcg, ndcgRetrieved, recall } from "./metrics.ts";

const users = 5000;
const items = 20;
const size = 3;

const rowOf = (interactions: Interactions, user: number): number[] => [
  ...interactions.columnIndices.subarray(interactions.rowPointers[user], interactions.rowPointers[user + 1]),
];

/** Each item of each user lands in a split with the given chance of being there at all. */
function randomInteractions(): Record<Split, Interactions> {
  const random = createRandom(1, "interactions");
  const splits: readonly Split[] = ["train", "validation", "test"];
  const rows: Record<Split, number[][]> = { train: [], validation: [], test: [] };
  for (let user = 0; user < users; user++) {
    for (const split of splits) rows[split].push([]);
    for (let item = 0; item < items; item++) {
      if (random.uniform() < 0.3) rows[splits[random.below(3)]][user].push(item);
    }
  }
  const compressed = (lists: number[][]): Interactions => {
    const rowPointers = new Int32Array(users + 1);
    lists.forEach((list, user) => {
      rowPointers[user + 1] = rowPointers[user] + list.length;
    });
    return { rows: users, columns: items, rowPointers, columnIndices: Int32Array.from(lists.flat()) };
  };
  return { train: compressed(rows.train), validation: compressed(rows.validation), test: compressed(rows.test) };
}

const engine = createReferenceEngine("float64");
const interactions = randomInteractions();
const random = createRandom(2, "embeddings");
const matrix = (rows: number) => {
  const data = engine.floats(rows * size);
  for (let e = 0; e < data.length; e++) data[e] = random.uniform() - 0.5;
  return { rows, columns: size, data };
};
const embeddings = { users: matrix(users), items: matrix(items) };

/** All lists without the masked items, ranked by sorting all scores. */
function plainRanking(masks: readonly Interactions[]): number[][] {
  return Array.from({ length: users }, (_, user) => {
    const masked = new Set(masks.flatMap((mask) => rowOf(mask, user)));
    const score = (item: number): number => {
      let sum = 0;
      for (let c = 0; c < size; c++)
        sum += embeddings.users.data[user * size + c] * embeddings.items.data[item * size + c];
      return sum;
    };
    return Array.from({ length: items }, (__, item) => item)
      .filter((item) => !masked.has(item))
      .map((item) => ({ item, score: score(item) }))
      .sort((a, b) => b.score - a.score || a.item - b.item)
      .map(({ item }) => item);
  });
}

describe("evaluate", () => {
  it.each([
    ["validation", false, [interactions.train]],
    ["validation", true, [interactions.train]],
    ["test", false, [interactions.train]],
    ["test", true, [interactions.train, interactions.validation]],
  ] as const)("%s split, maskValidation %s: as a plain ranking", (split, maskValidation, masks) => {
    const table = evaluate({ engine, embeddings, interactions, split, cutoffs: [3, 25], maskValidation });
    const lists = plainRanking(masks);
    const chosen = [...usersWithItems(interactions[split])];
    expect(chosen.length).toBeLessThan(users);
    const mean = (figure: (user: number) => number): number =>
      chosen.reduce((sum, user) => sum + figure(user), 0) / chosen.length;
    for (const cutoff of [3, 25]) {
      expect(table[`recall@${cutoff}`]).toBeCloseTo(
        mean((user) => recall(lists[user], rowOf(interactions[split], user), cutoff)),
        12,
      );
      expect(table[`ndcg@${cutoff}`]).toBeCloseTo(
        mean((user) => ndcg(lists[user], rowOf(interactions[split], user), cutoff)),
        12,
      );
      expect(table[`coverage@${cutoff}`]).toBe(
        coverage(
          chosen.map((user) => lists[user]),
          cutoff,
          items,
        ),
      );
    }
  });

  it("ndcg: retrieved puts the released code's figure under ndcg@K", () => {
    const request = { engine, embeddings, interactions, split: "test", cutoffs: [3, 5] } as const;
    const standard = evaluate(request);
    const retrieved = evaluate({ ...request, ndcg: "retrieved" });
    const lists = plainRanking([interactions.train]);
    const chosen = [...usersWithItems(interactions.test)];
    const expected =
      chosen.reduce((sum, user) => sum + ndcgRetrieved(lists[user], rowOf(interactions.test, user), 3, 5), 0) /
      chosen.length;
    expect(retrieved["ndcg@3"]).toBeCloseTo(expected, 12);
    expect(standard["ndcgRetrieved@3"]).toBe(retrieved["ndcg@3"]);
    expect(standard["ndcg@3"]).toBeLessThan(retrieved["ndcg@3"]);
  });

  it("leaves no engine memory behind", () => {
    const before = engine.memory().inUse;
    evaluate({ engine, embeddings, interactions, split: "test", cutoffs: [10] });
    expect(engine.memory().inUse).toBe(before);
  });

  it("refuses a split that holds nothing out, and impossible cutoffs", () => {
    const empty = {
      rows: users,
      columns: items,
      rowPointers: new Int32Array(users + 1),
      columnIndices: new Int32Array(0),
    };
    const request = {
      engine,
      embeddings,
      interactions: { ...interactions, test: empty },
      split: "test",
      cutoffs: [10],
    } as const;
    expect(() => evaluate(request)).toThrow(DatasetError);
    expect(() => evaluate(request)).toThrow(/test set: no interaction is held out/);
    expect(() => evaluate({ ...request, cutoffs: [0] })).toThrow(ConfigError);
    expect(() => evaluate({ ...request, cutoffs: [] })).toThrow(/cutoffs: found none/);
  });
});

describe("unionOf", () => {
  it("merges rows, ascending, each item once", () => {
    const of = (rows: number[][]): Interactions => ({
      rows: rows.length,
      columns: 9,
      rowPointers: Int32Array.from([0, ...rows.map((_, r) => rows.slice(0, r + 1).flat().length)]),
      columnIndices: Int32Array.from(rows.flat()),
    });
    const union = unionOf(of([[1, 4], [], [2]]), of([[0, 4, 8], [3], []]));
    expect([0, 1, 2].map((row) => rowOf(union, row))).toEqual([[0, 1, 4, 8], [3], [2]]);
  });
});
