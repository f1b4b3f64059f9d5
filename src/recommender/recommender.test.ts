import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import Papa from "papaparse";
import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceEngine } from "../engine/reference.ts";
import { ConfigError, RunError } from "../errors.ts";
import { temporaryFolder } from "../runs/folder.fixture.ts";
import { interactionsOf, madeUpRun } from "../runs/made-up-run.fixture.ts";
import { smallDataset, smallOptions } from "../runs/small-dataset.fixture.ts";
import { trainRun } from "../runs/train-run.ts";
import { writeRun } from "../runs/write-run.ts";
import { recommendationText, writeRecommendations } from "./batch-output.ts";
import { openRecommender, type Recommender } from "./recommender.ts";
import type { RecommendOptions } from "./requests.ts";

async function onMadeUpRun<T>(use: (recommender: Recommender) => T): Promise<T> {
  const folder = path.join(temporaryFolder(), "run");
  await writeRun(folder, madeUpRun());
  const recommender = await openRecommender(folder, { engine: createReferenceEngine("float32") });
  try {
    return use(recommender);
  } finally {
    recommender.close();
  }
}

const idsOf = (list: { readonly items: readonly { readonly id: string }[] } | undefined) =>
  list?.items.map(({ id }) => id);

describe("recommend", () => {
  it("ranks by dot product, leaves out what was trained with, and gives titles and scores", async () => {
    await onMadeUpRun((recommender) => {
      const [ann, bob] = recommender.recommend(["ann", "bob"], { count: 3 });
      expect(ann).toEqual({
        user: "ann",
        source: "model",
        items: [
          { id: "i3", title: "Three", score: 3 },
          { id: "i2", title: 'Two "2"', score: 2 },
          { id: "i1", title: "One", score: 1 },
        ],
      });
      expect(idsOf(bob)).toEqual(["i1", "i2", "i3"]);
    });
  });

  it("leaves out held-out items too, or nothing, when asked to", async () => {
    await onMadeUpRun((recommender) => {
      expect(idsOf(recommender.recommend(["ann"], { exclude: "all" })[0])).toEqual(["i2", "i1", "i0"]);
      expect(idsOf(recommender.recommend(["ann"], { exclude: "nothing" })[0])).toEqual([
        "i5",
        "i4",
        "i3",
        "i2",
        "i1",
        "i0",
      ]);
    });
  });

  it("gives who has no training items the most popular ones, marked as such, ties by smaller index", async () => {
    await onMadeUpRun((recommender) => {
      const [dan] = recommender.recommend(["dan"], { count: 4 });
      expect(dan?.source).toBe("popularity");
      expect(dan?.items.map(({ id, score }) => [id, score])).toEqual([
        ["i0", 2],
        ["i1", 1],
        ["i4", 1],
        ["i5", 1],
      ]);
      expect(idsOf(recommender.recommend(["dan"], { count: 4, deny: ["i1"], allow: ["i5", "i1", "i2"] })[0])).toEqual([
        "i5",
        "i2",
      ]);
    });
  });

  it("ranks exactly the allowed items, however deep they stand", async () => {
    await onMadeUpRun((recommender) => {
      const [ann] = recommender.recommend(["ann"], { count: 3, allow: ["i0", "i2", "i1"] });
      expect(ann?.items.map(({ id, score }) => [id, score])).toEqual([
        ["i2", 2],
        ["i1", 1],
        ["i0", 0],
      ]);
      expect(idsOf(recommender.recommend(["ann"], { allow: [] })[0])).toEqual([]);
      expect(idsOf(recommender.recommend(["ann"], { deny: ["i3", "i2", "i1"] })[0])).toEqual(["i0"]);
    });
  });

  it("names an unknown id and those that read like it", async () => {
    await onMadeUpRun((recommender) => {
      expect(() => recommender.recommend(["anne"])).toThrow(
        new ConfigError('user "anne" is not in this run, which knows 4 users; the closest ids are "ann", "dan", "bob"'),
      );
      expect(() => recommender.recommend(["ann"], { allow: ["i9"] })).toThrow(
        'item "i9" is not in this run, which knows 6 items',
      );
      expect(() => recommender.recommend(["ann"], { count: 0 })).toThrow(
        new ConfigError("count: found 0, expected an integer of at least 1"),
      );
    });
  });
});

describe("dislikes", () => {
  it("are never recommended, whatever else is left out or allowed", async () => {
    const made = madeUpRun();
    const folder = path.join(temporaryFolder(), "run");
    const dislikes = interactionsOf([[2, 3], [], [], [0]]);
    await writeRun(folder, { ...made, weights: { ...made.weights, dislikes } });
    const recommender = await openRecommender(folder, { engine: createReferenceEngine("float32") });
    expect(idsOf(recommender.recommend(["ann"])[0])).toEqual(["i1", "i0"]);
    expect(idsOf(recommender.recommend(["ann"], { exclude: "nothing" })[0])).toEqual(["i5", "i4", "i1", "i0"]);
    expect(idsOf(recommender.recommend(["ann"], { allow: ["i2", "i0"] })[0])).toEqual(["i0"]);
    expect(idsOf(recommender.recommend(["dan"], { count: 2 })[0])).toEqual(["i1", "i4"]);
    expect([...recommender.recommendAll({ exclude: "nothing" })].flat().map(idsOf)[1]).toContain("i2");
    recommender.close();
  });
});

describe("similar", () => {
  it("goes by embedding, by the item graph, or by a modality, without the item itself", async () => {
    await onMadeUpRun((recommender) => {
      expect(recommender.similarities).toEqual(["embedding", "graph", "image"]);
      expect(recommender.similar("i0", { count: 2 }).map(({ id }) => id)).toEqual(["i1", "i2"]);
      expect(recommender.similar("i0")[0]?.score).toBeCloseTo(20 / (5 * Math.sqrt(17)), 6);
      expect(recommender.similar("i1", { by: "graph" })).toEqual([
        { id: "i2", title: 'Two "2"', score: 0.5 },
        { id: "i0", title: "Zero, the first", score: 0.25 },
      ]);
      expect(recommender.similar("i5", { by: "graph" })).toEqual([]);
      expect(recommender.similar("i0", { by: "image" })).toEqual([{ id: "i5", title: "Five", score: 0.5 }]);
      expect(recommender.similar("i5", { by: "image" })).toEqual([]);
    });
  });

  it("refuses what the run does not know", async () => {
    await onMadeUpRun((recommender) => {
      expect(() => recommender.similar("i0", { by: "sound" })).toThrow(
        new ConfigError('similar by "sound": this run knows embedding, graph, image; choose one of them'),
      );
      expect(() => recommender.similar("i0", { by: "toString" })).toThrow(ConfigError);
      expect(() => recommender.similar("x")).toThrow('item "x" is not in this run');
    });
  });
});

describe("text output", () => {
  it("is CSV with a row an item, quoted where needed", async () => {
    await onMadeUpRun((recommender) => {
      const text = [...recommendationText(recommender.recommendAll({ count: 2 }), "csv")].join("");
      const rows = Papa.parse<string[]>(text.trimEnd()).data;
      expect(rows[0]).toEqual(["user", "rank", "item", "title", "score", "source"]);
      expect(rows.slice(1, 3)).toEqual([
        ["ann", "1", "i3", "Three", "3", "model"],
        ["ann", "2", "i2", 'Two "2"', "2", "model"],
      ]);
      expect(rows.at(-2)).toEqual(["dan", "1", "i0", "Zero, the first", "2", "popularity"]);
      expect(rows).toHaveLength(1 + 4 * 2);
    });
  });

  it("is JSON lines with a line a user, and goes to a file whole", async () => {
    await onMadeUpRun((recommender) => {
      const file = path.join(temporaryFolder(), "all.jsonl");
      writeRecommendations(file, recommender.recommendAll({ count: 2 }), "jsonl");
      const lines = fs.readFileSync(file, "utf8").trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line))).toEqual(
        recommender.recommend(["ann", "bob", "cleo", "dan"], { count: 2 }),
      );
    });
  });
});

it("refuses a folder that is no run", async () => {
  await expect(openRecommender(temporaryFolder())).rejects.toThrow(RunError);
});

describe("on a trained run", () => {
  let recommender: Recommender;
  const dataset = smallDataset();

  beforeAll(async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-recommender-"));
    await trainRun({ dataset, out: path.join(folder, "run"), options: smallOptions, threads: 1 });
    recommender = await openRecommender(path.join(folder, "run"));
    return () => {
      recommender.close();
      fs.rmSync(folder, { recursive: true });
    };
  });

  /** The specification of `recommend`, one item at a time. */
  function expected(user: number, { count = 20, exclude, allow, deny }: RecommendOptions): string[] {
    const { users, items, interactions } = recommender.run.weights();
    const own = (split: "train" | "validation" | "test") => {
      const { rowPointers, columnIndices } = interactions[split];
      return [...columnIndices.subarray(rowPointers[user], rowPointers[user + 1])];
    };
    const hidden = new Set(
      exclude === "nothing"
        ? []
        : exclude === "all"
          ? [...own("train"), ...own("validation"), ...own("test")]
          : own("train"),
    );
    const score = (item: number) => {
      let sum = 0;
      for (let c = 0; c < users.columns; c++)
        sum += users.data[user * users.columns + c] * items.data[item * items.columns + c];
      return sum;
    };
    return dataset.itemIds
      .map((id, item) => ({ id, item, score: score(item) }))
      .filter(({ id, item }) => !hidden.has(item) && (allow?.includes(id) ?? true) && !deny?.includes(id))
      .sort((a, b) => b.score - a.score)
      .slice(0, count)
      .map(({ id }) => id);
  }

  it("any filter gives what one item after another would", () => {
    const items = fc.array(fc.constantFrom(...dataset.itemIds), { maxLength: 30 });
    const options = fc.record({
      count: fc.integer({ min: 1, max: 40 }),
      exclude: fc.constantFrom("training" as const, "all" as const, "nothing" as const),
      allow: fc.option(items, { nil: undefined }),
      deny: items,
    });
    fc.assert(
      fc.property(fc.array(fc.nat(dataset.users - 1), { maxLength: 5 }), options, (users, chosen) => {
        const lists = recommender.recommend(
          users.map((user) => dataset.userIds[user] ?? ""),
          chosen,
        );
        expect(lists.map(idsOf)).toEqual(users.map((user) => expected(user, chosen)));
      }),
    );
  });

  it("all users at once are the users one by one", () => {
    const all = [...recommender.recommendAll({ count: 5 })].flat();
    expect(all.map(({ user }) => user)).toEqual(dataset.userIds);
    expect(all).toEqual(dataset.userIds.flatMap((user) => recommender.recommend([user], { count: 5 })));
  });
});
