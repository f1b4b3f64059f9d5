/** Every model, on the engine that products use, through the one conformance suite. */
import type { Dataset } from "../data/dataset.ts";
import { openEngine } from "../engine/open.ts";
import { type BackboneName, backboneNames, type ModelOptions, modelOptionsSchema } from "./configuration.ts";
import { createModel } from "./index.ts";
import { datasetWithMissing, modelConformance } from "./model.conformance.ts";

const open = () => openEngine({ threads: 2 });
const small = { embeddingSize: 16, featureEmbeddingSize: 8, neighbours: 3 };

function lattice(
  name: string,
  backbone: BackboneName,
  options: Partial<ModelOptions>,
  { dataset, residentBytes }: { readonly dataset?: Dataset; readonly residentBytes?: number } = {},
): void {
  const parsed = modelOptionsSchema.parse({ ...small, ...options });
  modelConformance(
    name,
    (engine, given, seed) =>
      createModel(engine, given, { model: "lattice", backbone, options: parsed, seed, residentBytes }),
    open,
    dataset,
  );
}

for (const model of backboneNames) {
  const options = modelOptionsSchema.parse(small);
  modelConformance(model, (engine, dataset, seed) => createModel(engine, dataset, { model, options, seed }), open);
  lattice(`lattice on ${model}`, model, {});
}
lattice("lattice, each modality normalised, two item layers", "lightgcn", {
  normalisation: "per-modality",
  itemLayers: 2,
});
lattice("lattice, learned graph only, no item layer, three layers", "lightgcn", { skip: 0, itemLayers: 1, layers: 3 });
lattice("lattice, initial graph only", "mf", { skip: 1 });
lattice("lattice, frozen features, symmetric adjacency, one modality", "lightgcn", {
  freezeFeatures: true,
  adjacency: "symmetric",
  modalities: ["text"],
});
lattice("lattice without item layers", "mf", { itemLayers: 0 });

const dataset = datasetWithMissing();
for (const backbone of backboneNames)
  lattice(`lattice on ${backbone}, items lack modalities`, backbone, {}, { dataset });
for (const normalisation of ["fused", "per-modality"] as const) {
  for (const skip of [0, 0.5, 1]) {
    const name = `lattice, items lack modalities, ${normalisation}, skip ${skip}, two item layers`;
    lattice(name, "lightgcn", { normalisation, skip, itemLayers: 2 }, { dataset });
  }
}
lattice("lattice, items lack modalities, frozen", "mf", { freezeFeatures: true, skip: 0.5 }, { dataset });
lattice("lattice, items lack modalities, streamed", "mf", { skip: 0.5 }, { dataset, residentBytes: 0 });
lattice(
  "lattice, items lack modalities, frozen and streamed, per modality",
  "mf",
  { freezeFeatures: true, skip: 0.5, normalisation: "per-modality" },
  { dataset, residentBytes: 0 },
);
