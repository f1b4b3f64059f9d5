/** Items that come after the training: placed where the model itself would have, found at once, refused when they cannot be. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Dataset } from "../data/dataset.ts";
import { createDataset } from "../data/index.ts";
import { openEngine } from "../engine/open.ts";
import { ConfigError, DatasetError } from "../errors.ts";
import { evaluateRun } from "../runs/evaluate-run.ts";
import { smallDataset, smallOptions } from "../runs/small-dataset.fixture.ts";
import { trainRun } from "../runs/train-run.ts";
import { createRandom } from "../tensor/random.ts";
import type { TrainingOptionsInput } from "../training/configuration.ts";
import type { NewItem } from "./new-items.ts";
import { openRecommender, type Recommender } from "./recommender.ts";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-new-items-"));
afterAll(() => fs.rmSync(root, { recursive: true }));
let runs = 0;

type Setup = Omit<Parameters<typeof trainRun>[0], "dataset" | "out">;

async function trained<T>(
  dataset: Dataset,
  setup: Setup,
  use: (recommender: Recommender) => T | Promise<T>,
): Promise<T> {
  const out = path.join(root, `run-${runs++}`);
  await trainRun({ dataset, out, threads: 1, ...setup });
  const recommender = await openRecommender(out, { dataset });
  try {
    return await use(recommender);
  } finally {
    recommender.close();
  }
}

const dataset = smallDataset();

function featuresOf(
  source: Dataset,
  item: number,
  names = source.modalities.map(({ name }) => name),
): NewItem["features"] {
  return Object.fromEntries(
    source.modalities
      .filter(({ name }) => names.includes(name))
      .map(({ name, features }) => {
        const row = new Float32Array(features?.columns ?? 0);
        features?.read(item, item + 1, row);
        return [name, row];
      }),
  );
}

const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);

describe("the twin of a known item", () => {
  const twin = { id: "twin", title: "Again", features: featuresOf(dataset, 5) };

  it("has the known one nearest in every sense, and is recommended, until it is removed", async () => {
    await trained(dataset, { options: { ...smallOptions, epochs: 30, validateEvery: 0 } }, async (recommender) => {
      const before = recommender.recommend(["0", "1"], { count: 26, exclude: "nothing" });
      await recommender.addItems([twin]);
      for (const by of recommender.similarities) {
        if (by === "embedding") continue;
        expect(recommender.similar("twin", { by })[0].id, by).toBe("5");
        expect(ids(recommender.similar("5", { by, count: 30 })), by).toContain("twin");
      }
      expect(recommender.similar("twin", { by: "image" })[0].score).toBeCloseTo(1, 5);
      expect(ids(recommender.similar("twin", { count: 5 }))).toContain("5");
      const [even, odd] = recommender.recommend(["0", "1"], { count: 27, exclude: "nothing" });
      const place = (list: typeof even, id: string) => ids(list.items).indexOf(id);
      expect(place(odd, "twin")).toBeLessThan(place(even, "twin"));
      expect(odd.items[place(odd, "twin")].title).toBe("Again");
      expect(ids(recommender.recommend(["1"], { allow: ["twin", "4"] })[0].items)).toEqual(["twin", "4"]);
      expect(
        ids(recommender.recommend(["1"], { deny: ["twin"], count: 27, exclude: "nothing" })[0].items),
      ).toHaveLength(26);
      recommender.removeItems(["twin"]);
      expect(recommender.recommend(["0", "1"], { count: 26, exclude: "nothing" })).toEqual(before);
      expect(() => recommender.similar("twin")).toThrow('item "twin" is not in this run');
      await recommender.addItems([twin]);
      expect(recommender.similar("twin", { by: "graph" })).not.toEqual([]);
    });
  });

  it("may lack a modality: the others weigh more", async () => {
    await trained(dataset, { options: smallOptions }, async (recommender) => {
      const onlyText = { id: "words", features: featuresOf(dataset, 5, ["text"]) };
      await recommender.addItems([onlyText, twin]);
      expect(recommender.similar("words", { by: "image" })).toEqual([]);
      expect(recommender.similar("words", { by: "text" })).toEqual(recommender.similar("twin", { by: "text" }));
      expect(recommender.similar("words", { by: "graph" })[0].score).toBeGreaterThan(0);
      recommender.removeItems(["words"]);
      expect(ids(recommender.similar("twin", { by: "text", count: 1 }))).toEqual(["5"]);
    });
  });

  it("is placed by content in a content-knn run", async () => {
    await trained(dataset, { model: "content-knn" }, async (recommender) => {
      await recommender.addItems([twin]);
      const [nearest] = recommender.similar("twin");
      expect(nearest.id).toBe("5");
      expect(nearest.score).toBeCloseTo(1, 5);
      const scores = new Map(
        recommender.recommend(["0"], { count: 27, exclude: "nothing" })[0].items.map(({ id, score }) => [id, score]),
      );
      expect(scores.get("twin")).toBeCloseTo(scores.get("5") ?? 0, 5);
    });
  });
});

/** Two tight groups of items, and as the last item one between them, which is among no other's nearest and which nobody has. */
function betweenGroups(withLast: boolean, missing: readonly number[] = []): Dataset {
  const random = createRandom(2, "between");
  const items = 24;
  const near = (centre: readonly number[]) => centre.map((value) => value + 0.02 * random.uniform());
  const centres = (columns: number, item: number): number[] =>
    Array.from({ length: columns }, (_, c) => (item < items ? (c % 2 === item % 2 ? 1 : 0) : c % 2 === 0 ? 0.8 : 0.6));
  const features = (columns: number) => {
    const rows = Array.from({ length: items + 1 }, (_, item) => near(centres(columns, item)));
    return withLast ? rows : rows.slice(0, items);
  };
  const train = Array.from({ length: 60 }, (_, p) => [p % 12, (p * 7 + (p % 2)) % items] as const);
  return createDataset({
    name: "groups",
    items: withLast ? items + 1 : items,
    interactions: { train },
    modalities: [
      { name: "image", features: features(6) },
      {
        name: "text",
        features: features(4).map((row, item) => (missing.includes(item) ? row.map(() => 0) : row)),
        missing: missing.filter((item) => withLast || item < items),
      },
    ],
  });
}

describe("the row of the item graph", () => {
  const variants: readonly (readonly [string, TrainingOptionsInput])[] = [
    ["as released", {}],
    ["half learned, each modality normalised", { skip: 0.5, normalisation: "per-modality" }],
    ["learned alone", { skip: 0 }],
    ["initial alone", { skip: 1 }],
    ["frozen features", { freezeFeatures: true, skip: 0.3 }],
  ];

  it.each(variants)("is the one that training with the item gives: %s", async (_, options) => {
    // Steps too small to change anything: both trainings end with the same projections.
    const setup = { options: { ...smallOptions, learningRate: 1e-12, epochs: 1, validateEvery: 0, ...options } };
    const whole = betweenGroups(true);
    const last = String(whole.items - 1);
    const expected = await trained(whole, setup, (recommender) =>
      recommender.similar(last, { by: "graph", count: 30 }),
    );
    const found = await trained(betweenGroups(false), setup, async (recommender) => {
      await recommender.addItems([{ id: last, features: featuresOf(whole, whole.items - 1) }]);
      return recommender.similar(last, { by: "graph", count: 30 });
    });
    expect(expected.length).toBeGreaterThan(1);
    expect(new Set(ids(found))).toEqual(new Set(ids(expected)));
    const scores = new Map(found.map(({ id, score }) => [id, score]));
    for (const { id, score } of expected) expect(scores.get(id), id).toBeCloseTo(score, 5);
  });
});

describe.each([
  ["others lack", [0, 5, 6]],
  ["it lacks itself, as others do,", [1, 2, 24]],
])("where text is what %s", (_, missing) => {
  it.each([{}, { skip: 0.4, normalisation: "per-modality" }] as const)(
    "the row is the same with %o",
    async (options) => {
      const setup = { options: { ...smallOptions, learningRate: 1e-12, epochs: 1, validateEvery: 0, ...options } };
      const whole = betweenGroups(true, missing);
      const last = String(whole.items - 1);
      const expected = await trained(whole, setup, (recommender) =>
        recommender.similar(last, { by: "graph", count: 30 }),
      );
      const names = missing.includes(whole.items - 1) ? ["image"] : ["image", "text"];
      const found = await trained(betweenGroups(false, missing), setup, async (recommender) => {
        await recommender.addItems([{ id: last, features: featuresOf(whole, whole.items - 1, names) }]);
        return recommender.similar(last, { by: "graph", count: 30 });
      });
      expect(new Set(ids(found))).toEqual(new Set(ids(expected)));
      const scores = new Map(found.map(({ id, score }) => [id, score]));
      for (const { id, score } of expected) expect(scores.get(id), id).toBeCloseTo(score, 5);
    },
  );
});

describe("what cannot be added", () => {
  const [image, text] = dataset.modalities.map(({ features }) => features?.columns ?? 0);
  const ones = (length: number) => new Array<number>(length).fill(1);
  const cases: readonly (readonly [readonly NewItem[], string])[] = [
    [[{ id: "a", features: {} }], 'item "a" has no features; give those of at least one modality: image, text'],
    [
      [{ id: "a", features: { sound: [1] } }],
      'item "a": "sound" is not a modality that new items of this run can have; it has image, text',
    ],
    [
      [{ id: "a", features: { image: ones(image + 1) } }],
      `item "a", image: found ${image + 1} values, expected ${image} as in the dataset; use the encoder that made the dataset's`,
    ],
    [
      [{ id: "a", features: { text: [...ones(text - 1), Number.NaN] } }],
      `item "a", text[${text - 1}]: found NaN, expected a finite float32 number`,
    ],
    [
      [{ id: "a", features: { text: [1e300, ...ones(text - 1)] } }],
      'item "a", text[0]: found 1e+300, expected a finite float32 number',
    ],
    [
      [{ id: "a", features: { text: ones(text).map(() => 0) } }],
      `item "a", text: all ${text} values are 0; leave out a modality that the item lacks`,
    ],
    [
      [{ id: "7", features: { text: ones(text) } }],
      'item "7" is there already; remove it first, or give the new one another id',
    ],
    [
      ["a", "a"].map((id) => ({ id, features: { text: ones(text) } })),
      'item "a" is given twice; remove it first, or give the new one another id',
    ],
    [[{ id: "", features: { text: ones(text) } }], 'an item to add has the id "", expected at least one character'],
  ];

  it("is refused by name, and nothing of the call is added", async () => {
    await trained(dataset, { options: smallOptions }, async (recommender) => {
      for (const [items, message] of cases) {
        const call = [{ id: "good", features: { text: ones(text) } }, ...items];
        await expect(recommender.addItems(call), message).rejects.toThrow(new ConfigError(message));
        expect(() => recommender.similar("good")).toThrow("is not in this run");
      }
      expect(() => recommender.removeItems(["7"])).toThrow(
        new ConfigError(
          'item "7" was trained with and cannot be removed; hide it (hideItems), or leave it out of lists with the option deny',
        ),
      );
      expect(() => recommender.removeItems(["nobody"])).toThrow('item "nobody" is not in this run');
    });
  });

  it("is anything, for models that know no features", async () => {
    for (const model of ["mf", "popularity"] as const) {
      await trained(dataset, { model, options: smallOptions }, async (recommender) => {
        await expect(recommender.addItems([{ id: "a", features: { text: ones(text) } }])).rejects.toThrow(
          `is of model ${model}, which cannot place items that nobody trained with; train lattice or content-knn`,
        );
      });
    }
    await trained(dataset, { options: { ...smallOptions, itemLayers: 0 } }, async (recommender) => {
      await expect(recommender.addItems([])).rejects.toThrow("has itemLayers 0: features place no item in it");
    });
  });

  it("wants the dataset of the training", async () => {
    const out = path.join(root, "run-without-dataset");
    await trainRun({ dataset, out, threads: 1, options: smallOptions });
    const added = async (given: Dataset | string | undefined): Promise<void> => {
      const recommender = await openRecommender(out, { dataset: given });
      try {
        await recommender.addItems([{ id: "a", features: { text: ones(text) } }]);
      } finally {
        recommender.close();
      }
    };
    await expect(added(undefined)).rejects.toThrow("give it as the option dataset of openRecommender");
    await expect(added(path.join(root, "nowhere"))).rejects.toThrow(DatasetError);
    await expect(added(betweenGroups(true))).rejects.toThrow("has other items than run");
    const narrower = { ...dataset, modalities: dataset.modalities.slice(0, 1) };
    await expect(added(narrower)).rejects.toThrow(ConfigError);
    await expect(added(dataset)).resolves.toBeUndefined();
  });
});

it("gives all memory back", async () => {
  const out = path.join(root, "run-memory");
  await trainRun({ dataset, out, threads: 1, options: { ...smallOptions, itemLayers: 2 } });
  const engine = await openEngine({ threads: 1 });
  const before = engine.memory().inUse;
  const recommender = await openRecommender(out, { dataset, engine });
  await Promise.all(["a", "b"].map((id, n) => recommender.addItems([{ id, features: featuresOf(dataset, 3 + n) }])));
  recommender.removeItems(["a"]);
  recommender.close();
  expect(engine.memory().inUse).toBe(before);
  engine.close();
});

it("leaves the run as it was", async () => {
  const out = path.join(root, "run-figures");
  await trainRun({ dataset, out, threads: 1, options: smallOptions });
  const figures = await evaluateRun(out);
  const recommender = await openRecommender(out, { dataset });
  await recommender.addItems([{ id: "a", features: featuresOf(dataset, 3) }]);
  recommender.close();
  expect(await evaluateRun(out)).toEqual(figures);
});
