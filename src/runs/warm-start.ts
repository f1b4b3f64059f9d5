/**
 * A warm start: a new model begins with the weights of a finished run where it knows the same. Rows of users and of items are copied by outside id,
 * other parameters whole where name and shape agree; what is new begins as it always does, and Adam's state is fresh. With the option
 * `freezeFeatures` unset, features are trained too: those of an item are copied unless the item has changed.
 */
import path from "node:path";
import type { Dataset } from "../data/dataset.ts";
import { openSafetensors } from "../data/safetensors.ts";
import type { Floats, Matrix } from "../engine/engine.ts";
import { RunError } from "../errors.ts";
import type { Model } from "../models/model.ts";
import { fileDigest } from "./manifest.ts";
import { openRun } from "./open-run.ts";
import { type RunConfig, runFiles } from "./run-format.ts";

export interface WarmStart {
  /** A finished run of the same model, over any dataset with the same kind of ids. */
  readonly run: string;
  /** Items whose features are others than in that run, by id. */
  readonly changedItems?: ReadonlySet<string> | undefined;
}

/** What a run says of its beginning. */
export type WarmStartOrigin = NonNullable<RunConfig["warmStart"]>;

/** @throws RunError when the run is not whole */
export function warmStartOrigin({ run }: WarmStart): WarmStartOrigin {
  const { folder } = openRun(run);
  return { run: path.resolve(folder), weights: fileDigest(path.join(folder, runFiles.weights)).sha256 };
}

/**
 * Where a training that is resumed before its first checkpoint began.
 * @throws RunError when that run is gone, or has other weights by now
 */
export function resumedOrigin(origin: WarmStartOrigin): WarmStart {
  if (warmStartOrigin(origin).weights === origin.weights) return { run: origin.run };
  throw new RunError(
    `${origin.run}: its weights are others than those that the training to resume began with; start it anew with --overwrite`,
  );
}

/** What was copied. */
export interface WarmStartCounts {
  readonly users: number;
  readonly items: number;
  readonly parameters: number;
}

type RowOwner = "users" | "items";

/** Parameters with a row a user or an item, by name. */
const rowNames: Readonly<Record<RowOwner, RegExp>> = {
  users: /^(embedding\.users|vbpr\.userFeatures|mmgcn\..*\.preference|grcn\..*\.(prototypes|userTrust))$/,
  items: /^(embedding\.items|features\..*|vbpr\.itemBias|grcn\..*\.itemTrust)$/,
};
const featureName = /^features\./;
const modalityWeights = "modality.weights";

/** By new index: the index in the run before, -1 for one that is new. */
function earlierIndices(now: readonly string[], before: readonly string[]): Int32Array {
  const places = new Map(before.map((id, place) => [id, place]));
  return Int32Array.from(now, (id) => places.get(id) ?? -1);
}

function copyRows(from: Matrix, to: Matrix, earlier: Int32Array): void {
  const { columns } = to;
  for (const [row, before] of earlier.entries()) {
    if (before < 0) continue;
    to.data.set(from.data.subarray(before * columns, (before + 1) * columns), row * columns);
  }
}

const isFloats = (data: unknown): data is Floats => data instanceof Float32Array || data instanceof Float64Array;

/**
 * Overwrites the parameters of a model that was just made for `dataset`.
 * @throws RunError when the run is not whole, or of another model
 */
export function warmStart(model: Model, dataset: Dataset, { run: folder, changedItems }: WarmStart): WarmStartCounts {
  const run = openRun(folder);
  if (run.config.model !== model.name) {
    throw new RunError(
      `${folder} is a run of ${run.config.model}, expected ${model.name}: a warm start takes weights of the same model; train without it`,
    );
  }
  const earlier = {
    users: earlierIndices(dataset.userIds, run.ids.users),
    items: earlierIndices(dataset.itemIds, run.ids.items),
  };
  const unchanged = earlier.items.map((before, item) =>
    changedItems?.has(dataset.itemIds[item]) === true ? -1 : before,
  );
  const sameModalities =
    JSON.stringify(run.config.dataset.modalities.map(({ name }) => name)) ===
    JSON.stringify(Object.keys(model.modalityWeights() ?? {}));
  const file = path.join(run.folder, runFiles.weights);
  const stored = openSafetensors(file);
  let parameters = 0;
  try {
    for (const { name, value } of model.parameters) {
      if (!stored.has(name)) continue;
      const { shape, data } = stored.read(name);
      const [rows = 0, columns = 0] = shape;
      if (!isFloats(data) || columns !== value.columns) continue;
      const before: Matrix = { rows, columns, data };
      const owner = rowNames.users.test(name) ? "users" : rowNames.items.test(name) ? "items" : undefined;
      if (owner !== undefined) copyRows(before, value, featureName.test(name) ? unchanged : earlier[owner]);
      else if (rows !== value.rows || (name === modalityWeights && !sameModalities)) continue;
      else value.data.set(data);
      parameters++;
    }
  } finally {
    stored.close();
  }
  const known = (rows: Int32Array): number => rows.reduce((sum, before) => sum + (before < 0 ? 0 : 1), 0);
  return { users: known(earlier.users), items: known(earlier.items), parameters };
}
