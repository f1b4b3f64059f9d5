/** The models that read features in every step, through the one conformance suite; and the graphs that FREEDOM stands on. */
import { describe, expect, it } from "vitest";
import type { Dataset } from "../data/dataset.ts";
import { openEngine } from "../engine/open.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { prunePairs } from "../graph/pruning.ts";
import { updateParameters } from "../tensor/adam.ts";
import { createRandom } from "../tensor/random.ts";
import { Tape } from "../tensor/tape.ts";
import { featureModelNames, type ModelName, type ModelOptions, modelOptionsSchema } from "./configuration.ts";
import { createModel } from "./index.ts";
import { datasetWithMissing, groupedDataset, modelConformance } from "./model.conformance.ts";

const open = () => openEngine({ threads: 2 });

interface Case {
  readonly lacking?: boolean;
  readonly ownTerms?: boolean;
}

function check(
  name: string,
  model: ModelName,
  options: Partial<ModelOptions>,
  { lacking = false, ownTerms = false }: Case = {},
): void {
  const parsed = modelOptionsSchema.parse({ embeddingSize: 16, featureEmbeddingSize: 8, neighbours: 3, ...options });
  modelConformance(
    name,
    (engine, dataset, seed) => createModel(engine, dataset, { model, options: parsed, seed }),
    open,
    lacking ? datasetWithMissing() : undefined,
    { ownTerms },
  );
}

check("vbpr", "vbpr", {});
check("vbpr, items lack modalities", "vbpr", {}, { lacking: true });
check("vbpr on lightgcn", "vbpr", { featureBackbone: "lightgcn" });
check("vbpr on ngcf", "vbpr", { featureBackbone: "ngcf" });
check("vbpr, one modality, frozen", "vbpr", { modalities: ["text"], freezeFeatures: true });
const freedom = { edgeDropout: 0.5, featureWeight: 0.1 };
check("freedom", "freedom", freedom, { ownTerms: true });
check("freedom, items lack modalities", "freedom", freedom, { lacking: true, ownTerms: true });
check(
  "freedom, items lack modalities, frozen",
  "freedom",
  { ...freedom, freezeFeatures: true },
  { lacking: true, ownTerms: true },
);
check("freedom, nothing pruned, no feature losses, two item layers, one layer", "freedom", {
  edgeDropout: 0,
  itemLayers: 2,
  layers: 1,
  featureWeight: 0,
});
const bm3 = { dropout: 0.3, contrastWeight: 2 };
check("bm3", "bm3", bm3, { ownTerms: true });
check("bm3, items lack modalities", "bm3", bm3, { lacking: true, ownTerms: true });
check(
  "bm3, one layer, nothing dropped, less alignment, frozen",
  "bm3",
  { layers: 1, dropout: 0, contrastWeight: 0.5, freezeFeatures: true },
  { ownTerms: true },
);
const mgcn = { contrastWeight: 0.05 };
check("mgcn", "mgcn", mgcn, { ownTerms: true });
check("mgcn, items lack modalities", "mgcn", mgcn, { lacking: true, ownTerms: true });
check("mgcn, items lack modalities, no contrast", "mgcn", { contrastWeight: 0 }, { lacking: true });
check(
  "mgcn, one modality, no item layer, items lack it, frozen",
  "mgcn",
  { itemLayers: 0, modalities: ["image"], contrastWeight: 0, freezeFeatures: true },
  { lacking: true },
);
const micro = { contrastWeight: 0.1, temperature: 0.5 };
check("micro", "micro", micro, { ownTerms: true });
check("micro, items lack modalities", "micro", micro, { lacking: true, ownTerms: true });
check("micro, no contrast, two item layers, learned graphs alone", "micro", {
  contrastWeight: 0,
  itemLayers: 2,
  skip: 0,
});
check(
  "micro, items lack modalities, initial graphs alone, no contrast",
  "micro",
  { contrastWeight: 0, skip: 1 },
  { lacking: true },
);

describe("features in another unit", () => {
  const plain = groupedDataset();
  const scaled = (by: number): Dataset => ({
    ...plain,
    modalities: plain.modalities.map((modality) => {
      const { features } = modality;
      if (features === undefined) return modality;
      const read: typeof features.read = (from, to, into) => {
        features.read(from, to, into);
        for (let e = 0; e < (to - from) * features.columns; e++) into[e] *= by;
      };
      return { ...modality, features: { ...features, read } };
    }),
  });

  const trained = async (model: ModelName, dataset: Dataset): Promise<number[]> => {
    const engine = createReferenceEngine("float32");
    const options = modelOptionsSchema.parse({ embeddingSize: 8, featureEmbeddingSize: 4, neighbours: 3 });
    const built = await createModel(engine, dataset, { model, options, seed: 1 });
    const batch = {
      users: Int32Array.of(0, 1, 2),
      positives: Int32Array.of(0, 1, 2),
      negatives: Int32Array.of(5, 6, 7),
    };
    for (let step = 0; step < 3; step++) {
      engine.step(() => {
        const context = { epoch: 0, step, dropoutKey: step };
        built.loss(new Tape(engine), batch, context, { regularisation: 0.01, batchSize: 3 });
        updateParameters(engine, built.parameters, 0.01);
      });
    }
    const { users, items } = built.finalEmbeddings();
    return [...users.data, ...items.data];
  };

  it.each(featureModelNames)("make the same %s", async (model) => {
    const expected = await trained(model, plain);
    expect(await trained(model, scaled(1024))).toEqual(expected);
    expect(await trained(model, scaled(1 / 64))).toEqual(expected);
  });
});

describe("pruning", () => {
  /** Two users with 40 items each that are all theirs alone but one that both have. */
  const rowPointers = Int32Array.of(0, 40, 80);
  const columnIndices = Int32Array.from({ length: 80 }, (_, p) => (p < 40 ? p : p - 1));
  const pairs = { rows: 2, columns: 79, rowPointers, columnIndices };

  it("keeps the share asked for, in order, and repeats with its seed", () => {
    const kept = prunePairs(pairs, 0.25, createRandom(1, "pruning"));
    expect(kept.columnIndices).toHaveLength(20);
    expect(kept.rowPointers[2]).toBe(20);
    for (let user = 0; user < 2; user++) {
      const row = [...kept.columnIndices.subarray(kept.rowPointers[user], kept.rowPointers[user + 1])];
      expect(row).toEqual([...new Set(row)].sort((a, b) => a - b));
      for (const item of row) expect([...columnIndices.subarray(user * 40, user * 40 + 40)]).toContain(item);
    }
    expect(prunePairs(pairs, 0.25, createRandom(1, "pruning"))).toEqual(kept);
    expect(prunePairs(pairs, 0.25, createRandom(2, "pruning"))).not.toEqual(kept);
    expect(prunePairs(pairs, 1, createRandom(1, "pruning")).columnIndices).toEqual(columnIndices);
  });

  it("drops pairs of popular ends first, by one over the root of the degrees", () => {
    // One pair survives: a pair of the shared item has weight 1/√80, any other 1/√40.
    const draws = 4000;
    let shared = 0;
    for (let seed = 0; seed < draws; seed++) {
      if (prunePairs(pairs, 1 / 80, createRandom(seed, "pruning")).columnIndices[0] === 39) shared += 1;
    }
    const expected = 2 / (2 + 78 * Math.SQRT2);
    expect(Math.abs(shared / draws - expected)).toBeLessThan(4 * Math.sqrt(expected / draws));
  });
});
