/** Every model, on the engine that products use, through the one conformance suite. */
import { openEngine } from "../engine/open.ts";
import { type BackboneName, backboneNames, type ModelOptions, modelOptionsSchema } from "./configuration.ts";
import { createModel } from "./index.ts";
import { modelConformance } from "./model.conformance.ts";

const open = () => openEngine({ threads: 2 });
const small = { embeddingSize: 16, featureEmbeddingSize: 8, neighbours: 3 };

function lattice(name: string, backbone: BackboneName, options: Partial<ModelOptions>): void {
  const parsed = modelOptionsSchema.parse({ ...small, ...options });
  modelConformance(
    name,
    (engine, dataset, seed) => createModel(engine, dataset, { model: "lattice", backbone, options: parsed, seed }),
    open,
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
