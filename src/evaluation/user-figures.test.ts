/** Values a user against the plain figures of their list, and their means against the table. */
import { expect, it } from "vitest";
import type { Interactions } from "../data/dataset.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { createRandom } from "../tensor/random.ts";
import { evaluate, usersWithItems } from "./evaluate.ts";
import * as metrics from "./metrics.ts";
import { collectUserFigures } from "./user-figures.ts";

const users = 60;
const items = 15;
const random = createRandom(4, "user figures");

function drawn(chance: number): Interactions {
  const rows = Array.from({ length: users }, () =>
    Array.from({ length: items }, (_, item) => item).filter(() => random.uniform() < chance),
  );
  const rowPointers = Int32Array.from([0, ...rows.map((_, user) => rows.slice(0, user + 1).flat().length)]);
  return { rows: users, columns: items, rowPointers, columnIndices: Int32Array.from(rows.flat()) };
}

it("values a user are those of their list, and their means are the table's figures", () => {
  const engine = createReferenceEngine("float64");
  const matrix = (rows: number) => {
    const data = engine.floats(rows * 2);
    for (let e = 0; e < data.length; e++) data[e] = random.uniform() - 0.5;
    return { rows, columns: 2, data };
  };
  const interactions = { train: drawn(0.2), validation: drawn(0.1), test: drawn(0.08) };
  const withTest = usersWithItems(interactions.test);
  expect(withTest.length).toBeLessThan(users);
  for (const ndcg of ["standard", "retrieved"] as const) {
    const collector = collectUserFigures(interactions.test, withTest, [10, 3], ndcg);
    const embeddings = { users: matrix(users), items: matrix(items) };
    const table = evaluate({
      engine,
      embeddings,
      interactions,
      split: "test",
      cutoffs: [3, 10],
      ndcg,
      onList: collector.onList,
    });
    const { figures, lists, depth } = collector.result();
    expect(depth).toBe(10);
    withTest.forEach((user, row) => {
      const { rowPointers, columnIndices } = interactions.test;
      const held = [...columnIndices.subarray(rowPointers[user], rowPointers[user + 1])];
      const list = [...lists.subarray(row * depth, (row + 1) * depth)].filter((item) => item >= 0);
      expect(figures["recall@3"]?.[row]).toBe(metrics.recall(list, held, 3));
      expect(figures["map@10"]?.[row]).toBe(metrics.averagePrecision(list, held, 10));
      expect(figures["mrr@3"]?.[row]).toBe(metrics.reciprocalRank(list, held, 3));
      const wanted = ndcg === "standard" ? metrics.ndcg(list, held, 3) : metrics.ndcgRetrieved(list, held, 3, 10);
      expect(figures["ndcg@3"]?.[row]).toBeCloseTo(wanted, 12);
    });
    for (const [name, values] of Object.entries(figures)) {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(mean, name).toBeCloseTo(table[name] ?? Number.NaN, 12);
    }
  }
});
