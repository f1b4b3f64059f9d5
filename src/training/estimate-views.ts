/**
 * What the views that MGCN and MICRO hold of the modalities need in a step, in floats: purified features of all items, what is fused at the
 * wanted rows, and InfoNCE.
 */
import type { TrainingShape } from "./estimate-shape.ts";

/** Models that fuse views of the modalities. */
export type ViewModel = "mgcn" | "micro";

interface ViewShape {
  /** Matrices as wide as the embeddings that one modality makes of all items. */
  readonly ofItems: number;
  /** And at the wanted rows. */
  readonly ofRows: number;
  /** Rows at which views are fused. */
  readonly rows: number;
  /** Floats of all InfoNCE terms. */
  readonly contrast: number;
}

function viewShape(
  model: ViewModel,
  { users, items, modalities, lacking, options }: TrainingShape,
  batch: number,
): ViewShape {
  const { batchSize, embeddingSize, itemLayers } = options;
  const mask = lacking ? 1 : 0;
  /** Cosines, their shares and their gradient, of every row with `views` others. */
  const contrastOf = (count: number, views: number): number => {
    const rows = Math.min(count, batchSize);
    return 3 * views * rows * rows + (4 + 4 * views) * rows * embeddingSize;
  };
  switch (model) {
    case "mgcn":
      return {
        ofItems: 4 + mask + itemLayers,
        ofRows: 8 + mask,
        rows: batch,
        contrast: contrastOf(users, 1) + contrastOf(items, 1),
      };
    case "micro":
      return {
        ofItems: Math.max(0, itemLayers - 1),
        ofRows: 4,
        rows: Math.min(items, batch),
        contrast: modalities.length * contrastOf(items, 2),
      };
  }
}

/** @param batch users and items of a batch at most */
export function viewFloats(
  shape: TrainingShape,
  batch: number,
): { readonly training: number; readonly evaluation: number } {
  const { users, items, modalities, options, views } = shape;
  if (views === undefined) return { training: 0, evaluation: 0 };
  const fused = ({ ofItems, ofRows, rows }: ViewShape): number =>
    (modalities.length * (ofItems * items + ofRows * rows) + 3 * rows) * options.embeddingSize +
    5 * modalities.length * rows;
  const training = viewShape(views, shape, batch);
  return {
    training: 2 * fused(training) + training.contrast,
    evaluation: fused(viewShape(views, shape, users + items)),
  };
}
