/**
 * How much memory a training needs, counted from shapes before anything large is allocated, so that what cannot fit is refused at
 * once with what to change. The engine's part (parameters, Adam's moments, graphs, temporaries of a step) must fit in
 * WebAssembly's 4 GiB; the whole must fit in the machine.
 */
import type { Dataset } from "../data/dataset.ts";
import { EngineError } from "../errors.ts";
import type { BackboneName, ModelName } from "../models/configuration.ts";
import type { TrainingOptions } from "./configuration.ts";
import { networkFloats } from "./estimate-feature-networks.ts";
import {
  bytesOfFloat,
  bytesOfInt,
  featureCount,
  initialEntries,
  learnedEntries,
  parameterCount,
  shapeOf,
  type TrainingShape,
} from "./estimate-shape.ts";
import { rankingBytes, temporaryBytes } from "./estimate-temporaries.ts";

/** One use of memory. */
export interface MemoryPart {
  readonly name: string;
  readonly bytes: number;
  /** Within the engine's own memory, or the program's. */
  readonly place: "engine" | "program";
}

export interface MemoryEstimate {
  /** The whole, in bytes. */
  readonly bytes: number;
  /** Of which in the engine. */
  readonly engineBytes: number;
  /** The largest first. */
  readonly parts: readonly MemoryPart[];
}

export interface EstimateContext {
  /** What LATTICE plugs into. Default: lightgcn. */
  readonly backbone?: BackboneName | undefined;
  /** Bytes the program may still take. Default: what the system says. */
  readonly availableBytes?: number | undefined;
  /** Bytes the program holds already, the dataset included. Default: what the system says. */
  readonly heldBytes?: number | undefined;
}

/** The machine has too little memory left; another may have enough, as may this one later. */
export class MachineMemoryError extends EngineError {}

/** Most that one WebAssembly memory can hold. */
const engineLimit = 4 * 2 ** 30;
/** Compiled code and garbage not collected yet, as measured on trainings of several sizes. */
const programOverhead = 64 * 2 ** 20;
const bytesOfDouble = 8;
/** A worker's own heap and stacks. */
const bytesPerWorker = 12 * 2 ** 20;

function featureParts(shape: TrainingShape): MemoryPart[] {
  const { learned, modalities, options, read, resident } = shape;
  const frozen = options.freezeFeatures;
  const copies = frozen ? 1 : 3;
  return modalities.flatMap((modality): MemoryPart[] => {
    const { name, neighbours } = modality;
    const bytes = featureCount(modality) * bytesOfFloat;
    const isLearned = learned.includes(modality) || read.includes(modality);
    const isUsed = isLearned || neighbours === undefined;
    if (bytes === 0 || !isUsed) return [];
    const inEngine = resident.has(name);
    if (!inEngine && frozen) return [];
    return [
      {
        name: isLearned && copies === 3 ? `${name} features and their moments` : `${name} features`,
        bytes: bytes * (isLearned ? copies : 1),
        place: inEngine ? "engine" : "program",
      },
    ];
  });
}

function graphParts(shape: TrainingShape): MemoryPart[] {
  const { users, items, interactions, isLattice, backbone, featureNetwork, options } = shape;
  const nodes = users + items;
  const loops = options.adjacency === "row" ? nodes : 0;
  const userItem = backbone === "mf" ? 0 : (2 * interactions + loops + nodes + 1) * bytesOfInt + nodes * bytesOfFloat;
  const beside = featureNetwork === undefined ? 0 : networkFloats(featureNetwork, shape, 0).graphs * bytesOfInt;
  const initial = initialEntries(shape) * (bytesOfInt + bytesOfFloat);
  const entries = initialEntries(shape) + learnedEntries(shape);
  // With its transpose, and the pruned graph of an epoch beside the whole one.
  const frozen = shape.frozenEntries === 0 ? 0 : 2 * initial + shape.frozenEntries * bytesOfInt + userItem;
  const built = entries * (3 * bytesOfInt + 2 * bytesOfFloat) + 2 * (items + 1) * bytesOfInt;
  return [
    { name: "user–item graph", bytes: userItem + beside, place: "engine" },
    // That of the epoch stays while evaluation builds its own.
    { name: "item graphs", bytes: isLattice ? initial + 2 * built : frozen, place: "engine" },
  ];
}

/** A model without parameters needs its embeddings alone, once in the engine and once on their way to the disk. */
function floorParts({ users, items, interactions, dislikes, finalColumns, scoreEntries }: TrainingShape): MemoryPart[] {
  const embeddings = (users + items) * finalColumns * bytesOfFloat;
  const mask = (interactions + dislikes + users + 1) * bytesOfInt;
  const ranking = rankingBytes(finalColumns);
  // Once as they are and once by column.
  const scores = 2 * (scoreEntries * (bytesOfInt + bytesOfFloat) + (items + 1) * bytesOfInt);
  return [
    { name: "item scores", bytes: scoreEntries === 0 ? 0 : scores, place: "program" },
    { name: "final embeddings", bytes: embeddings, place: "engine" },
    { name: "the ranking mask and a block of users", bytes: mask + ranking, place: "engine" },
    { name: "final embeddings as they are saved", bytes: embeddings, place: "program" },
  ];
}

function trainingParts(shape: TrainingShape): MemoryPart[] {
  const { users, items, interactions, dislikes, validated, finalColumns, featureNetwork, options } = shape;
  const ofNetwork = featureNetwork === undefined ? 0 : networkFloats(featureNetwork, shape, 0).parameters;
  const parameters = (parameterCount(shape) + ofNetwork) * bytesOfFloat;
  const trainedFeatures = options.freezeFeatures
    ? 0
    : [...shape.learned, ...shape.read].reduce((sum, modality) => sum + featureCount(modality), 0) * bytesOfFloat;
  const mask = (interactions + dislikes + users + 1) * bytesOfInt;
  const final = (users + items) * finalColumns * bytesOfFloat + mask;
  const sums = shape.weighted ? interactions * bytesOfDouble : 0;
  const pairs = (options.sampler === "by-interaction" ? 3 : 0) * interactions * bytesOfInt;
  const sampling = pairs + sums + users * 2 * bytesOfInt;
  return [
    { name: "embeddings, weights and their moments", bytes: 3 * parameters, place: "engine" },
    ...featureParts(shape),
    ...graphParts(shape),
    { name: "final embeddings and the ranking mask", bytes: final, place: "engine" },
    { name: "temporaries of a step", bytes: temporaryBytes(shape), place: "engine" },
    { name: "the best epoch's parameters", bytes: validated ? parameters + trainedFeatures : 0, place: "program" },
    { name: "neighbour lists", bytes: initialEntries(shape) * (bytesOfInt + bytesOfFloat), place: "program" },
    { name: "sampling", bytes: sampling, place: "program" },
  ];
}

function partsOf(shape: TrainingShape, threads: number, heldBytes: number): MemoryPart[] {
  const parts: MemoryPart[] = [
    ...(shape.isFloor ? floorParts(shape) : trainingParts(shape)),
    { name: "the program and the dataset", bytes: heldBytes + programOverhead, place: "program" },
    { name: "workers", bytes: (threads - 1) * bytesPerWorker, place: "program" },
  ];
  return parts.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
}

const sumOf = (parts: readonly MemoryPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

/** 1234567890 → "1.23 GB". */
function inWords(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}

/** Changes that would lower the need, with what would be needed then. */
function remedies(shape: TrainingShape, measure: (options: TrainingOptions) => number): string[] {
  const { options, learned, read, modalities } = shape;
  const needed = measure(options);
  const candidates: [string, TrainingOptions][] = [];
  if (!options.freezeFeatures && learned.length + read.length > 0) {
    candidates.push(["freezeFeatures=true", { ...options, freezeFeatures: true }]);
  }
  if (options.embeddingSize > 16) {
    const embeddingSize = Math.ceil(options.embeddingSize / 2);
    candidates.push([`embeddingSize=${embeddingSize}`, { ...options, embeddingSize }]);
  }
  if (modalities.length > 1) {
    const [{ name }] = [...modalities].sort((a, b) => featureCount(a) - featureCount(b));
    candidates.push([`modalities=${name}`, { ...options, modalities: [name] }]);
  }
  return candidates.flatMap(([change, changed]) => {
    const then = measure(changed);
    return then < needed ? [`${change} (about ${inWords(then)})`] : [];
  });
}

/**
 * Memory that this training will need at its peak.
 * @param threads that compute, the caller's included
 * @throws EngineError when the engine's part exceeds 4 GiB, MachineMemoryError when the whole exceeds what the machine has left: how much
 * is needed, for what, and what to change; ConfigError for an unknown modality
 */
export function estimateMemory(
  dataset: Dataset,
  model: ModelName,
  options: TrainingOptions,
  threads: number,
  context: EstimateContext = {},
): MemoryEstimate {
  const shape = shapeOf(dataset, model, options, context.backbone);
  const heldBytes = context.heldBytes ?? process.memoryUsage.rss();
  const available = context.availableBytes ?? process.availableMemory();
  const partsWith = (changed: TrainingOptions): MemoryPart[] =>
    partsOf(shapeOf(dataset, model, changed, context.backbone), threads, heldBytes);
  const inEngine = (parts: readonly MemoryPart[]): number => sumOf(parts.filter(({ place }) => place === "engine"));

  const parts = partsWith(options);
  const estimate = { bytes: sumOf(parts), engineBytes: inEngine(parts), parts };
  const largest = parts.filter(({ name }) => name !== "the program and the dataset").slice(0, 2);
  const uses = largest.map(({ name, bytes }) => `${name} ${inWords(bytes)}`).join(", ");
  const describe = (needed: string, limit: string, measure: (parts: readonly MemoryPart[]) => number): string => {
    const changes = remedies(shape, (changed) => measure(partsWith(changed)));
    const remedy = changes.length > 0 ? changes.join(", or ") : "fewer users, items or neighbours, or a larger machine";
    return `${dataset.name} does not fit: training needs ${needed}, ${limit}; most of it: ${uses}. Set ${remedy}`;
  };
  if (estimate.engineBytes > engineLimit) {
    const needed = `about ${inWords(estimate.engineBytes)} in the engine`;
    throw new EngineError(describe(needed, `which holds ${inWords(engineLimit)}`, inEngine));
  }
  if (estimate.bytes - heldBytes > available) {
    const limit = `the machine has ${inWords(heldBytes + available)} for it`;
    throw new MachineMemoryError(describe(`about ${inWords(estimate.bytes)}`, limit, sumOf));
  }
  return estimate;
}
