/**
 * The temporaries of one engine step: what the tape holds between a forward and a backward pass. Counted for the largest step,
 * the first of an epoch, in which the item graph is built with gradient; and for the evaluation of all rows.
 */
import { networkFloats } from "./estimate-feature-networks.ts";
import { bytesOfFloat, bytesOfInt, initialEntries, learnedEntries, type TrainingShape } from "./estimate-shape.ts";
import { viewFloats } from "./estimate-views.ts";

/** Floats of the features that are multiplied out at a time, and of a block of streamed ones. */
const factoredBlock = 1 << 19;
const streamedBlock = 1 << 23;
/** Users ranked at a time, and the deepest usual list. */
const rankedUsers = 4096;
const rankedDepth = 20;

/** Matrices as long as its input that a layer of the backbone makes. */
function matricesPerLayer({ backbone }: TrainingShape): number {
  switch (backbone) {
    case "mf":
      return 0;
    case "lightgcn":
      return 1;
    case "ngcf":
      return 8;
  }
}

/** The item graph on the tape. @param gradient whether a gradient is kept beside each value */
function graphBytes(shape: TrainingShape, gradient: boolean): number {
  const { items, learned, options, resident } = shape;
  if (!shape.isLattice) return 0;
  const copies = gradient ? 2 : 1;
  const own = items * options.neighbours;
  const perModality =
    copies * 2 * items * options.featureEmbeddingSize * bytesOfFloat +
    items * bytesOfFloat +
    2 * own * (bytesOfInt + bytesOfFloat) +
    own * (3 * bytesOfInt + copies * bytesOfFloat) +
    2 * (items + 1) * bytesOfInt;
  const entries = initialEntries(shape) + learnedEntries(shape);
  const union = entries * (copies * 4 * bytesOfFloat + 2 * bytesOfInt);
  const sums = (learned.length > 0 ? 1 : 0) + (options.skip > 0 || learned.length === 0 ? 1 : 0);
  const scaled = entries * (copies * bytesOfFloat + bytesOfInt + bytesOfFloat * copies) + 2 * items * bytesOfFloat;
  const weights = gradient
    ? learned.reduce((sum, { features }) => sum + (features?.columns ?? 0) * options.featureEmbeddingSize, 0) *
      bytesOfFloat
    : 0;
  const trained = gradient && !options.freezeFeatures && learned.length > 0;
  const blocks = learned.filter(({ name }) => !resident.has(name)).length;
  const streaming = blocks * (gradient ? 2 : 1) * streamedBlock + (trained ? (blocks > 0 ? 4 : 1) * factoredBlock : 0);
  return (
    learned.length * perModality + union + (shape.lacking ? sums * scaled : 0) + weights + streaming * bytesOfFloat
  );
}

/** The gradient of the features that every step reads, where they are trained: gF at all items, and a block of its product with W. */
function featureGradientFloats({
  items,
  read,
  options,
  projected,
  resident,
  views,
  featureNetwork,
}: TrainingShape): number {
  if (options.freezeFeatures || read.length === 0) return 0;
  const blocks = read.every(({ name }) => resident.has(name)) ? 1 : 4;
  const scattered = views === "mgcn" || featureNetwork !== undefined ? 0 : read.length * items * projected;
  return scattered + blocks * factoredBlock;
}

function trainingBytes(shape: TrainingShape): number {
  const { users, items, backbone, options, isLattice } = shape;
  const { embeddingSize: d, layers, itemLayers, batchSize } = options;
  const nodes = users + items;
  const batch = Math.min(nodes, 3 * batchSize);
  const slots = (nodes + 2 * items + batch * 2 + 3 * batchSize) * bytesOfInt;
  const weights = shape.read.reduce((sum, { features }) => sum + (features?.columns ?? 0) * shape.projected, 0);
  if (shape.featureNetwork !== undefined) {
    const floats = networkFloats(shape.featureNetwork, shape, batch).training + weights + featureGradientFloats(shape);
    return floats * bytesOfFloat + slots;
  }
  const perLayer = matricesPerLayer(shape);
  const wholeLayers = backbone === "mf" ? 0 : Math.max(0, layers - 1);
  const whole = nodes * (2 * perLayer * wholeLayers + 1);
  const atBatch = 2 * batch * (perLayer + 2 * layers + 3);
  const affinities =
    isLattice || shape.frozenEntries > 0 ? 2 * items * Math.max(0, itemLayers - 1) + 6 * batch + items : 0;
  const reading = shape.read.reduce((sum, { name, features }) => {
    const columns = features?.columns ?? 0;
    const rows = shape.views === "mgcn" ? 0 : Math.min(items, 2 * batchSize);
    const copied = shape.resident.has(name) ? 0 : columns;
    return sum + rows * (copied + 2 * shape.projected) + columns * shape.projected;
  }, 0);
  const combined = 4 * batch * Math.max(0, shape.finalColumns - d);
  return (
    (whole + atBatch + affinities) * d * bytesOfFloat +
    (reading + combined + viewFloats(shape, batch).training + featureGradientFloats(shape)) * bytesOfFloat +
    slots +
    graphBytes(shape, true)
  );
}

/** A block of users whose lists are made. @param columns of the final embeddings */
export const rankingBytes = (columns: number): number =>
  rankedUsers * (columns * bytesOfFloat + rankedDepth * (bytesOfInt + bytesOfFloat) + bytesOfInt);

function evaluationBytes(shape: TrainingShape): number {
  const { users, items, options, isLattice, backbone } = shape;
  const { embeddingSize: d, layers, itemLayers } = options;
  const ranking = rankingBytes(shape.finalColumns);
  if (shape.featureNetwork !== undefined) {
    return Math.max(networkFloats(shape.featureNetwork, shape, 0).evaluation * bytesOfFloat, ranking);
  }
  const perLayer = matricesPerLayer(shape) + (backbone === "ngcf" ? 1 : 0);
  const nodeMatrices = backbone === "mf" ? 0 : perLayer * layers + 1;
  const itemMatrices = isLattice || shape.frozenEntries > 0 ? itemLayers + 2 : 0;
  const beside =
    (users + items) * 2 * Math.max(0, shape.finalColumns - d) + shape.read.length * items * shape.projected;
  const forward =
    (((users + items) * nodeMatrices + items * itemMatrices) * d + beside + viewFloats(shape, 0).evaluation) *
      bytesOfFloat +
    graphBytes(shape, false);
  return Math.max(forward, ranking);
}

/** Bytes of the largest step. */
export const temporaryBytes = (shape: TrainingShape): number => Math.max(trainingBytes(shape), evaluationBytes(shape));
