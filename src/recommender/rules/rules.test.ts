/** Rules of lists, held to their equations one item at a time. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../data/database.ts";
import { writeNativeDataset } from "../../data/index.ts";
import { parquetScan, writeParquet } from "../../data/parquet-table.ts";
import { ConfigError, DatasetError } from "../../errors.ts";
import type { ModelName } from "../../models/configuration.ts";
import { smallDataset, smallOptions } from "../../runs/small-dataset.fixture.ts";
import { trainRun } from "../../runs/train-run.ts";
import { openRecommender, type Recommender } from "../recommender.ts";
import type { ListRules, RecommendOptions } from "../requests.ts";
import { categoriesIn } from "./categories.ts";
import { diversified } from "./diversity.ts";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-rules-"));
const dataset = smallDataset();
const { train } = dataset.interactions;
const items = dataset.itemIds;
const categories = Object.fromEntries(
  items.map((id) => [id, `Parity > ${Number(id) % 2 === 0 ? "Even" : "Odd"} | By ${Number(id) % 3}`]),
);
const runs = new Map<ModelName, string>();

beforeAll(async () => {
  for (const model of ["lattice", "item-knn", "popularity"] as const) {
    const out = path.join(root, model);
    const options =
      model === "lattice" ? { ...smallOptions, epochs: 20, learningRate: 0.01, validateEvery: 0 } : { neighbours: 8 };
    await trainRun({ dataset, out, model, options, threads: 1 });
    runs.set(model, out);
  }
});
afterAll(() => fs.rmSync(root, { recursive: true }));

async function on<T>(model: ModelName, use: (recommender: Recommender) => T | Promise<T>): Promise<T> {
  const recommender = await openRecommender(runs.get(model) ?? "", { dataset, categories });
  try {
    return await use(recommender);
  } finally {
    recommender.close();
  }
}

const everything = { count: items.length, exclude: "nothing" } as const;
const ids = (list: { readonly items: readonly { readonly id: string }[] }) => list.items.map(({ id }) => id);
const countOf = (id: string): number => train.columnIndices.filter((item) => item === Number(id)).length;
const spread = (scores: readonly number[]): number => {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
};
const scoresOf = (list: { readonly items: readonly { readonly id: string; readonly score: number }[] }) =>
  new Map(list.items.map(({ id, score }) => [id, score]));

describe.each(["lattice", "item-knn", "popularity"] as const)(
  "boosts and the correction for popularity, %s",
  (model) => {
    it("rank by score and σ (b − β ln(1 + n)), whatever else is asked for", async () => {
      await on(model, (recommender) => {
        const boost = fc.double({ min: -3, max: 3, noNaN: true });
        const rules = fc.record({
          count: fc.integer({ min: 1, max: 30 }),
          boosts: fc.record({
            items: fc.dictionary(fc.constantFrom(...items), boost, { maxKeys: 4 }),
            categories: fc.dictionary(fc.constantFrom("Even", "By 1"), boost),
          }),
          popularityCorrection: fc.constantFrom(0, 0.3, 2),
          allow: fc.option(fc.subarray([...items]), { nil: undefined }),
          deny: fc.subarray([...items], { maxLength: 4 }),
          categories: fc.option(fc.subarray(["Even", "Odd", "By 2", "Parity"]), { nil: undefined }),
          withoutCategories: fc.subarray(["By 0", "Parity > Odd"], { maxLength: 1 }),
        });
        fc.assert(
          fc.property(fc.nat(dataset.users - 1), rules, (user, asked) => {
            const id = String(user);
            const plain = scoresOf(recommender.recommend([id], everything)[0]);
            const sigma = spread([...plain.values()]);
            const own = new Set(train.columnIndices.subarray(train.rowPointers[user], train.rowPointers[user + 1]));
            const inAny = (item: string, names: readonly string[]) =>
              names.some((name) => categoriesIn(categories[item]).includes(name));
            const expected = items
              .filter(
                (item) => !own.has(Number(item)) && (asked.allow?.includes(item) ?? true) && !asked.deny.includes(item),
              )
              .filter((item) => asked.categories === undefined || inAny(item, asked.categories))
              .filter((item) => !inAny(item, asked.withoutCategories))
              .map((item) => {
                const byCategory = Object.entries(asked.boosts.categories).filter(([name]) => inAny(item, [name]));
                const b = (asked.boosts.items[item] ?? 0) + byCategory.reduce((sum, [, value]) => sum + value, 0);
                const score = plain.get(item) ?? Number.NaN;
                return {
                  id: item,
                  score,
                  adjusted: score + sigma * (b - asked.popularityCorrection * Math.log(1 + countOf(item))),
                };
              })
              .sort((a, b) => b.adjusted - a.adjusted)
              .slice(0, asked.count);
            const [found] = recommender.recommend([id], asked);
            expect(found.items).toHaveLength(expected.length);
            found.items.forEach(({ id: item, score, adjusted = score }, place) => {
              expect(Math.abs(score - (plain.get(item) ?? Number.NaN))).toBeLessThan(1e-4);
              // Which of two equals stands first is decided by rounding.
              expect(Math.abs(adjusted - expected[place].adjusted)).toBeLessThan(1e-3);
              expect(
                expected.map((one) => one.id).includes(item) ||
                  Math.abs(adjusted - (expected.at(-1)?.adjusted ?? 0)) < 1e-3,
              ).toBe(true);
            });
          }),
          { numRuns: 60 },
        );
      });
    });

    it("hold for histories and for who has none, and leave lists alone that ask for none", async () => {
      await on(model, (recommender) => {
        const plain = recommender.recommendFor({ history: ["1", "4"], count: 26 });
        expect(
          recommender.recommendFor({
            history: ["1", "4"],
            count: 26,
            boosts: {},
            popularityCorrection: 0,
            diversity: 0,
          }),
        ).toEqual(plain);
        expect(plain.items[0]).not.toHaveProperty("adjusted");
        const last = plain.items.at(-1)?.id ?? "";
        const boosts = { items: { [last]: 100 } };
        const boosted = recommender.recommendFor({ history: ["1", "4"], boosts });
        expect(boosted.items[0].id).toBe(last);
        expect(boosted.items[0].adjusted).toBeGreaterThan(boosted.items[0].score);
        const nobody = recommender.recommendFor({ history: [], boosts, withoutCategories: ["Even"], count: 26 });
        expect(nobody.source).toBe("popularity");
        if (Number(last) % 2 === 1) expect(nobody.items[0]).toMatchObject({ id: last, score: countOf(last) });
        expect(nobody.items).toHaveLength(13);
      });
    });
  },
);

describe("diversity", () => {
  it("chooses from a pool as large as a catalogue", () => {
    const pool = Array.from({ length: 300_000 }, (_, item) => ({ item, score: -item }));
    expect(diversified(pool, 1, 0.5, () => 0)).toEqual([pool[0]]);
  });

  /** Maximal marginal relevance by its definition, over a pool with its relevances. */
  function chosen(
    pool: readonly string[],
    scores: ReadonlyMap<string, number>,
    similarity: (a: string, b: string) => number,
    delta: number,
    count: number,
  ): string[] {
    const values = pool.map((id) => scores.get(id) ?? 0);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const list: string[] = [];
    while (list.length < Math.min(count, pool.length)) {
      const left = pool.filter((id) => !list.includes(id));
      const value = (id: string) =>
        ((1 - delta) * ((scores.get(id) ?? 0) - least)) / (most - least) -
        delta * (list.length === 0 ? 0 : Math.max(...list.map((other) => similarity(id, other))));
      list.push(left.reduce((best, id) => (value(id) > value(best) + 1e-9 ? id : best)));
    }
    return list;
  }

  it.each(["lattice", "item-knn"] as const)("is maximal marginal relevance over what was ranked, %s", async (model) => {
    await on(model, (recommender) => {
      const cosines = new Map(
        items.map((id) => [
          id,
          scoresOf({ items: recommender.similar(id, { count: 26, by: model === "lattice" ? "embedding" : "graph" }) }),
        ]),
      );
      const similarity = (a: string, b: string) => {
        const both = [cosines.get(a)?.get(b) ?? 0, cosines.get(b)?.get(a) ?? 0];
        return Math.max(...both);
      };
      for (const diversity of [0, 0.2, 0.6, 1]) {
        for (const user of ["0", "7", "12"]) {
          const pool = recommender.recommend([user], { count: 26 })[0];
          const [list] = recommender.recommend([user], { count: 8, diversity });
          expect(ids(list), `${model} ${diversity} ${user}`).toEqual(
            diversity === 0 ? ids(pool).slice(0, 8) : chosen(ids(pool), scoresOf(pool), similarity, diversity, 8),
          );
        }
      }
    });
  });

  it("makes lists more unlike", async () => {
    await on("lattice", (recommender) => {
      const unlike = (diversity: number): number => {
        const list = ids(recommender.recommend(["3"], { count: 6, diversity })[0]);
        const pairs = list.flatMap((a) => list.filter((b) => b !== a).map((b) => [a, b] as const));
        return pairs.reduce(
          (sum, [a, b]) => sum + 1 - (scoresOf({ items: recommender.similar(a, { count: 26 }) }).get(b) ?? 0),
          0,
        );
      };
      expect(unlike(0.7)).toBeGreaterThan(unlike(0));
      expect(recommender.recommendFor({ history: ["3"], count: 6, diversity: 0.7 })).not.toEqual(
        recommender.recommendFor({ history: ["3"], count: 6 }),
      );
    });
  });
});

describe("because", () => {
  it.each(["lattice", "item-knn"] as const)("mixes the scores of user and items in equal units, %s", async (model) => {
    await on(model, (recommender) => {
      const of = (options: RecommendOptions) =>
        scoresOf(recommender.recommend(["3"], { ...everything, ...options })[0]);
      const user = of({});
      const because = [{ id: "2", weight: 2 }, "8"];
      const alone = scoresOf(recommender.recommendFor({ history: because, ...everything }));
      const ratio = spread([...user.values()]) / spread([...alone.values()]);
      for (const weight of [0, 0.3, undefined, 1]) {
        const w = weight ?? 0.5;
        const mixed = of({ because, becauseWeight: weight });
        for (const id of items) {
          expect(mixed.get(id)).toBeCloseTo((1 - w) * (user.get(id) ?? 0) + w * ratio * (alone.get(id) ?? 0), 4);
        }
      }
    });
  });

  it("leaves its items out, unless nothing is, and speaks alone for who has no history", async () => {
    await on("lattice", (recommender) => {
      const list = ids(recommender.recommend(["3"], { because: ["2"], count: 26 })[0]);
      expect(list).not.toContain("2");
      expect(ids(recommender.recommend(["3"], { because: ["2"], count: 26, exclude: "nothing" })[0])).toContain("2");
    });
    const lonely = path.join(root, "lonely");
    const { users, ...rest } = dataset;
    await trainRun({
      dataset: { ...rest, users, interactions: { ...dataset.interactions, train: withoutUser(5) } },
      out: lonely,
      options: { ...smallOptions, epochs: 3 },
      threads: 1,
    });
    const recommender = await openRecommender(lonely);
    const [list] = recommender.recommend(["5"], { because: ["2"], count: 5 });
    expect(list.source).toBe("model");
    expect(list.items).toEqual(recommender.recommendFor({ history: ["2"], count: 5 }).items);
    expect(recommender.recommend(["5"], { count: 5 })[0].source).toBe("popularity");
    recommender.close();
  });

  /** The training pairs without those of a user. */
  function withoutUser(user: number): typeof train {
    const [from, to] = [train.rowPointers[user], train.rowPointers[user + 1]];
    return {
      ...train,
      rowPointers: train.rowPointers.map((pointer, row) => (row > user ? pointer - (to - from) : pointer)),
      columnIndices: Int32Array.from([...train.columnIndices.subarray(0, from), ...train.columnIndices.subarray(to)]),
    };
  }
});

describe("categories", () => {
  it("are levels of paths and the paths themselves", () => {
    expect(categoriesIn("Baby > Clothes | Gifts")).toEqual(["Baby", "Clothes", "Baby > Clothes", "Gifts"]);
    expect(categoriesIn(" | a >> b ")).toEqual(["a", "b", "a > b"]);
    expect(categoriesIn("")).toEqual([]);
  });

  it("of added items come with them", async () => {
    await on("lattice", async (recommender) => {
      expect(
        recommender.recommend(["3"], { categories: ["Even"], count: 30, exclude: "nothing" })[0].items,
      ).toHaveLength(13);
      await recommender.addItems([{ id: "new", categories: ["Even", "Fresh"], features: { text: [1, 2, 3, 4, 5] } }]);
      expect(ids(recommender.recommend(["3"], { categories: ["Fresh"] })[0])).toEqual(["new"]);
      expect(
        recommender.recommend(["3"], { categories: ["Even"], count: 30, exclude: "nothing" })[0].items,
      ).toHaveLength(14);
      recommender.removeItems(["new"]);
      expect(() => recommender.recommend(["3"], { categories: ["Fresh"] })).toThrow(
        'category "Fresh" is not in this run',
      );
    });
  });

  it("are read from a column of the dataset's items, by id", async () => {
    const folder = path.join(root, "native");
    const file = path.join(folder, "items.parquet");
    await writeNativeDataset(folder, dataset);
    const database = await openDatabase();
    await writeParquet(
      database,
      `SELECT *, CASE WHEN item = '3' THEN NULL ELSE 'All > By ' || (CAST(item AS INTEGER) % 3) END AS kind, ['Good', 'Item ' || item] AS tags FROM ${parquetScan(file)} ORDER BY item`,
      file,
    );
    database.close();
    const run = runs.get("popularity") ?? "";
    const recommender = await openRecommender(run, { dataset: folder, categories: "kind" });
    const [list] = recommender.recommend(["3"], { ...everything, categories: ["By 0"] });
    expect(
      ids(list)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual([0, 6, 9, 12, 15, 18, 21, 24]);
    expect(recommender.recommend(["3"], { ...everything, categories: ["All"] })[0].items).toHaveLength(25);
    recommender.close();
    const tagged = await openRecommender(run, { dataset: folder, categories: "tags" });
    expect(ids(tagged.recommend(["3"], { ...everything, categories: ["Item 7"] })[0])).toEqual(["7"]);
    expect(tagged.recommend(["3"], { ...everything, categories: ["Good"] })[0].items).toHaveLength(26);
    tagged.close();
    await expect(openRecommender(run, { dataset: folder, categories: true })).rejects.toThrow(
      "has no column category or categories; found title, kind, tags: name the one with the categories",
    );
    await expect(openRecommender(run, { dataset: folder, categories: "kid" })).rejects.toThrow('Did you mean "kind"?');
  });

  it("are refused where there are none", async () => {
    const folder = runs.get("popularity") ?? "";
    const without = await openRecommender(folder);
    expect(() => without.recommend(["3"], { categories: ["Even"] })).toThrow("this recommender was opened without any");
    without.close();
    await expect(openRecommender(folder, { categories: "colour" })).rejects.toThrow(ConfigError);
    const empty = await openRecommender(folder, { categories: {} });
    expect(() => empty.recommend(["3"], { categories: ["Even"] })).toThrow("no item of this run has any");
    empty.close();
    await expect(openRecommender(folder, { categories: true, dataset: root })).rejects.toThrow(DatasetError);
  });
});

describe("rules that cannot be", () => {
  const refused: readonly (readonly [ListRules & RecommendOptions, string])[] = [
    [{ diversity: 1.5 }, "diversity: found 1.5, expected a number from 0 (as ranked) to 1"],
    [{ diversity: Number.NaN }, "diversity: found NaN"],
    [{ popularityCorrection: -1 }, "popularityCorrection: found -1, expected a number from 0 up"],
    [{ boosts: { items: { "3": Number.NaN } } }, 'boosts: item "3" has NaN, expected a finite number'],
    [{ boosts: { categories: { Even: Number.POSITIVE_INFINITY } } }, 'boosts: category "Even" has Infinity'],
    [{ boosts: { items: { x: 1 } } }, 'item "x" is not in this run'],
    [{ boosts: { categories: { Eve: 1 } } }, 'category "Eve" is not in this run, which knows 8 categories'],
    [{ categories: ["Odds"] }, 'the closest categories are "Odd"'],
    [{ because: ["x"] }, 'item "x" is not in this run'],
    [{ because: ["3"], becauseWeight: 2 }, "becauseWeight: found 2, expected a number from 0 (the user alone) to 1"],
    [{ count: 0, diversity: 0.5 }, "count: found 0"],
  ];

  it.each(refused)("%j", async (options, message) => {
    await on("popularity", (recommender) => {
      expect(() => recommender.recommend(["3"], options)).toThrow(ConfigError);
      expect(() => recommender.recommend(["3"], options)).toThrow(message);
    });
  });
});
