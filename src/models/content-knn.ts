/**
 * The content nearest-neighbour recommender, which learns nothing. With f_im the L2-normalised features of item i in modality m, M_i the
 * modalities it has, and N_u the training items of user u:
 *   p_um = normalised Σ_{j ∈ N_u} f_jm,  ŷ_ui = Σ_{m ∈ M_i} cos(p_um, f_im) / |M_i|.
 * As embeddings: the modalities side by side, item i's divided by |M_i|. Where a modality is a neighbour list alone, an item's row of
 * it, a column an item and the cosines as values, stands for its features. A zero row is a modality that the item lacks.
 */
import type { Dataset, Modality } from "../data/dataset.ts";
import type { Engine, Floats, Matrix } from "../engine/engine.ts";
import { ConfigError } from "../errors.ts";
import { zeros } from "../tensor/tape.ts";
import { createFixed } from "./fixed.ts";
import type { Model } from "./model.ts";

/** Floats read at a time. */
const blockFloats = 1 << 20;

/** Columns that a modality takes in the embeddings. */
export function contentColumns({ features, neighbours }: Modality): number {
  return features?.columns ?? neighbours?.rows ?? 0;
}

/** Scales `values[from, to)` to length 1; a zero vector stays. @returns whether it was none */
export function normaliseSlice(values: Floats, from: number, to: number): boolean {
  let squares = 0;
  for (let e = from; e < to; e++) squares += values[e] * values[e];
  if (squares === 0) return false;
  const length = Math.sqrt(squares);
  for (let e = from; e < to; e++) values[e] /= length;
  return true;
}

/** Writes a modality's rows into columns [offset, …) of `items`. */
function placeRows({ features, neighbours }: Modality, items: Matrix, offset: number): void {
  if (features !== undefined) {
    const { rows, columns } = features;
    const step = Math.min(rows, Math.max(1, Math.floor(blockFloats / columns)));
    const block = new Float32Array(step * columns);
    for (let from = 0; from < rows; from += step) {
      const to = Math.min(rows, from + step);
      features.read(from, to, block);
      for (let row = from; row < to; row++) {
        const at = (row - from) * columns;
        items.data.set(block.subarray(at, at + columns), row * items.columns + offset);
      }
    }
    return;
  }
  if (neighbours === undefined) return;
  const { rows, width, indices, cosines } = neighbours;
  for (let p = 0; p < rows * width; p++) {
    if (indices[p] >= 0) items.data[Math.floor(p / width) * items.columns + offset + indices[p]] = cosines[p];
  }
}

/** @throws ConfigError when there is no modality */
export function createContentKnn(engine: Engine, dataset: Dataset, modalities: readonly Modality[]): Model {
  if (modalities.length === 0) {
    throw new ConfigError(
      `content-knn: ${dataset.name} has no modality; add NAME_feat.npy or a neighbour list, or use popularity instead`,
    );
  }
  const { train } = dataset.interactions;
  const columns = modalities.reduce((sum, modality) => sum + contentColumns(modality), 0);
  const ends: number[] = [];
  for (const modality of modalities) ends.push((ends.at(-1) ?? 0) + contentColumns(modality));

  /** Normalises each modality's part of each row. @returns how many modalities a row has */
  const normalise = ({ rows, data }: Matrix): Uint8Array => {
    const had = new Uint8Array(rows);
    for (let row = 0; row < rows; row++) {
      let from = row * columns;
      for (const end of ends) {
        if (normaliseSlice(data, from, row * columns + end)) had[row]++;
        from = row * columns + end;
      }
    }
    return had;
  };

  return createFixed({
    engine,
    name: "content-knn",
    users: dataset.users,
    items: dataset.items,
    embeddings: () => {
      const items = zeros(engine, dataset.items, columns);
      modalities.forEach((modality, m) => {
        placeRows(modality, items, m === 0 ? 0 : ends[m - 1]);
      });
      const had = normalise(items);
      const users = zeros(engine, dataset.users, columns);
      const rowPointers = engine.ints(train.rowPointers.length);
      const columnIndices = engine.ints(train.columnIndices.length);
      rowPointers.set(train.rowPointers);
      columnIndices.set(train.columnIndices);
      engine.spmm({ rows: dataset.users, columns: dataset.items, rowPointers, columnIndices }, items, users);
      engine.release(rowPointers);
      engine.release(columnIndices);
      normalise(users);
      had.forEach((count, item) => {
        if (count < 2) return;
        const row = items.data.subarray(item * columns, (item + 1) * columns);
        engine.scale(1 / count, row, row);
      });
      return { users, items };
    },
  });
}
