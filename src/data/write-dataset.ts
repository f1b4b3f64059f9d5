/**
 * Writes any dataset as a folder that `readDataset`, and everyone else in the field, can read: `NAME.inter`, a float32
 * `<modality>_feat.npy` a modality, its neighbour files where it has them, and `items.json` for titles. Rows stream through, so
 * that features larger than memory can be written.
 */
import fs from "node:fs";
import path from "node:path";
import { DatasetError } from "../errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import type { Dataset, FeatureSource } from "./dataset.ts";
import { splits } from "./interactions.ts";
import { neighbourLabels } from "./modality-files.ts";
import { writeNpy } from "./npy.ts";

const linesAtOnce = 4096;
const valuesAtOnce = 1 << 20;

function* interLines({ users, interactions }: Dataset): Generator<string> {
  let lines = ["userID\titemID\tx_label\n"];
  for (let user = 0; user < users; user++) {
    for (const [label, split] of splits.entries()) {
      const { rowPointers, columnIndices } = interactions[split];
      for (let p = rowPointers[user]; p < rowPointers[user + 1]; p++) {
        lines.push(`${user}\t${columnIndices[p]}\t${label}\n`);
      }
    }
    if (lines.length < linesAtOnce) continue;
    yield lines.join("");
    lines = [];
  }
  yield lines.join("");
}

export function* featureBlocks({ rows, columns, read }: FeatureSource): Generator<Float32Array> {
  const step = Math.min(rows, Math.max(1, Math.floor(valuesAtOnce / columns)));
  const block = new Float32Array(step * columns);
  for (let from = 0; from < rows; from += step) {
    const to = Math.min(from + step, rows);
    read(from, to, block);
    yield block.subarray(0, (to - from) * columns);
  }
}

function refuseOutsideIds(what: string, ids: readonly string[]): void {
  const index = ids.findIndex((id, at) => id !== String(at));
  if (index < 0) return;
  throw new DatasetError(
    `${what} ${index} has the outside id ${JSON.stringify(ids[index])}, which a .inter folder cannot hold: its ids are indices; write a dataset without outside ids`,
  );
}

/**
 * Makes `folder` (and those above it) and writes the dataset there, each file all or nothing, interactions last: a
 * folder that was cut short is not mistaken for a dataset.
 * @throws DatasetError when it has outside ids, which this layout cannot express; LatticeworkError when it cannot be saved
 */
export function writeDataset(folder: string, dataset: Dataset): void {
  refuseOutsideIds("user", dataset.userIds);
  refuseOutsideIds("item", dataset.itemIds);
  fs.mkdirSync(folder, { recursive: true });
  for (const { name, features, neighbours } of dataset.modalities) {
    if (features !== undefined) {
      const shape = [features.rows, features.columns];
      writeNpy(path.join(folder, `${name}_feat.npy`), shape, "float32", featureBlocks(features));
    }
    if (neighbours !== undefined) {
      const labels = neighbourLabels(name);
      const shape = [neighbours.rows, neighbours.width];
      writeNpy(path.join(folder, labels.indices), shape, "int32", neighbours.indices);
      writeNpy(path.join(folder, labels.cosines), shape, "float32", neighbours.cosines);
    }
  }
  if (dataset.itemTitles !== undefined) {
    const titles = Object.fromEntries(dataset.itemIds.map((id, index) => [id, dataset.itemTitles?.[index] ?? id]));
    writeFileAtomically(path.join(folder, "items.json"), `${JSON.stringify(titles, undefined, 1)}\n`);
  }
  writeFileAtomically(path.join(folder, `${dataset.name}.inter`), interLines(dataset));
}
