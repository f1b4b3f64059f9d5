/** What MGCN's views of the modalities need in a step, in floats: purified features of all items, what is fused at the wanted rows, and InfoNCE. */
import type { TrainingShape } from "./estimate-shape.ts";

/** Matrices as wide as the embeddings that one modality makes of all items, and at the wanted rows. */
function matricesOfModality({ options, lacking }: TrainingShape): { readonly items: number; readonly rows: number } {
  const mask = lacking ? 1 : 0;
  return { items: 4 + mask + options.itemLayers, rows: 8 + mask };
}

/** @param rows users and items that are wanted @param copies 2 where a gradient is kept beside each value */
function fused(shape: TrainingShape, rows: number, copies: number): number {
  const perModality = matricesOfModality(shape);
  const { items, read, options } = shape;
  const matrices = read.length * (perModality.items * items + perModality.rows * rows) + 3 * rows;
  return copies * (matrices * options.embeddingSize + 5 * read.length * rows);
}

/** Cosines, their shares and their gradient, of every row with every other. */
const contrast = (rows: number, size: number): number => 3 * rows * rows + 6 * rows * size;

/** @param batch users and items of a batch at most */
export function viewFloats(
  shape: TrainingShape,
  batch: number,
): { readonly training: number; readonly evaluation: number } {
  const { users, items, options, hasViews } = shape;
  if (!hasViews) return { training: 0, evaluation: 0 };
  const { batchSize, embeddingSize } = options;
  const contrasts = [users, items].reduce((sum, rows) => sum + contrast(Math.min(rows, batchSize), embeddingSize), 0);
  return { training: fused(shape, batch, 2) + contrasts, evaluation: fused(shape, users + items, 1) };
}
