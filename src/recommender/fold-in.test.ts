/** Users who come after the training: nearly what the model would say of them, from their history alone. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openEngine } from "../engine/open.ts";
import { ConfigError } from "../errors.ts";
import type { BackboneName, ModelName } from "../models/configuration.ts";
import { smallDataset, smallOptions } from "../runs/small-dataset.fixture.ts";
import { trainRun } from "../runs/train-run.ts";
import type { TrainingOptionsInput } from "../training/configuration.ts";
import { openRecommender, type Recommender } from "./recommender.ts";

const dataset = smallDataset();
const { train } = dataset.interactions;
const root = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-fold-in-"));
afterAll(() => fs.rmSync(root, { recursive: true }));

interface Variant {
  readonly model: ModelName;
  readonly backbone?: BackboneName;
  readonly options?: TrainingOptionsInput;
}

async function trained<T>(name: string, setup: Variant, use: (recommender: Recommender) => T | Promise<T>): Promise<T> {
  const out = path.join(root, name.replaceAll(" ", "-"));
  const options = { ...smallOptions, epochs: 60, validateEvery: 0, learningRate: 0.01, ...setup.options };
  if (!fs.existsSync(out)) await trainRun({ dataset, out, threads: 1, ...setup, options });
  const recommender = await openRecommender(out, { dataset });
  try {
    return await use(recommender);
  } finally {
    recommender.close();
  }
}

const historyOf = (user: number): string[] =>
  Array.from(train.columnIndices.subarray(train.rowPointers[user], train.rowPointers[user + 1]), String);
const ids = (list: { readonly items: readonly { readonly id: string }[] }) => list.items.map(({ id }) => id);

const variants: Readonly<Record<string, Variant>> = {
  lightgcn: { model: "lightgcn" },
  "lightgcn symmetric": { model: "lightgcn", options: { adjacency: "symmetric" } },
  mf: { model: "mf" },
  ngcf: { model: "ngcf" },
  "lattice on lightgcn": { model: "lattice" },
  "lattice on mf": { model: "lattice", backbone: "mf" },
  "item-knn": { model: "item-knn" },
  "content-knn": { model: "content-knn" },
  popularity: { model: "popularity" },
};

describe.each(Object.entries(variants))("%s", (name, setup) => {
  it("gives the history of a known user nearly the list of that user", async () => {
    await trained(name, setup, (recommender) => {
      let shared = 0;
      let most = 0;
      for (let user = 0; user < dataset.users; user++) {
        const known = ids(recommender.recommend([String(user)], { count: 8 })[0]);
        const folded = recommender.recommendFor({ history: historyOf(user), count: 8 });
        expect(folded.source).toBe("model");
        shared += ids(folded).filter((id) => known.includes(id)).length;
        most += known.length;
      }
      const exact = ["item-knn", "content-knn", "popularity"].includes(setup.model);
      expect(shared / most).toBeGreaterThan(exact ? 0.999 : 0.8);
    });
  });

  it("leaves out the history and gives popular items without one", async () => {
    await trained(name, setup, (recommender) => {
      const history = historyOf(3);
      const all = recommender.recommendFor({ history, count: 26 });
      expect(ids(all).some((id) => history.includes(id))).toBe(false);
      expect(ids(recommender.recommendFor({ history, count: 26, exclude: "nothing" }))).toHaveLength(26);
      const allowed = recommender.recommendFor({ history, allow: ["2", ...history], deny: ["3"] });
      expect(ids(allowed)).toEqual(["2"].filter((id) => !history.includes(id)));
      const nobody = recommender.recommendFor({ history: [], count: 3 });
      expect(nobody.source).toBe("popularity");
      const counts = nobody.items.map(({ score }) => score);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
      expect(counts[0]).toBe(
        Math.max(...dataset.itemIds.map((_, item) => train.columnIndices.filter((i) => i === item).length)),
      );
    });
  });
});

describe("weights", () => {
  it("of 2 are the item twice, and a scale of all changes no list of a mean", async () => {
    await trained("mf", { model: "mf" }, (recommender) => {
      const twice = recommender.recommendFor({ history: ["1", "4", "1"] });
      expect(recommender.recommendFor({ history: [{ id: "1", weight: 2 }, { id: "4" }] })).toEqual(twice);
      const scaled = recommender.recommendFor({
        history: [
          { id: "1", weight: 6 },
          { id: "4", weight: 3 },
        ],
      });
      expect(ids(scaled)).toEqual(ids(twice));
    });
  });

  it("pull towards what counts more", async () => {
    await trained("lightgcn", { model: "lightgcn" }, (recommender) => {
      const even = (list: readonly string[]) => list.filter((id) => Number(id) % 2 === 0).length;
      const pulled = (weight: number) =>
        even(
          ids(recommender.recommendFor({ history: ["1", "3", { id: "2", weight }, { id: "4", weight }], count: 8 })),
        );
      expect(pulled(20)).toBeGreaterThan(pulled(0.05));
    });
  });
});

it("takes added items as history", async () => {
  for (const [name, setup] of Object.entries(variants).filter(
    ([, { model }]) => model === "lattice" || model === "content-knn",
  )) {
    await trained(name, setup, async (recommender) => {
      const features = Object.fromEntries(
        dataset.modalities.map((modality) => {
          const row = new Float32Array(modality.features?.columns ?? 0);
          modality.features?.read(6, 7, row);
          return [modality.name, row];
        }),
      );
      await recommender.addItems([{ id: "new", features }]);
      const list = ids(recommender.recommendFor({ history: ["new"], count: 8 }));
      expect(list).not.toContain("new");
      expect(list.filter((id) => Number(id) % 2 === 0).length, name).toBeGreaterThan(5);
      expect(ids(recommender.recommendFor({ history: ["8", "10"], count: 27, exclude: "nothing" }))).toContain("new");
      expect(ids(recommender.recommendFor({ history: [], count: 27 })).at(-1)).toBe("new");
    });
  }
});

it("names what cannot be, and gives the memory of a graph back", async () => {
  await trained("lightgcn", { model: "lightgcn" }, async (recommender) => {
    expect(() => recommender.recommendFor({ history: ["1", "zwölf"] })).toThrow('item "zwölf" is not in this run');
    expect(() => recommender.recommendFor({ history: [{ id: "1", weight: 0 }] })).toThrow(
      new ConfigError('history, item "1": found weight 0, expected a number above 0'),
    );
    expect(() => recommender.recommendFor({ history: ["1"], count: 0 })).toThrow("count: found 0");
    const engine = await openEngine({ threads: 1 });
    const before = engine.memory().inUse;
    const other = await openRecommender(recommender.run.folder, { engine });
    expect(other.recommendFor({ history: ["1"] })).toEqual(recommender.recommendFor({ history: ["1"] }));
    other.close();
    expect(engine.memory().inUse).toBe(before);
    engine.close();
  });
});
