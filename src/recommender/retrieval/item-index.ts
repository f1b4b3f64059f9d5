/**
 * An approximate index of the items' final embeddings, for catalogues too large to score whole: a navigable small-world graph (HNSW, Malkov and
 * Yashunin 2016) by usearch. Largest products become nearest neighbours by one more column (Bachrach et al. 2014): with R = max_i ‖x_i‖,
 *   x̃_i = (x_i, √(R² − ‖x_i‖²)),  q̃ = (q, 0),  ‖q̃ − x̃_i‖² = ‖q‖² + R² − 2 q · x_i.
 */
import { setImmediate } from "node:timers/promises";
import type { Floats, Matrix } from "../../engine/engine.ts";
import { ConfigError } from "../../errors.ts";
import { loadOptionalPackage } from "../../features/optional-package.ts";
import { fingerprintOf, keepIndex, keptIndex } from "./kept-index.ts";

export interface ItemIndexOptions {
  /** The index is kept in this file, and read from it when it was built of the same embeddings with the same settings. */
  readonly file?: string | undefined;
  /** Links a node has; default 16. */
  readonly connectivity?: number | undefined;
  /** Nodes looked at while one is added; default 128. */
  readonly expansionAdd?: number | undefined;
  /** Nodes looked at in a search, at least: more find more of the best items and take longer; default 256. */
  readonly expansionSearch?: number | undefined;
  /** Threads that build it; default 1. */
  readonly threads?: number | undefined;
  /** Told between blocks of items. */
  readonly onProgress?: ((done: number, items: number) => void) | undefined;
}

export interface ItemIndex {
  /** Items it holds: those of the run. */
  readonly size: number;
  /** About the `count` items of largest product with the vector, in no order that counts. */
  search(vector: Floats, count: number): Int32Array;
}

const defaults = { connectivity: 16, expansionAdd: 128, expansionSearch: 256 };
/** Between two of them the event loop turns: at a million items one takes some hundredths of a second. */
const itemsPerBlock = 64;

function checkedSettings(options: ItemIndexOptions): typeof defaults {
  const check = (name: keyof typeof defaults): number => {
    const value = options[name] ?? defaults[name];
    if (Number.isSafeInteger(value) && value >= 2) return value;
    throw new ConfigError(`index, ${name}: found ${value}, expected an integer of at least 2`);
  };
  return {
    connectivity: check("connectivity"),
    expansionAdd: check("expansionAdd"),
    expansionSearch: check("expansionSearch"),
  };
}

/**
 * @param embeddings items × d
 * @throws ConfigError for a setting that cannot be, embeddings without columns, or when usearch is not installed
 */
export async function openItemIndex(embeddings: Matrix, options: ItemIndexOptions = {}): Promise<ItemIndex> {
  const settings = checkedSettings(options);
  const { rows, columns } = embeddings;
  if (columns === 0)
    throw new ConfigError(
      "index: this model scores by its item graph and has no embeddings to index; leave the index out",
    );
  const { Index, MetricKind, ScalarKind } = await loadOptionalPackage("indexes", "usearch", () => import("usearch"));
  const index = new Index({
    dimensions: columns + 1,
    metric: MetricKind.L2sq,
    quantization: ScalarKind.F32,
    connectivity: settings.connectivity,
    expansion_add: settings.expansionAdd,
    expansion_search: settings.expansionSearch,
    multi: false,
  });
  // How far a search goes is not part of what was built.
  const { connectivity, expansionAdd } = settings;
  const fingerprint = options.file === undefined ? "" : fingerprintOf(embeddings, { connectivity, expansionAdd });
  if (options.file !== undefined && keptIndex(options.file, fingerprint)) index.load(options.file);
  else {
    for (const block of augmentedBlocks(embeddings)) {
      index.add(block.keys, block.vectors, options.threads ?? 1);
      options.onProgress?.(block.end, rows);
      await setImmediate();
    }
    if (options.file !== undefined) await keepIndex(options.file, fingerprint, (file) => index.save(file));
  }
  const query = new Float32Array(columns + 1);
  return {
    size: rows,
    search: (vector, count) => {
      query.set(vector);
      const { keys } = index.search(query, Math.min(count, rows), 1);
      return Int32Array.from(keys, Number);
    },
  };
}

interface AugmentedBlock {
  readonly keys: BigUint64Array;
  /** items × (d + 1) */
  readonly vectors: Float32Array;
  readonly end: number;
}

function* augmentedBlocks({ rows, columns, data }: Matrix): Generator<AugmentedBlock> {
  const squares = Float64Array.from({ length: rows }, (_, item) => {
    let sum = 0;
    for (let c = item * columns; c < (item + 1) * columns; c++) sum += data[c] * data[c];
    return sum;
  });
  const largest = squares.reduce((most, square) => Math.max(most, square), 0);
  for (let from = 0; from < rows; from += itemsPerBlock) {
    const end = Math.min(rows, from + itemsPerBlock);
    const vectors = new Float32Array((end - from) * (columns + 1));
    for (let item = from; item < end; item++) {
      const row = (item - from) * (columns + 1);
      vectors.set(data.subarray(item * columns, (item + 1) * columns), row);
      vectors[row + columns] = Math.sqrt(largest - squares[item]);
    }
    yield { keys: BigUint64Array.from({ length: end - from }, (_, n) => BigInt(from + n)), vectors, end };
  }
}
