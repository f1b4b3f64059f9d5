import path from "node:path";
import { expect, it } from "vitest";
import * as latticework from "./index.ts";
import { createDataset, evaluateRun, metrics, openRecommender, train } from "./index.ts";
import { temporaryFolder } from "./runs/folder.fixture.ts";

it("a program of ten lines trains, evaluates and recommends", async () => {
  const out = path.join(temporaryFolder(), "run");
  const pairs = (of: readonly number[]) =>
    of.flatMap((user) => [0, 2, 4].map((n): [number, number] => [user, (user + n) % 12]));
  const dataset = createDataset({
    name: "shop",
    itemIds: Array.from({ length: 12 }, (_, item) => `item-${item}`),
    interactions: {
      train: pairs([0, 1, 2, 3, 4, 5, 6]),
      test: [
        [0, 6],
        [1, 7],
      ],
    },
    modalities: [{ name: "text", features: Array.from({ length: 12 }, (_, item) => [item % 2, item % 3, 1]) }],
  });
  const run = await train({ dataset, out, options: { neighbours: 3, embeddingSize: 8, epochs: 3 }, threads: 1 });
  expect(await evaluateRun(out, { threads: 1 })).toEqual(run.metrics.test);
  const recommender = await openRecommender(out);
  const [list] = recommender.recommend(["0"], { count: 3 });
  recommender.close();
  expect(list?.items).toHaveLength(3);
  for (const { id } of list?.items ?? []) expect(["item-0", "item-2", "item-4"]).not.toContain(id);
});

it("exports the whole product and nothing of its inside", () => {
  expect(Object.keys(latticework).sort()).toEqual(
    [
      "ConfigError",
      "DatasetError",
      "EncodingStopped",
      "EngineError",
      "InterruptedError",
      "LatticeworkError",
      "RunError",
      "addModality",
      "amazonCategories",
      "amazonSource",
      "backboneNames",
      "chooseContenders",
      "compareModels",
      "createDataset",
      "createImageEncoder",
      "createNeuralEncoder",
      "createReferenceEngine",
      "createTextEncoder",
      "datasetSource",
      "encodeDataset",
      "evaluateRun",
      "exportDataset",
      "exportRun",
      "fetchAmazon",
      "fileSource",
      "formatInspection",
      "formatPreparation",
      "inspectDataset",
      "itemColumns",
      "leaderboard",
      "metrics",
      "modelNames",
      "neuralDevices",
      "neuralDtypes",
      "openEngine",
      "openRecommender",
      "openRun",
      "optionKeys",
      "parseSpace",
      "parseTrainingOptions",
      "postgresSource",
      "prepareDataset",
      "readComparison",
      "readDataset",
      "readDatasetDescription",
      "readItemColumn",
      "readSpace",
      "recogniseSource",
      "runSweep",
      "searchMethods",
      "splitMethods",
      "sqliteSource",
      "syntheticDataset",
      "train",
      "writeDataset",
      "writeNativeDataset",
      "writeRecommendations",
    ].sort(),
  );
  expect(metrics.recall([3, 1, 2], [1, 9], 2)).toBe(0.5);
});
