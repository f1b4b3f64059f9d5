/** The estimate against what an engine counts, and what it refuses. */
import { describe, expect, it } from "vitest";
import type { Dataset } from "../data/dataset.ts";
import { syntheticDataset } from "../data/index.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { EngineError } from "../errors.ts";
import { type BackboneName, floorNames, type ModelName } from "../models/configuration.ts";
import { createModel } from "../models/index.ts";
import type { TrainingOptionsInput } from "./configuration.ts";
import { estimateMemory, MachineMemoryError } from "./estimate.ts";
import { smallOptions } from "./small-problem.fixture.ts";
import { train } from "./train.ts";

const sizeOf = (users: number, items: number, interactions: number, image: number, text: number) =>
  syntheticDataset({
    users,
    items,
    interactions,
    seed: 1,
    modalities: [
      { name: "image", columns: image },
      { name: "text", columns: text },
    ],
  });

const electronics = sizeOf(192_403, 63_001, 200_000, 4096, 1024);
const gigabyte = 1e9;
const roomy = { availableBytes: 64 * gigabyte, heldBytes: 0 };

describe("estimateMemory", () => {
  const cases: readonly [ModelName, BackboneName | undefined, TrainingOptionsInput][] = [
    ["mf", undefined, {}],
    ["lightgcn", undefined, { layers: 3 }],
    ["ngcf", undefined, {}],
    ["lattice", "mf", {}],
    ["lattice", "lightgcn", {}],
    ["lattice", "lightgcn", { freezeFeatures: true, itemLayers: 2 }],
    ["lattice", "ngcf", { modalities: ["image"], adjacency: "symmetric" }],
    ["vbpr", undefined, {}],
    ["vbpr", undefined, { featureBackbone: "lightgcn" }],
    ["vbpr", undefined, { featureBackbone: "ngcf" }],
    ["mmgcn", undefined, {}],
    ["mmgcn", undefined, { layers: 3, featureEmbeddingSize: 8, modalities: ["text"] }],
    ["grcn", undefined, {}],
    ["grcn", undefined, { layers: 3, featureEmbeddingSize: 8, modalities: ["text"], routingIterations: 1 }],
    ["grcn", undefined, { freezeFeatures: true }],
    ["freedom", undefined, { itemLayers: 2 }],
    ["freedom", undefined, { freezeFeatures: true }],
    ["bm3", undefined, {}],
    ["bm3", undefined, { freezeFeatures: true }],
    ["mgcn", undefined, {}],
    ["mgcn", undefined, { freezeFeatures: true }],
    ["micro", undefined, {}],
    ["micro", undefined, { freezeFeatures: true, itemLayers: 2, modalities: ["text"] }],
  ];
  it.each(cases)(
    "%s on %s %o: the engine takes no more than said, and not much less",
    async (model, backbone, settings) => {
      const dataset = sizeOf(500, 300, 3000, 60, 40);
      const options = smallOptions({
        epochs: 1,
        embeddingSize: 16,
        featureEmbeddingSize: 16,
        neighbours: 5,
        batchSize: 64,
        ...settings,
      });
      const { engineBytes } = estimateMemory(dataset, model, options, 1, { backbone, ...roomy });
      const engine = createReferenceEngine("float32");
      const built = await createModel(engine, dataset, { model, backbone, options, seed: 1 });
      await train({ engine, model: built, dataset, options, seed: 1 });
      const { inUse, arenaPeak } = engine.memory();
      // The blocks in which users are ranked and factored gradients written out have a fixed size, large beside these shapes.
      const fixed = 4096 * (16 + 2 * 20 + 1) * 4 + (1 << 19) * 4;
      expect(inUse + arenaPeak).toBeLessThan(engineBytes * 1.05);
      expect(inUse + arenaPeak).toBeGreaterThan((engineBytes - fixed) * 0.5);
    },
  );

  it.each(floorNames)("counts the embeddings of %s", async (model) => {
    const dataset = sizeOf(500, 300, 3000, 60, 40);
    const options = smallOptions({});
    const { engineBytes, parts } = estimateMemory(dataset, model, options, 1, roomy);
    const engine = createReferenceEngine("float32");
    const built = await createModel(engine, dataset, { model, options, seed: 1 });
    built.finalEmbeddings();
    const final = parts.find(({ name, place }) => name === "final embeddings" && place === "engine")?.bytes ?? 0;
    expect(engine.memory().inUse).toBeGreaterThanOrEqual(final);
    expect(engine.memory().inUse).toBeLessThan(engineBytes);
  });

  it("refuses content features that no engine holds for all users", () => {
    expect(() => estimateMemory(electronics, "content-knn", smallOptions({}), 1, roomy)).toThrow(
      /the engine, which holds 4\.29 GB; most of it: final embeddings .*Set modalities=text \(about 1\.\d+ GB\)/,
    );
  });

  it("counts what missing modalities, dislikes and weights take", async () => {
    const plain = sizeOf(500, 2000, 3000, 60, 40);
    const every = (n: number) => Int32Array.from({ length: 2000 / n }, (_, i) => i * n);
    const dataset: Dataset = {
      ...plain,
      modalities: plain.modalities.map((modality, m) => ({ ...modality, missing: every(4 + m * 4) })),
      dislikes: plain.interactions.train,
      trainWeights: new Float32Array(plain.interactions.train.columnIndices.length).fill(1),
    };
    const options = smallOptions({ epochs: 1, embeddingSize: 8, featureEmbeddingSize: 8, neighbours: 20, skip: 0.5 });
    const said = estimateMemory(dataset, "lattice", options, 1, roomy);
    expect(said.engineBytes).toBeGreaterThan(estimateMemory(plain, "lattice", options, 1, roomy).engineBytes);
    const sampling = (of: Dataset): number =>
      estimateMemory(of, "lattice", options, 1, roomy).parts.find(({ name }) => name === "sampling")?.bytes ?? 0;
    const pairs = plain.interactions.train.columnIndices.length;
    expect(sampling(dataset) - sampling(plain)).toBe(8 * pairs);
    const engine = createReferenceEngine("float32");
    const built = await createModel(engine, dataset, { model: "lattice", options, seed: 1 });
    await train({ engine, model: built, dataset: { ...dataset, dislikes: undefined }, options, seed: 1 });
    const { inUse, arenaPeak } = engine.memory();
    expect(inUse + arenaPeak).toBeLessThan(said.engineBytes * 1.05);
    expect(inUse + arenaPeak).toBeGreaterThan(said.engineBytes * 0.5);
  });

  it("counts frozen features once, trained ones three times and once more for the best epoch", () => {
    const dataset = sizeOf(100, 1000, 500, 4096, 1);
    const table = 1000 * 4096 * 4;
    const bytes = (freezeFeatures: boolean): number =>
      estimateMemory(dataset, "lattice", smallOptions({ freezeFeatures }), 1, roomy).bytes;
    const difference = bytes(false) - bytes(true);
    expect(difference).toBeGreaterThan(3 * table);
    expect(difference).toBeLessThan(3.3 * table);
  });

  it("names the uses, the largest first, and adds up", () => {
    const { parts, bytes, engineBytes } = estimateMemory(
      electronics,
      "lattice",
      smallOptions({ freezeFeatures: true }),
      2,
      roomy,
    );
    expect(parts[0]).toEqual({ name: "image features", bytes: 63_001 * 4096 * 4, place: "engine" });
    expect(parts.map((part) => part.bytes)).toEqual(parts.map((part) => part.bytes).sort((a, b) => b - a));
    expect(parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(bytes);
    expect(bytes).toBeLessThan(4 * gigabyte);
    expect(engineBytes).toBeLessThan(bytes);
  });

  it("refuses what the machine cannot hold, with what to change", () => {
    const attempt = (): unknown =>
      estimateMemory(electronics, "lattice", smallOptions(), 2, {
        availableBytes: 4 * gigabyte,
        heldBytes: 0.1 * gigabyte,
      });
    expect(attempt).toThrow(EngineError);
    expect(attempt).toThrow(MachineMemoryError);
    expect(attempt).toThrow(
      /does not fit: training needs about \d\.\d\d GB, the machine has 4\.10 GB for it; most of it: image features and their moments 3\.10 GB/,
    );
    expect(attempt).toThrow(
      /Set freezeFeatures=true \(about \d\.\d\d GB\), or embeddingSize=32 \(about .*\), or modalities=text/,
    );
  });

  it("refuses what the engine cannot hold however large the machine is", () => {
    const attempt = (): unknown =>
      estimateMemory(electronics, "lightgcn", smallOptions({ embeddingSize: 2048 }), 2, roomy);
    expect(attempt).not.toThrow(MachineMemoryError);
    expect(attempt).toThrow(/in the engine, which holds 4\.29 GB.*Set embeddingSize=1024/);
  });
});
