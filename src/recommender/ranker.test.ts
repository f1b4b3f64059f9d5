/** A run that scores by its item graph, through everything that a product calls: the scores themselves, not only their order. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { coOccurrenceScores } from "../graph/co-occurrence.ts";
import { evaluateRun } from "../runs/evaluate-run.ts";
import { exportRun } from "../runs/export-run.ts";
import { openRun } from "../runs/open-run.ts";
import { smallDataset } from "../runs/small-dataset.fixture.ts";
import { trainRun } from "../runs/train-run.ts";
import { openRecommender } from "./recommender.ts";

const dataset = smallDataset();
const { train } = dataset.interactions;
const root = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-item-scores-"));
const folder = path.join(root, "run");
const scores = coOccurrenceScores(train, 6, 0);
/** S_ij, 0 where j is no neighbour of i. */
const scoreOf = (i: number, j: number): number => {
  const from = scores.rowPointers[i];
  const at = scores.columnIndices.subarray(from, scores.rowPointers[i + 1]).indexOf(j);
  return at < 0 ? 0 : scores.values[from + at];
};

beforeAll(async () => {
  await trainRun({ dataset, out: folder, model: "item-knn", options: { neighbours: 6 }, threads: 1 });
});
afterAll(() => fs.rmSync(root, { recursive: true }));

describe("an item-knn run", () => {
  it("scores users, histories with weights, and similar items by its equation", async () => {
    const recommender = await openRecommender(folder);
    const own = train.columnIndices.subarray(train.rowPointers[5], train.rowPointers[6]);
    const [list] = recommender.recommend(["5"], { count: 4 });
    expect(list.items).toHaveLength(4);
    for (const { id, score } of list.items) {
      expect(score).toBeCloseTo(
        own.reduce((sum, j) => sum + scoreOf(Number(id), j), 0),
        6,
      );
    }
    const history = [{ id: "3", weight: 2 }, "8"];
    for (const { id, score } of recommender.recommendFor({ history }).items) {
      expect(score).toBeCloseTo(2 * scoreOf(Number(id), 3) + scoreOf(Number(id), 8), 6);
    }
    const similar = recommender.similar("3", { count: 6 });
    expect(similar).toHaveLength(6);
    for (const { id, score } of similar) expect(score).toBeCloseTo(scoreOf(3, Number(id)), 6);
    expect(recommender.similar("3", { by: "graph", count: 6 })).toEqual(similar);
    await expect(recommender.addItems([{ id: "new", features: { image: [1, 2, 3, 4, 5, 6] } }])).rejects.toThrow(
      "cannot place items",
    );
    recommender.close();
  });

  it("has the figures of its training when it is evaluated again, and exports its graph", async () => {
    expect(await evaluateRun(folder, { split: "test" })).toEqual(openRun(folder).metrics.test);
    const names = exportRun(folder, path.join(root, "export")).map(({ name }) => name);
    expect(names).toContain("item_graph_values.npy");
    expect(names).not.toContain("user_embeddings.npy");
    expect(fs.readFileSync(path.join(root, "export", "README.txt"), "utf8")).toContain("sum of the item's values");
  });
});
