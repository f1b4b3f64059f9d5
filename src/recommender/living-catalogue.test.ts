/** A catalogue that lives on after the training: items that are hidden, and items whose features changed. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModelName } from "../models/configuration.ts";
import { smallDataset, smallOptions } from "../runs/small-dataset.fixture.ts";
import { trainRun } from "../runs/train-run.ts";
import { openRecommender, type Recommender } from "./recommender.ts";

const dataset = smallDataset();
const { train } = dataset.interactions;
const root = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-living-catalogue-"));
afterAll(() => fs.rmSync(root, { recursive: true }));
const models: readonly ModelName[] = ["lattice", "item-knn", "content-knn", "popularity"];
beforeAll(async () => {
  for (const model of models) {
    const options = { ...smallOptions, epochs: 20, validateEvery: 0 };
    await trainRun({ dataset, out: path.join(root, model), model, threads: 1, options });
  }
});

async function opened(model: string, use: (recommender: Recommender) => void | Promise<void>): Promise<void> {
  const recommender = await openRecommender(path.join(root, model), { dataset });
  try {
    await use(recommender);
  } finally {
    recommender.close();
  }
}

const takenBy = (user: number): string[] =>
  Array.from(train.columnIndices.subarray(train.rowPointers[user], train.rowPointers[user + 1]), String);
const ids = (list: { readonly items: readonly { readonly id: string }[] }) => list.items.map(({ id }) => id);
const featuresOf = (item: number) =>
  Object.fromEntries(
    dataset.modalities.map(({ name, features }) => {
      const row = new Float32Array(features?.columns ?? 0);
      features?.read(item, item + 1, row);
      return [name, row];
    }),
  );
const everything = { count: 100, exclude: "nothing" } as const;

describe("what a recommender says of its items", () => {
  it("is as they are now: hidden ones are left out, added ones stand at the end", async () => {
    await opened("lattice", async (recommender) => {
      const all = recommender.itemIds();
      expect(all).toEqual(Array.from({ length: dataset.items }, (_, item) => String(item)));
      const taken = train.columnIndices.filter((item) => item === 4).length;
      expect(recommender.item("4")).toMatchObject({ interactions: taken, added: false });
      const [first] = recommender.recommend(["3"], { count: 1 });
      const near = recommender.similar(first?.items[0]?.id ?? "", { count: 1 })[0];
      const [a, b] = [first?.items[0]?.id ?? "", near?.id ?? ""].map((id) => [...recommender.embedding(id)]);
      const product = (x: number[], y: number[]) => x.reduce((sum, value, column) => sum + value * (y[column] ?? 0), 0);
      expect(product(a ?? [], b ?? []) / Math.sqrt(product(a ?? [], a ?? []) * product(b ?? [], b ?? []))).toBeCloseTo(
        near?.score ?? 0,
        5,
      );

      recommender.hideItems(["9"]);
      await recommender.addItems([{ id: "new", title: "New", features: featuresOf(2) }]);
      expect(recommender.itemIds()).toEqual([...all.filter((id) => id !== "9"), "new"]);
      expect(recommender.item("new")).toEqual({ title: "New", interactions: 0, added: true });
      expect(recommender.embedding("new")).toHaveLength(recommender.embedding("4").length);
      for (const ask of [recommender.item, recommender.embedding]) expect(() => ask("9")).toThrow('item "9" is hidden');
    });
  });
});

describe.each(models)("a hidden item of a %s run", (model) => {
  it("is in no list and no explanation, counts in histories, and comes back", async () => {
    await opened(model, (recommender) => {
      const user = 3;
      const [hidden] = takenBy(user);
      const before = {
        user: recommender.recommend([String(user)], everything)[0],
        history: recommender.recommendFor({ history: takenBy(user), ...everything }),
        similar: recommender.similarities.map((by) => recommender.similar("9", { by, count: 100 })),
      };
      recommender.hideItems([hidden, "9"]);
      expect([recommender.has(hidden), recommender.knows(hidden)]).toEqual([false, true]);
      const without = (list: typeof before.history) => list.items.filter(({ id }) => id !== hidden && id !== "9");
      expect(recommender.recommend([String(user)], everything)[0].items).toEqual(without(before.user));
      expect(recommender.recommendFor({ history: takenBy(user), ...everything }).items).toEqual(
        without(before.history),
      );
      expect(ids(recommender.recommendFor({ history: [], ...everything }))).not.toContain(hidden);
      expect(
        ids(recommender.recommendFor({ history: ["1"], allow: ["1", "2"], deny: [hidden], exclude: "nothing" })),
      ).toEqual(expect.arrayContaining(["1", "2"]));
      for (const by of recommender.similarities) {
        expect(recommender.similar("1", { by, count: 100 }).map(({ id }) => id)).not.toContain(hidden);
      }
      expect([recommender.wasTrained("9"), recommender.wasTrained("new")]).toEqual([true, false]);
      expect(() => recommender.similar("9")).toThrow('item "9" is hidden');
      expect(() => recommender.recommend(["1"], { allow: ["9"] })).toThrow("is hidden");
      if (model !== "popularity") {
        const explanation = recommender.explain(String(user), "20");
        expect(JSON.stringify(explanation)).not.toContain(`"id":"${hidden}"`);
        const { reasons, others, own, contribution } = explanation;
        const sum = reasons.reduce(
          (total, reason) => total + reason.contribution,
          others.contribution + own.contribution,
        );
        expect(sum).toBeCloseTo(contribution, 5);
        expect(contribution).toBeCloseTo(explanation.score, 4);
      }
      recommender.showItems([hidden, "9"]);
      expect(recommender.recommend([String(user)], everything)[0]).toEqual(before.user);
      expect(recommender.similarities.map((by) => recommender.similar("9", { by, count: 100 }))).toEqual(
        before.similar,
      );
      expect(() => recommender.hideItems(["zwölf"])).toThrow('item "zwölf" is not in this run');
    });
  });
});

describe("an item whose features changed", () => {
  it("is placed anew once, under its id, with what users took of it", async () => {
    await opened("lattice", async (recommender) => {
      const before = recommender.recommend(["3"], everything)[0];
      const alike = recommender.similar("7", { by: "image", count: 1 });
      await recommender.addItems([{ id: "7", title: "Seven", features: featuresOf(8) }], { replace: true });
      const list = ids(recommender.recommend(["3"], everything)[0]);
      expect(list.toSorted()).toEqual(ids(before).toSorted());
      expect(recommender.similar("7", { by: "image", count: 1 })).not.toEqual(alike);
      expect(recommender.similar("7", { by: "image", count: 1 })[0].id).toBe("8");
      for (const by of recommender.similarities) {
        const similar = recommender.similar("8", { by, count: 100 }).map(({ id }) => id);
        expect(new Set(similar).size).toBe(similar.length);
        expect(recommender.similar("7", { by, count: 100 }).map(({ id }) => id)).not.toContain("7");
      }
      const fans = dataset.userIds.filter((_, user) => takenBy(user).includes("7"));
      expect(fans.length).toBeGreaterThan(0);
      for (const fan of fans) {
        expect(ids(recommender.recommend([fan], { count: 100 })[0])).not.toContain("7");
        expect(ids(recommender.recommendFor({ history: takenBy(Number(fan)), count: 100 }))).not.toContain("7");
        expect(recommender.user(fan)?.history).toContain("7");
      }
      const counted = (id: string) =>
        recommender.recommendFor({ history: [], count: 100 }).items.find((item) => item.id === id)?.score;
      expect(counted("7")).toBe(fans.length);
      await recommender.addItems([{ id: "7", features: featuresOf(7) }], { replace: true });
      expect(recommender.recommend(["3"], everything)[0]).toEqual(before);
      await recommender.addItems([{ id: "7", features: featuresOf(9) }], { replace: true });
      recommender.hideItems(["7"]);
      expect(ids(recommender.recommend(["3"], everything)[0])).not.toContain("7");
      recommender.removeItems(["7"]);
      expect(ids(recommender.recommend(["3"], everything)[0])).not.toContain("7");
      recommender.showItems(["7"]);
      expect(recommender.recommend(["3"], everything)[0]).toEqual(before);
    });
  });
});
