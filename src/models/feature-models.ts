/** From a dataset and options to the models that read item features in every step: which modalities, projections and item graph each gets. */
import type { Dataset, Modality } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";
import { frozenItemGraph } from "../graph/frozen-item-graph.ts";
import { createRandom } from "../tensor/random.ts";
import { createBm3 } from "./bm3.ts";
import { backboneParts } from "./collaborative-parts.ts";
import type { ModelOptions } from "./configuration.ts";
import { createEmbeddingTable, type EmbeddingTable } from "./embedding-table.ts";
import { createFeatureProjections, type FeatureProjection } from "./feature-projection.ts";
import { createFreedom } from "./freedom.ts";
import type { LinearStart, RandomStreams } from "./initialise.ts";
import { createMgcn } from "./mgcn.ts";
import { type GraphProgress, type InitialNeighbours, initialNeighbours, neighbourFile } from "./modality.ts";
import { residency, selectModalities } from "./modality-selection.ts";
import type { Model } from "./model.ts";
import { createVbpr } from "./vbpr.ts";

export interface FeatureModelRequest {
  readonly options: ModelOptions;
  readonly seed: number;
  readonly residentBytes?: number | undefined;
  readonly onGraphProgress?: GraphProgress | undefined;
}

export interface FeatureParts {
  readonly modalities: readonly Modality[];
  readonly table: EmbeddingTable;
  readonly projections: readonly FeatureProjection[];
  readonly random: RandomStreams;
}

export function featureParts(
  engine: Engine,
  dataset: Dataset,
  name: string,
  { options, seed, residentBytes }: FeatureModelRequest,
  columns: number,
  start: LinearStart,
): FeatureParts {
  const random: RandomStreams = (purpose) => createRandom(seed, purpose);
  const modalities = selectModalities(dataset, options.modalities);
  const trained = !options.freezeFeatures;
  const resident = residency(engine, modalities, trained, residentBytes);
  const projections = createFeatureProjections(engine, modalities, columns, random, resident, { trained, start });
  if (projections.length === 0) {
    throw new ConfigError(
      `${name}: ${dataset.name} has no modality with features; add NAME_feat.npy, or train lightgcn, ngcf or mf instead`,
    );
  }
  const table = createEmbeddingTable(engine, dataset.users, dataset.items, options.embeddingSize, random);
  return { modalities, table, projections, random };
}

export async function createVbprModel(engine: Engine, dataset: Dataset, request: FeatureModelRequest): Promise<Model> {
  const { featureBackbone, featureEmbeddingSize: featureSize } = request.options;
  const parts = featureParts(engine, dataset, "vbpr", request, featureSize + 1, "xavier, no bias");
  const collaborative = backboneParts(engine, dataset, featureBackbone, request.options, parts.random);
  return createVbpr({ engine, featureSize, ...parts, ...collaborative });
}

export async function createBm3Model(engine: Engine, dataset: Dataset, request: FeatureModelRequest): Promise<Model> {
  const { options } = request;
  const parts = featureParts(engine, dataset, "bm3", request, options.embeddingSize, "xavier");
  return createBm3({ engine, train: dataset.interactions.train, options, ...parts });
}

/** Shares of the item graph: the modality called image gets its own where there are others, these the rest in equal parts. */
export function graphShares(modalities: readonly Pick<Modality, "name">[], imageShare: number): readonly number[] {
  const others = modalities.filter(({ name }) => name !== "image").length;
  if (others === 0 || others === modalities.length) return modalities.map(() => 1 / modalities.length);
  return modalities.map(({ name }) => (name === "image" ? imageShare : (1 - imageShare) / others));
}

/** @throws ConfigError where there are not more items than neighbours */
function checkNeighbours({ neighbours }: ModelOptions, { items }: Dataset): void {
  if (neighbours < items) return;
  throw new ConfigError(`neighbours: ${neighbours} with ${items} items; at most ${items - 1} are possible`);
}

/** The nearest by raw features in each modality, or the dataset's own lists. */
async function neighbourLists(
  engine: Engine,
  { modalities, projections }: Pick<FeatureParts, "modalities" | "projections">,
  { options, onGraphProgress = async () => undefined }: FeatureModelRequest,
): Promise<readonly InitialNeighbours[]> {
  const lists: InitialNeighbours[] = [];
  for (const modality of modalities) {
    const table = projections.find(({ name }) => name === modality.name)?.table;
    lists.push(await initialNeighbours(engine, modality, table, options.neighbours, onGraphProgress));
  }
  return lists;
}

const neighbourFiles = (
  items: number,
  modalities: readonly Modality[],
  lists: readonly InitialNeighbours[],
): Model["initialNeighbours"] =>
  Object.fromEntries(modalities.map(({ name }, m) => [name, neighbourFile(items, lists[m])]));

export async function createMgcnModel(engine: Engine, dataset: Dataset, request: FeatureModelRequest): Promise<Model> {
  const { options } = request;
  checkNeighbours(options, dataset);
  const parts = featureParts(engine, dataset, "mgcn", request, options.embeddingSize, "linear");
  const modalities = parts.modalities.filter(({ features }) => features !== undefined);
  const started = performance.now();
  const lists = await neighbourLists(engine, { ...parts, modalities }, request);
  const withGraphs = parts.projections.map((projection, m) => ({
    projection,
    itemGraph: frozenItemGraph(engine, dataset.items, [{ neighbours: lists[m], weight: 1 }], "cosines"),
  }));
  return createMgcn({
    engine,
    train: dataset.interactions.train,
    table: parts.table,
    modalities: withGraphs,
    options,
    random: parts.random,
    graphSeconds: (performance.now() - started) / 1000,
    initialNeighbours: neighbourFiles(dataset.items, modalities, lists),
  });
}

export async function createFreedomModel(
  engine: Engine,
  dataset: Dataset,
  request: FeatureModelRequest,
): Promise<Model> {
  const { options } = request;
  checkNeighbours(options, dataset);
  const parts = featureParts(engine, dataset, "freedom", request, options.embeddingSize, "linear");
  const started = performance.now();
  const shares = graphShares(parts.modalities, options.imageShare);
  const lists = await neighbourLists(engine, parts, request);
  const itemGraph = frozenItemGraph(
    engine,
    dataset.items,
    lists.map((neighbours, m) => ({ neighbours, weight: shares[m] })),
  );
  return createFreedom({
    engine,
    train: dataset.interactions.train,
    itemGraph,
    options,
    graphSeconds: (performance.now() - started) / 1000,
    initialNeighbours: neighbourFiles(dataset.items, parts.modalities, lists),
    ...parts,
  });
}
