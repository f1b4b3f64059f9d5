/** Explanations of small trained runs: their parts add up, agree with the stored item graph, and say what the model did. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../data/dataset.ts";
import { createDataset } from "../../data/index.ts";
import { ConfigError, RunError } from "../../errors.ts";
import type { BackboneName, ModelName } from "../../models/configuration.ts";
import { writeManifest } from "../../runs/manifest.ts";
import { openRun } from "../../runs/open-run.ts";
import { runFiles } from "../../runs/run-format.ts";
import { smallDataset, smallOptions } from "../../runs/small-dataset.fixture.ts";
import { trainRun } from "../../runs/train-run.ts";
import { writeWeights } from "../../runs/weights.ts";
import { createRandom } from "../../tensor/random.ts";
import type { TrainingOptionsInput } from "../../training/configuration.ts";
import { openRecommender, type Recommender } from "../recommender.ts";
import { withStoredParameters } from "../stored-parameters.ts";
import type { Explanation, Likeness } from "./explanation.ts";
import { latticeLinks, weightOf } from "./item-links.ts";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "latticework-explain-"));
afterAll(() => fs.rmSync(root, { recursive: true }));
let runs = 0;

interface Setup {
  readonly model: ModelName;
  readonly backbone?: BackboneName;
  readonly options?: TrainingOptionsInput;
}

const fewOptions: TrainingOptionsInput = {
  ...smallOptions,
  epochs: 8,
  validateEvery: 0,
  learningRate: 0.02,
};

async function trained<T>(
  dataset: Dataset,
  { model, backbone, options }: Setup,
  use: (recommender: Recommender) => T | Promise<T>,
): Promise<T> {
  const out = path.join(root, `run-${runs++}`);
  const floor = model === "item-knn" || model === "content-knn" || model === "popularity";
  const chosen = floor ? { ...options } : { ...fewOptions, ...options };
  await trainRun({ dataset, out, threads: 1, model, ...(backbone === undefined ? {} : { backbone }), options: chosen });
  const recommender = await openRecommender(out, { dataset });
  try {
    return await use(recommender);
  } finally {
    recommender.close();
    fs.rmSync(out, { recursive: true });
  }
}

/** @param lacking items without an image, without a text */
function randomDataset(seed: number, users: number, items: number, lacking: readonly [number[], number[]]): Dataset {
  const random = createRandom(seed, "explain");
  const train: [number, number][] = [];
  for (let user = 0; user < users; user++) {
    for (let item = 0; item < items; item++) if (random.uniform() < 0.25) train.push([user, item]);
  }
  train.push([0, 0]);
  const features = (columns: number, without: readonly number[]) =>
    Array.from({ length: items }, (_, item) =>
      Array.from({ length: columns }, () => (without.includes(item) ? 0 : random.uniform() - 0.3)),
    );
  return createDataset({
    name: "random",
    users,
    items,
    interactions: { train: [...new Map(train.map((pair) => [pair.join(), pair])).values()] },
    modalities: [
      { name: "image", features: features(5, lacking[0]), missing: lacking[0] },
      { name: "text", features: features(4, lacking[1]), missing: lacking[1] },
    ],
  });
}

const near = (found: number, expected: number): void => {
  expect(Math.abs(found - expected)).toBeLessThan(2e-5 * (1 + Math.abs(expected)));
};
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const contributions = (parts: readonly { readonly contribution: number }[]) =>
  sum(parts.map(({ contribution }) => contribution));

/** All that has to add up in any explanation. */
function addsUp(explanation: Explanation): void {
  const { score, reasons, others, own, neighbours, ...whole } = explanation;
  near(whole.contribution, score);
  for (const part of ["contribution", "backbone", "graph"] as const) {
    near(sum(reasons.map((reason) => reason[part])) + others[part] + own[part], whole[part]);
  }
  for (const parts of [whole, others, own, ...reasons]) near(parts.backbone + parts.graph, parts.contribution);
  if (neighbours.length > 0) near(contributions(neighbours), whole.graph);
  for (const { likenesses, contribution } of neighbours) near(contributions(likenesses), contribution);
  for (const { id, likenesses, direct, through, graph } of reasons) {
    near(contributions(likenesses), direct);
    const neighbour = neighbours.find((other) => other.id === id);
    if (neighbour !== undefined) {
      expect(neighbour.taken).toBe(true);
      near(neighbour.contribution, direct);
    }
    for (const part of through) near(contributions(part.likenesses), part.contribution);
    expect(through.length === 0 || graph !== direct).toBe(true);
  }
}

/** x̂_u · h_i / ‖h_i‖ (FREEDOM: h_i) from the stored graph. */
function graphPart(recommender: Recommender, user: number, item: number): number {
  const { users, itemGraph } = recommender.run.weights();
  if (itemGraph === undefined) throw new RunError("no graph");
  const { itemLayers } = recommender.run.config.options;
  const e = withStoredParameters(recommender.run.folder, (parameters) => parameters.read("embedding.items"));
  let h = Float64Array.from(e.data);
  for (let layer = 0; layer < itemLayers; layer++) {
    const next = new Float64Array(h.length);
    for (let i = 0; i < e.rows; i++) {
      for (let p = itemGraph.rowPointers[i]; p < itemGraph.rowPointers[i + 1]; p++) {
        const j = itemGraph.columnIndices[p];
        for (let c = 0; c < e.columns; c++) next[i * e.columns + c] += itemGraph.values[p] * h[j * e.columns + c];
      }
    }
    h = next;
  }
  const row = h.subarray(item * e.columns, (item + 1) * e.columns);
  const length = Math.max(1e-12, Math.hypot(...row));
  return sum(Array.from(row, (value, c) => (value / length) * users.data[user * users.columns + c]));
}

const setups = fc.record({
  backbone: fc.constantFrom<BackboneName>("lightgcn", "ngcf", "mf"),
  options: fc.record({
    itemLayers: fc.constantFrom(1, 2, 3),
    layers: fc.constantFrom(0, 1, 2),
    skip: fc.constantFrom(0, 0.4, 0.9, 1),
    normalisation: fc.constantFrom("fused" as const, "per-modality" as const),
    adjacency: fc.constantFrom("row" as const, "symmetric" as const),
    freezeFeatures: fc.boolean(),
  }),
});
const datasets = fc
  .record({
    seed: fc.nat(1000),
    users: fc.integer({ min: 4, max: 12 }),
    items: fc.integer({ min: 8, max: 20 }),
    lacking: fc.tuple(
      fc.subarray([0, 1, 2, 3, 5, 7], { maxLength: 3 }),
      fc.subarray([0, 2, 3, 4, 5, 7], { maxLength: 3 }),
    ),
  })
  .map(({ seed, users, items, lacking: [image, text] }) => randomDataset(seed, users, items, [image, text]));

describe("the parts of a score", () => {
  it("add up for LATTICE in all its forms, and split it into backbone and graph as the stored graph does", async () => {
    await fc.assert(
      fc.asyncProperty(datasets, setups, async (dataset, { backbone, options }) => {
        await trained(dataset, { model: "lattice", backbone, options }, (recommender) => {
          const weights = recommender.run.weights();
          const links = latticeLinks(recommender.run, weights);
          const { rowPointers, columnIndices, values } = weights.itemGraph ?? {
            rowPointers: [],
            columnIndices: [],
            values: [],
          };
          for (let item = 0; item < dataset.items; item++) {
            const row = links(item);
            expect([...row.keys()].sort((a, b) => a - b)).toEqual([
              ...columnIndices.slice(rowPointers[item], rowPointers[item + 1]),
            ]);
            for (let p = rowPointers[item]; p < rowPointers[item + 1]; p++) {
              expect(weightOf(row.get(columnIndices[p]) ?? [])).toBeCloseTo(values[p], 5);
            }
          }
          const { train } = dataset.interactions;
          for (let user = 0; user < dataset.users; user++) {
            if (train.rowPointers[user + 1] === train.rowPointers[user]) continue;
            for (const item of [0, 3, dataset.items - 1]) {
              const explanation = recommender.explain(String(user), String(item));
              addsUp(explanation);
              near(explanation.graph, graphPart(recommender, user, item));
            }
          }
          const history = [{ id: "1", weight: 2 }, "4", "7"];
          const { source, items } = recommender.recommendFor({ history, count: 1 });
          const [first] = items;
          if (source === "popularity") {
            expect(() => recommender.explainFor(history, first.id)).toThrow("the history says nothing in run");
            return;
          }
          const folded = recommender.explainFor(history, first.id);
          addsUp(folded);
          near(folded.score, first.score);
          expect(folded.own).toEqual({ contribution: 0, backbone: 0, graph: 0 });
        });
      }),
      { numRuns: 15 },
    );
  });

  const variants: Readonly<Record<string, Setup>> = {
    lightgcn: { model: "lightgcn" },
    "lightgcn symmetric": { model: "lightgcn", options: { adjacency: "symmetric", layers: 3 } },
    ngcf: { model: "ngcf" },
    "ngcf symmetric": { model: "ngcf", options: { adjacency: "symmetric", layers: 3 } },
    "ngcf without layers": { model: "ngcf", options: { layers: 0 } },
    mf: { model: "mf" },
    freedom: { model: "freedom" },
    "freedom, two layers": { model: "freedom", options: { itemLayers: 2 } },
    "lattice without item layers": { model: "lattice", options: { itemLayers: 0 } },
    "item-knn": { model: "item-knn", options: { neighbours: 6, shrinkage: 2 } },
    "content-knn": { model: "content-knn" },
  };

  it.each(Object.entries(variants))("add up for %s, to the score that is recommended with", async (_, setup) => {
    const dataset = randomDataset(5, 12, 16, [[2, 3], [3]]);
    await trained(dataset, setup, async (recommender) => {
      for (const user of dataset.userIds) {
        for (const { id, score } of recommender.recommend([user], { count: 16, exclude: "nothing" })[0].items) {
          const explanation = recommender.explain(user, id);
          addsUp(explanation);
          near(explanation.score, score);
        }
      }
      const history = ["1", { id: "2", weight: 3 }, "9"];
      for (const { id, score } of recommender.recommendFor({ history, count: 16 }).items) {
        const explanation = recommender.explainFor(history, id);
        addsUp(explanation);
        near(explanation.score, score);
      }
    });
  });

  it.each(["lattice", "content-knn"] as const)("add up for items that were added to a %s run", async (model) => {
    const dataset = randomDataset(7, 10, 16, [[2], []]);
    const options = model === "lattice" ? { itemLayers: 2, skip: 0.5 } : {};
    await trained(dataset, { model, options }, async (recommender) => {
      await recommender.addItems([
        { id: "new", title: "New coat", features: { image: [1, 2, 0, 1, 0.5], text: [0.2, 1, 0.1, 0.4] } },
        { id: "words", features: { text: [0.2, 1, -0.1, 0.4] } },
      ]);
      for (const id of ["new", "words"]) {
        const explanation = recommender.explain("3", id);
        addsUp(explanation);
        const [listed] = recommender.recommend(["3"], { allow: [id] })[0].items;
        near(explanation.score, listed.score);
        const near3 = recommender.explainFor([id, "3"], "5");
        addsUp(near3);
        expect(near3.reasons.map((reason) => reason.id)).toContain(id);
      }
      const { item, neighbours } = recommender.explain("3", "new");
      expect(item).toEqual({ id: "new", title: "New coat" });
      if (model === "lattice") {
        const graph = new Map(
          recommender.similar("new", { by: "graph", count: 50 }).map(({ id, score }) => [id, score]),
        );
        expect(new Set(neighbours.map(({ id }) => id))).toEqual(new Set(graph.keys()));
      }
    });
  });
});

describe("reasons", () => {
  const dataset = smallDataset();
  const taken = (user: number): string[] => {
    const { rowPointers, columnIndices } = dataset.interactions.train;
    return Array.from(columnIndices.subarray(rowPointers[user], rowPointers[user + 1]), String);
  };

  it("are items of the history, neighbours first, each with its cosines by modality and a sentence", async () => {
    await trained(dataset, { model: "lattice", options: { neighbours: 6 } }, (recommender) => {
      const [{ items }] = recommender.recommend(["4"], { count: 8 });
      const { neighbours } = recommender.run.weights();
      let direct = 0;
      for (const { id } of items) {
        const { reasons } = recommender.explain("4", id);
        expect(reasons.every((reason) => taken(4).includes(reason.id))).toBe(true);
        const places = reasons.map((reason) => (reason.direct > 0 ? 0 : 1));
        expect(places).toEqual([...places].sort());
        for (const reason of reasons.filter((one) => one.direct > 0)) {
          direct++;
          expect(reason.title).toBe(`Item number ${reason.id}`);
          expect(reason.sentence).toMatch(/^like “Item number \d+”: (looks|described) alike, by /);
          for (const { modality = "", graph, cosine } of reason.likenesses as readonly Likeness[]) {
            if (graph !== "initial") continue;
            const { indices, cosines, width } = neighbours[modality];
            const at = indices.subarray(Number(id) * width, (Number(id) + 1) * width).indexOf(Number(reason.id));
            expect(cosine).toBe(cosines[Number(id) * width + at]);
          }
        }
      }
      expect(direct).toBeGreaterThan(3);
    });
  });

  it("can be counted, the others being summed, and are the same each time", async () => {
    await trained(dataset, { model: "lightgcn" }, (recommender) => {
      const [{ items }] = recommender.recommend(["4"], { count: 1 });
      const all = recommender.explain("4", items[0].id);
      const few = recommender.explain("4", items[0].id, { count: 2 });
      expect(few.reasons).toEqual(all.reasons.slice(0, 2));
      expect(few.others.items).toBe(all.reasons.length - 2);
      addsUp(few);
      expect(recommender.explain("4", items[0].id)).toEqual(all);
      expect(all.reasons[0].sentence).toBe(`who takes “Item number ${all.reasons[0].id}” takes this`);
      expect(all.neighbours).toEqual([]);
    });
  });

  it("of MF are none: all is the user's own vector", async () => {
    await trained(dataset, { model: "mf" }, (recommender) => {
      const { reasons, own, contribution } = recommender.explain("4", "3");
      expect(reasons).toEqual([]);
      expect(own.contribution).toBe(contribution);
    });
  });
});

describe("what cannot be explained", () => {
  it("is said so", async () => {
    const dataset = createDataset({
      name: "one",
      userIds: ["ann", "bob"],
      itemIds: ["a", "b", "c", "d"],
      interactions: {
        train: [
          [0, 0],
          [0, 2],
        ],
      },
      modalities: [
        {
          name: "image",
          features: [
            [1, 0],
            [0, 1],
            [1, 1],
            [1, 2],
          ],
        },
      ],
    });
    await trained(dataset, { model: "lightgcn" }, (recommender) => {
      expect(() => recommender.explain("bob", "a")).toThrow(
        new ConfigError(
          'user "bob" has no training items and is recommended what is popular; there is no history to explain it by',
        ),
      );
      expect(() => recommender.explainFor([], "a")).toThrow("the history is empty: who took nothing");
      expect(() => recommender.explain("ann", "x")).toThrow('item "x" is not in this run');
      expect(() => recommender.explain("eve", "a")).toThrow('user "eve" is not in this run');
      expect(() => recommender.explain("ann", "a", { count: 0 })).toThrow(
        new ConfigError("count: found 0, expected an integer of at least 1"),
      );
    });
    await trained(dataset, { model: "popularity" }, (recommender) => {
      expect(() => recommender.explain("ann", "a")).toThrow(
        "is of model popularity, which scores an item by how many took it",
      );
    });
    await trained(dataset, { model: "vbpr" }, (recommender) => {
      expect(() => recommender.explainFor(["a"], "b")).toThrow("is of model vbpr, which mixes histories and features");
    });
  });

  it("is a run that kept no evidence of its graph", async () => {
    await trained(smallDataset(), { model: "lattice" }, async (recommender) => {
      const { folder } = recommender.run;
      const parameters = ["embedding.users", "embedding.items", "modality.weights"].map((name) => ({
        name,
        value: withStoredParameters(folder, (stored) => stored.read(name)),
      }));
      writeWeights(path.join(folder, "weights.safetensors"), {
        ...openRun(folder).weights(),
        parameters,
        graphEvidence: undefined,
      });
      writeManifest(
        folder,
        Object.values(runFiles).filter((name) => name !== runFiles.manifest),
      );
      const older = await openRecommender(folder);
      expect(() => older.explain("3", "4")).toThrow(RunError);
      expect(() => older.explain("3", "4")).toThrow("train it again to explain");
      older.close();
    });
  });
});
