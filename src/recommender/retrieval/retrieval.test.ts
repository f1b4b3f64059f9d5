/** The approximate index: what it finds is nearly the exact best, filters hold whatever it finds, and its file is read again only where it fits. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDataset } from "../../data/index.ts";
import type { Floats, Matrix } from "../../engine/engine.ts";
import { trainRun } from "../../runs/train-run.ts";
import { createRandom } from "../../tensor/random.ts";
import { openRecommender, type Recommender } from "../recommender.ts";
import { openItemIndex } from "./item-index.ts";
import { product, retrieve } from "./retrieve.ts";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-index-"));
afterAll(() => fs.rmSync(root, { recursive: true }));

/** Rows of very different lengths, so that a nearest neighbour by direction is not the largest product. */
function embeddingsOf(rows: number, columns: number, seed: number): Matrix {
  const random = createRandom(seed, "embeddings of the index test");
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const length = 0.1 + 3 * random.uniform();
    for (let c = 0; c < columns; c++) data[row * columns + c] = length * (random.uniform() - 0.5);
  }
  return { rows, columns, data };
}

function exactBest(embeddings: Matrix, vector: Floats, count: number): number[] {
  return Array.from({ length: embeddings.rows }, (_, item) => item)
    .sort((a, b) => product(vector, embeddings, b) - product(vector, embeddings, a) || a - b)
    .slice(0, count);
}

const vectorOf = (seed: number, columns: number): Float32Array =>
  Float32Array.from(embeddingsOf(1, columns, seed).data);

describe("retrieve", () => {
  const columns = 12;
  const embeddings = embeddingsOf(3000, columns, 1);

  test("finds nearly all of the items of largest product, with their exact scores in order", async () => {
    const index = await openItemIndex(embeddings);
    let found = 0;
    for (let query = 0; query < 50; query++) {
      const vector = vectorOf(100 + query, columns);
      const list = retrieve({ index, embeddings, vector, accepts: () => true, refused: 0, count: 20 }) ?? [];
      expect(list).toHaveLength(20);
      const best = new Set(exactBest(embeddings, vector, 20));
      found += list.filter(({ item }) => best.has(item)).length;
      list.forEach(({ item, score }, place) => {
        expect(score).toBe(product(vector, embeddings, item));
        if (place > 0) expect(score).toBeLessThanOrEqual(list[place - 1].score);
      });
    }
    expect(found / (50 * 20)).toBeGreaterThan(0.95);
  });

  test("holds to any filter, and says when so few are left that all have to be scored", async () => {
    const index = await openItemIndex(embeddings);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 25 }),
        fc.integer(),
        (each, count, seed) => {
          const vector = vectorOf(Math.abs(seed), columns);
          const accepts = (item: number): boolean => item % each === 0;
          const accepted = Math.ceil(embeddings.rows / each);
          const list = retrieve({ index, embeddings, vector, accepts, refused: embeddings.rows - accepted, count });
          if (list === undefined) return;
          expect(list).toHaveLength(count);
          expect(list.every(({ item }) => accepts(item))).toBe(true);
          expect(new Set(list.map(({ item }) => item)).size).toBe(count);
        },
      ),
      { numRuns: 100 },
    );
    const rare = {
      index,
      embeddings,
      vector: vectorOf(5, columns),
      accepts: (item: number) => item === 7,
      refused: 2999,
    };
    expect(retrieve({ ...rare, count: 2 })).toBeUndefined();
  });

  test("scores items that came after it was built", async () => {
    const grown = { ...embeddings, data: Float32Array.from(embeddings.data) };
    const index = await openItemIndex({ ...embeddings, rows: 2990, data: grown.data.subarray(0, 2990 * columns) });
    const vector = vectorOf(7, columns);
    grown.data.set(
      vector.map((value) => 50 * value),
      2995 * columns,
    );
    const request = { index, embeddings: grown, vector, refused: 0, count: 5 };
    expect(retrieve({ ...request, accepts: () => true })?.[0].item).toBe(2995);
    expect(retrieve({ ...request, accepts: (item) => item !== 2995 })?.map(({ item }) => item)).not.toContain(2995);
  });
});

describe("the file of an index", () => {
  const embeddings = embeddingsOf(500, 8, 2);
  const file = path.join(root, "items.usearch");
  const builds = async (matrix: Matrix, settings = {}): Promise<boolean> => {
    let built = false;
    await openItemIndex(matrix, { file, ...settings, onProgress: () => (built = true) });
    return built;
  };

  test("is read where it was built of the same embeddings with the same settings, and made anew otherwise", async () => {
    expect(await builds(embeddings)).toBe(true);
    const whole = await openItemIndex(embeddings);
    const read = await openItemIndex(embeddings, { file });
    const vector = vectorOf(9, 8);
    expect(read.search(vector, 10)).toEqual(whole.search(vector, 10));
    expect(await builds(embeddings)).toBe(false);
    expect(await builds(embeddings, { connectivity: 8 })).toBe(true);
    expect(await builds(embeddingsOf(500, 8, 3))).toBe(true);
    expect(await builds(embeddingsOf(500, 8, 3))).toBe(false);
    fs.writeFileSync(`${file}.json`, "{");
    expect(await builds(embeddingsOf(500, 8, 3))).toBe(true);
    expect(fs.readdirSync(root).sort()).toEqual(["items.usearch", "items.usearch.json"]);
  });

  test("a setting that cannot be, and a model without embeddings, are refused by name", async () => {
    await expect(openItemIndex(embeddings, { expansionSearch: 0 })).rejects.toThrow("index, expansionSearch: found 0");
    await expect(openItemIndex({ rows: 5, columns: 0, data: new Float32Array(0) })).rejects.toThrow(
      "has no embeddings to index",
    );
  });
});

describe("a recommender with an index", () => {
  const run = path.join(root, "run");
  const items = 1500;
  let exact: Recommender;
  let indexed: Recommender;
  beforeAll(async () => {
    const random = createRandom(7, "dataset of the index test");
    const train = Array.from({ length: 4000 }, (): [number, number] => [
      Math.floor(random.uniform() * 30),
      Math.floor(random.uniform() ** 2 * items),
    ]);
    const unique = [...new Map(train.map((pair) => [pair.join(), pair])).values()];
    const interactions = { train: unique, validation: [], test: [] };
    const dataset = createDataset({ name: "wide", users: 30, items, interactions, modalities: [] });
    await trainRun({ dataset, out: run, model: "mf", options: { epochs: 3, embeddingSize: 16 }, threads: 1 });
    exact = await openRecommender(run);
    indexed = await openRecommender(run, { index: true });
  });
  afterAll(() => {
    exact.close();
    indexed.close();
  });

  test("gives nearly the exact lists, and what was trained with, denied or already taken in none of them", () => {
    const users = Array.from({ length: 30 }, (_, user) => String(user));
    const deny = exact.recommend(["0"], { count: 5 })[0].items.map(({ id }) => id);
    const wanted = exact.recommend(users, { deny });
    const lists = indexed.recommend(users, { deny });
    const shared = lists.map(({ items: list }, n) => {
      const ids = new Set(wanted[n].items.map(({ id }) => id));
      expect(list).toHaveLength(20);
      expect(list.some(({ id }) => deny.includes(id))).toBe(false);
      return list.filter(({ id }) => ids.has(id)).length;
    });
    expect(shared.reduce((sum, count) => sum + count, 0) / (30 * 20)).toBeGreaterThan(0.95);
    const history = deny.slice(0, 3);
    const session = indexed.recommendFor({ history }).items.map(({ id }) => id);
    expect(session.filter((id) => history.includes(id))).toEqual([]);
  });

  test("ranks few allowed items, and boosted ones, exactly", () => {
    const allow = Array.from({ length: 40 }, (_, n) => String(n * 30));
    expect(indexed.recommend(["3"], { allow })).toEqual(exact.recommend(["3"], { allow }));
    const boosts = { items: { "700": 50 } };
    expect(indexed.recommend(["3"], { boosts })).toEqual(exact.recommend(["3"], { boosts }));
  });
});
