/** The registry: builds a model by name for a dataset, from checked options and one seed. */
import type { Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";
import { createParameter } from "../tensor/parameter.ts";
import { createRandom } from "../tensor/random.ts";
import { createCollaborative } from "./collaborative.ts";
import { collaborativeParts } from "./collaborative-parts.ts";
import type { BackboneName, ModelName, ModelOptions } from "./configuration.ts";
import { createContentKnn } from "./content-knn.ts";
import { createBm3Model, createFreedomModel, createMgcnModel, createVbprModel } from "./feature-models.ts";
import { createGrcnModel, createMmgcnModel } from "./feature-networks.ts";
import type { RandomStreams } from "./initialise.ts";
import { createItemKnn } from "./item-knn.ts";
import { createLattice, type LatticeModel } from "./lattice.ts";
import { createMicro } from "./micro.ts";
import { createModality, type GraphProgress, type ModalityState } from "./modality.ts";
import { residency, selectModalities } from "./modality-selection.ts";
import type { Model } from "./model.ts";
import { createPopularity } from "./popularity.ts";

export interface ModelRequest {
  readonly model: ModelName;
  /** What LATTICE plugs into; ignored by the backbones alone. Default: lightgcn. */
  readonly backbone?: BackboneName | undefined;
  readonly options: ModelOptions;
  /** An integer; every random stream of the model comes from it. */
  readonly seed: number;
  /** Bytes of raw features with their optimiser state to keep in the engine at most, the others are streamed; default: 2.75 GiB. */
  readonly residentBytes?: number | undefined;
  /** Told while initial graphs are built; may throw to stop. */
  readonly onGraphProgress?: GraphProgress | undefined;
}

/**
 * @throws ConfigError when the options do not fit the dataset
 * @throws EngineError when memory does not suffice
 */
export async function createModel(engine: Engine, dataset: Dataset, request: ModelRequest): Promise<Model> {
  const { model: name, options, seed } = request;
  switch (name) {
    case "lattice":
      return createLatticeModel(engine, dataset, request);
    case "micro":
      return createMicroModel(engine, dataset, request);
    case "popularity":
      return createPopularity(engine, dataset.interactions.train);
    case "item-knn":
      return createItemKnn(engine, dataset.interactions.train, options);
    case "content-knn":
      return createContentKnn(engine, dataset, selectModalities(dataset, options.modalities));
    case "vbpr":
      return createVbprModel(engine, dataset, request);
    case "mmgcn":
      return createMmgcnModel(engine, dataset, request);
    case "grcn":
      return createGrcnModel(engine, dataset, request);
    case "freedom":
      return createFreedomModel(engine, dataset, request);
    case "bm3":
      return createBm3Model(engine, dataset, request);
    case "mgcn":
      return createMgcnModel(engine, dataset, request);
    case "lightgcn":
    case "ngcf":
    case "mf":
      return createBaseline(engine, dataset, name, options, seed);
  }
}

function createBaseline(
  engine: Engine,
  dataset: Dataset,
  name: BackboneName,
  options: ModelOptions,
  seed: number,
): Model {
  const random: RandomStreams = (purpose) => createRandom(seed, purpose);
  return createCollaborative({ engine, name, ...collaborativeParts(engine, dataset, name, options, random) });
}

/** The modalities of a model that learns item graphs, with their initial graphs. */
async function learnedModalities(
  engine: Engine,
  dataset: Dataset,
  name: "lattice" | "micro",
  request: Omit<ModelRequest, "model">,
  random: RandomStreams,
): Promise<{ readonly modalities: readonly ModalityState[]; readonly graphSeconds: number }> {
  const { options } = request;
  const chosen = selectModalities(dataset, options.modalities);
  if (chosen.length === 0) {
    throw new ConfigError(
      `${name}: ${dataset.name} has no modality; add NAME_feat.npy or a neighbour list, or train lightgcn, ngcf or mf instead`,
    );
  }
  if (options.neighbours >= dataset.items) {
    throw new ConfigError(
      `neighbours: ${options.neighbours} with ${dataset.items} items; at most ${dataset.items - 1} are possible`,
    );
  }
  const trained = !options.freezeFeatures;
  const resident = residency(engine, chosen, trained, request.residentBytes);
  const progress = request.onGraphProgress ?? (async () => undefined);
  const started = performance.now();
  const modalities: ModalityState[] = [];
  for (const modality of chosen) {
    const modalityOptions = { ...options, trained, resident: resident.has(modality.name), learned: options.skip < 1 };
    modalities.push(await createModality(engine, modality, dataset.items, modalityOptions, random, progress));
  }
  return { modalities, graphSeconds: (performance.now() - started) / 1000 };
}

async function createMicroModel(engine: Engine, dataset: Dataset, request: ModelRequest): Promise<Model> {
  const { options, seed } = request;
  const random: RandomStreams = (purpose) => createRandom(seed, purpose);
  return createMicro({
    engine,
    train: dataset.interactions.train,
    options,
    random,
    ...(await learnedModalities(engine, dataset, "micro", request, random)),
    ...collaborativeParts(engine, dataset, "lightgcn", options, random),
  });
}

/** LATTICE with access to its graph; `createModel` for callers that need a `Model` only. */
export async function createLatticeModel(
  engine: Engine,
  dataset: Dataset,
  request: Omit<ModelRequest, "model">,
): Promise<LatticeModel> {
  const { options, seed, backbone = "lightgcn" } = request;
  const random: RandomStreams = (purpose) => createRandom(seed, purpose);
  const { modalities, graphSeconds } = await learnedModalities(engine, dataset, "lattice", request, random);
  const logits = createParameter(engine, "modality.weights", 1, modalities.length);
  logits.value.data.fill(1 / modalities.length);
  return createLattice({
    engine,
    modalities,
    logits,
    options,
    graphSeconds,
    ...collaborativeParts(engine, dataset, backbone, options, random),
  });
}
