/** The models that carry item features over the user–item graph, through the one conformance suite; and what they say where nothing is to be said. */
import { describe, expect, it } from "vitest";
import { openEngine } from "../engine/open.ts";
import { createReferenceEngine } from "../engine/reference.ts";
import { type ModelOptions, modelOptionsSchema } from "./configuration.ts";
import { createModel } from "./index.ts";
import { datasetWithMissing, groupedDataset, modelConformance } from "./model.conformance.ts";

const optionsWith = (options: Partial<ModelOptions>): ModelOptions =>
  modelOptionsSchema.parse({ embeddingSize: 16, featureEmbeddingSize: 8, ...options });

function check(name: string, model: "mmgcn" | "grcn", options: Partial<ModelOptions> = {}, lacking = false): void {
  modelConformance(
    name,
    (engine, dataset, seed) => createModel(engine, dataset, { model, options: optionsWith(options), seed }),
    () => openEngine({ threads: 2 }),
    lacking ? datasetWithMissing() : undefined,
  );
}

check("mmgcn", "mmgcn");
check("mmgcn, items lack modalities", "mmgcn", {}, true);
check("mmgcn, one modality, one layer, frozen", "mmgcn", { modalities: ["text"], layers: 1, freezeFeatures: true });

check("grcn", "grcn");
check("grcn, items lack modalities", "grcn", {}, true);
check("grcn, one modality, one layer, one routing, frozen", "grcn", {
  modalities: ["text"],
  layers: 1,
  routingIterations: 1,
  freezeFeatures: true,
});
check("grcn, ids stay, nothing is routed", "grcn", { layers: 0, routingIterations: 0 });

describe("mmgcn", () => {
  it("needs a layer", async () => {
    const engine = createReferenceEngine("float32");
    const request = { model: "mmgcn", options: optionsWith({ layers: 0 }), seed: 1 } as const;
    await expect(createModel(engine, groupedDataset(), request)).rejects.toThrow("mmgcn needs at least 1");
  });
});
