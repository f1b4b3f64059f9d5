/** The trained parameters of a run, one at a time: opening a recommender does not read them, placing new items does. */
import path from "node:path";
import { openSafetensors } from "../data/safetensors.ts";
import type { Matrix } from "../engine/engine.ts";
import { RunError } from "../errors.ts";
import { runFiles } from "../runs/run-format.ts";

export interface StoredParameters {
  has(name: string): boolean;
  /** In ordinary memory. @throws RunError when the run has no such matrix */
  read(name: string): Matrix;
}

/** @param folder of a finished run */
export function withStoredParameters<T>(folder: string, use: (parameters: StoredParameters) => T): T {
  const file = path.join(folder, runFiles.weights);
  const stored = openSafetensors(file);
  try {
    return use({
      has: (name) => stored.has(name),
      read: (name) => {
        if (!stored.has(name)) throw new RunError(`${file} has no tensor ${name}; train the run again`);
        const { shape, data } = stored.read(name);
        const [rows, columns] = shape;
        if (shape.length !== 2 || !(data instanceof Float32Array || data instanceof Float64Array)) {
          throw new RunError(`${file}: tensor ${name} has shape [${shape}], expected a matrix of floats`);
        }
        return { rows, columns, data };
      },
    });
  } finally {
    stored.close();
  }
}
