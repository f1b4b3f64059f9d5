/**
 * A run's results for anyone's own tools: embeddings and the item graph as npy, ids by line and as JSON, and a short text that
 * says what is what.
 */
import fs from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../data/atomic-file.ts";
import { writeNpy } from "../data/npy.ts";
import { RunError } from "../errors.ts";
import { checkWritable } from "./folder-state.ts";
import { openRun } from "./open-run.ts";

/** A file that was exported, with its shape and meaning. */
export interface ExportedFile {
  readonly name: string;
  /** Empty for text files. */
  readonly shape: readonly number[];
  readonly meaning: string;
}

const readmeName = "README.txt";

const embeddingsText = `The score of a user for an item is the dot product of their embeddings.`;
const embeddingsProgram = `users = numpy.load("user_embeddings.npy"); items = numpy.load("item_embeddings.npy")
    ids = json.load(open("ids.json"))
    best = numpy.argsort(-(items @ users[0]), kind="stable")[:10]`;

const itemGraphText = `The score of a user for an item is the sum of the item's values in the item graph over the items that the user trained with.`;
const itemGraphProgram = `pointers, columns, values = (numpy.load(f"item_graph_{part}.npy") for part in ("rowPointers", "columnIndices", "values"))
    ids = json.load(open("ids.json"))
    taken = [0, 1]
    kept = numpy.isin(columns, taken) * values
    best = numpy.argsort([-kept[a:b].sum() for a, b in zip(pointers, pointers[1:])], kind="stable")[:10]`;

function readme(title: string, files: readonly ExportedFile[], byItemGraph: boolean): string {
  const lines = files.map(
    ({ name, shape, meaning }) =>
      `${name.padEnd(32)} ${(shape.length === 0 ? "" : `[${shape.join(", ")}]`).padEnd(16)} ${meaning}`,
  );
  return `${title}

${lines.join("\n")}

${byItemGraph ? itemGraphText : embeddingsText} Row numbers are 0-based indices; line n of the id
files names row n - 1. The item graph is in compressed rows: the neighbours of item i are columnIndices[rowPointers[i] :
rowPointers[i + 1]] with the values at the same places. In Python:

    import json, numpy
    ${byItemGraph ? itemGraphProgram : embeddingsProgram}
    print([ids["items"][i] for i in best])
`;
}

/**
 * Writes the files into `out`, made where it does not exist; each whole or not at all.
 * @returns what was written, the text that explains it left out
 * @throws RunError when the run is not whole, or `out` holds other files
 */
export function exportRun(folder: string, out: string): readonly ExportedFile[] {
  const run = openRun(folder);
  const { users, items, itemGraph, neighbours } = run.weights();
  checkWritable(out);
  const names = fs.existsSync(out) ? fs.readdirSync(out) : [];
  if (names.length > 0 && !names.includes(readmeName)) {
    throw new RunError(`${out} is not empty and no earlier export; choose a new folder to export to`);
  }
  fs.mkdirSync(out, { recursive: true });
  const files: ExportedFile[] = [];
  const array = (name: string, shape: readonly number[], values: Float32Array | Int32Array, meaning: string): void => {
    const file = path.join(out, name);
    if (values instanceof Int32Array) writeNpy(file, shape, "int32", values);
    else writeNpy(file, shape, "float32", values);
    files.push({ name, shape, meaning });
  };
  const text = (name: string, content: string, meaning: string): void => {
    writeFileAtomically(path.join(out, name), content);
    files.push({ name, shape: [], meaning });
  };

  if (items.columns > 0) {
    array("user_embeddings.npy", [users.rows, users.columns], Float32Array.from(users.data), "float32, a row a user");
    array("item_embeddings.npy", [items.rows, items.columns], Float32Array.from(items.data), "float32, a row an item");
  }
  if (itemGraph !== undefined) {
    const { rowPointers, columnIndices, values } = itemGraph;
    array("item_graph_rowPointers.npy", [rowPointers.length], rowPointers, "int32, where each item's neighbours begin");
    array("item_graph_columnIndices.npy", [columnIndices.length], columnIndices, "int32, the neighbours");
    array("item_graph_values.npy", [values.length], Float32Array.from(values), "float32, their weights");
  }
  for (const [modality, { rows, width, indices, cosines }] of Object.entries(neighbours)) {
    array(`${modality}_neighbours_index.npy`, [rows, width], indices, "int32, nearest items by raw features, -1 pads");
    array(`${modality}_neighbours_cosine.npy`, [rows, width], cosines, "float32, their cosines");
  }
  const { ids } = run;
  text("user_ids.txt", ids.users.map((id) => `${id}\n`).join(""), "an id a line, by row");
  text("item_ids.txt", ids.items.map((id) => `${id}\n`).join(""), "an id a line, by row");
  text("ids.json", `${JSON.stringify(ids)}\n`, "users, items and, where known, titles, by row");
  writeFileAtomically(
    path.join(out, readmeName),
    readme(
      `Exported from a run of ${run.config.model} on ${run.config.dataset.name}, seed ${run.config.seed}`,
      files,
      items.columns === 0,
    ),
  );
  return files;
}
