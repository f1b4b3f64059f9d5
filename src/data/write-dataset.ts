/**
 * Writes any dataset as a folder that `readDataset`, and everyone else in the field, can read: `NAME.inter` or `5-core/*.json`, a float32
 * `<modality>_feat.npy` a modality, and files beside them for what these layouts have no place for. Rows stream through, so that
 * features larger than memory can be written.
 */
import fs from "node:fs";
import path from "node:path";
import { DatasetError } from "../errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import type { Dataset, FeatureSource, Interactions, Modality } from "./dataset.ts";
import { fiveCoreFiles } from "./five-core.ts";
import { dislikesFile, idsFile, weightsFile } from "./index-layout-files.ts";
import { splits } from "./interactions.ts";
import {
  checkModalityName,
  cosineSuffix,
  featureSuffix,
  indexSuffix,
  missingSuffix,
  neighbourLabels,
} from "./modality-files.ts";
import { descriptionFile } from "./native-description.ts";
import { writeNpy } from "./npy.ts";
import { areDecimal } from "./outside-ids.ts";

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

/** One user's items a line, users without any left out. */
function* userItemsText(pattern: Interactions): Generator<string> {
  let separator = "{";
  let lines: string[] = [];
  for (let user = 0; user < pattern.rows; user++) {
    const items = pattern.columnIndices.subarray(pattern.rowPointers[user], pattern.rowPointers[user + 1]);
    if (items.length === 0) continue;
    lines.push(`${separator}\n"${user}": [${items.join(", ")}]`);
    separator = ",";
    if (lines.length < linesAtOnce) continue;
    yield lines.join("");
    lines = [];
  }
  yield `${lines.join("")}${separator === "{" ? "{" : ""}\n}\n`;
}

function* idsText({ userIds, itemIds }: Dataset): Generator<string> {
  for (const [opening, ids] of [
    ['{"users": [', userIds],
    ['],\n"items": [', itemIds],
  ] as const) {
    yield opening;
    for (let from = 0; from < ids.length; from += linesAtOnce) {
      const some = ids.slice(from, from + linesAtOnce).map((id) => `\n${JSON.stringify(id)}`);
      yield `${from > 0 ? "," : ""}${some.join(",")}`;
    }
  }
  yield "]}\n";
}

function* titlesText({ itemIds }: Dataset, titles: readonly string[]): Generator<string> {
  for (let from = 0; from < itemIds.length; from += linesAtOnce) {
    const some = itemIds
      .slice(from, from + linesAtOnce)
      .map((id, at) => `\n${JSON.stringify(id)}: ${JSON.stringify(titles[from + at])}`);
    yield `${from > 0 ? "," : "{"}${some.join(",")}`;
  }
  yield "\n}\n";
}

/** Whether readers would find other ids, or fewer users or items, without being told. */
function needsIds({ users, items, userIds, itemIds, interactions, dislikes, modalities }: Dataset): boolean {
  if (!areDecimal(userIds) || !areDecimal(itemIds)) return true;
  const patterns = [interactions.train, interactions.validation, interactions.test, ...(dislikes ? [dislikes] : [])];
  const lastUserSeen = patterns.some(({ rowPointers }) => rowPointers[users] > rowPointers[users - 1]);
  const lastItemSeen = modalities.length > 0 || patterns.some(({ columnIndices }) => columnIndices.includes(items - 1));
  return !lastUserSeen || !lastItemSeen;
}

/** A dataset's name as the name of a file: what no file system takes becomes "_". */
export function fileNameOf(name: string): string {
  const safe = [...name].map((character) => (/[\p{Cc}\p{Cs}<>:"/\\|?*]/u.test(character) ? "_" : character)).join("");
  return safe.replace(/^\.+/, "_").slice(0, 60) || "dataset";
}

export type IndexLayout = "inter" | "5-core";

function writeModality(folder: string, { name, features, neighbours, missing }: Modality): void {
  const labels = neighbourLabels(name);
  const file = (fileName: string): string => path.join(folder, fileName);
  if (features !== undefined) {
    writeNpy(file(name + featureSuffix), [features.rows, features.columns], "float32", featureBlocks(features));
  }
  if (neighbours !== undefined) {
    const shape = [neighbours.rows, neighbours.width];
    writeNpy(file(labels.indices), shape, "int32", neighbours.indices);
    writeNpy(file(labels.cosines), shape, "float32", neighbours.cosines);
  }
  if (missing !== undefined) writeNpy(file(name + missingSuffix), [missing.length], "int32", missing);
}

/** @throws DatasetError when what lies in the folder would be read instead of, or lost to, what is to be written */
function refuseMixture(folder: string, { folder: source, name }: Dataset, layout: IndexLayout): void {
  if (source !== undefined && path.resolve(folder) === source) {
    throw new DatasetError(`${folder} is where this dataset is read from; choose a new folder`);
  }
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const own = layout === "inter" ? `${fileNameOf(name)}.inter` : "";
  const other = names.find((file) => file === descriptionFile || (file.endsWith(".inter") && file !== own));
  if (other === undefined) return;
  throw new DatasetError(`${folder} holds another dataset (${other}); choose a new folder or remove it`);
}

/** What an earlier dataset here would add to this one; interactions too, so that no moment shows a mixture as a dataset. */
function removeStale(folder: string, interFile: string, modalities: readonly Modality[]): void {
  const perModality = modalities.flatMap(({ name }) =>
    [featureSuffix, indexSuffix, cosineSuffix, missingSuffix].map((suffix) => name + suffix),
  );
  const tables = fiveCoreFiles.map((name) => path.join("5-core", name));
  for (const name of [interFile, ...tables, idsFile, dislikesFile, weightsFile, "items.json", ...perModality]) {
    fs.rmSync(path.join(folder, name), { force: true });
  }
}

/**
 * Makes `folder` (and those above it) and writes the dataset there in one of the two common layouts, each file all or nothing,
 * interactions last: a folder that was cut short is not mistaken for a dataset. Reading it gives the same dataset, its name apart, which
 * `5-core` takes from the folder.
 * @throws DatasetError when a modality's name cannot be a file's, or the folder holds a dataset of our own layout; LatticeworkError when
 * it cannot be saved
 */
export function writeDataset(folder: string, dataset: Dataset, layout: IndexLayout = "inter"): void {
  const { modalities, itemTitles, dislikes, trainWeights, interactions } = dataset;
  for (const { name } of modalities) checkModalityName(name);
  refuseMixture(folder, dataset, layout);
  fs.mkdirSync(folder, { recursive: true });
  const file = (name: string): string => path.join(folder, name);
  const interFile = `${fileNameOf(dataset.name)}.inter`;
  removeStale(folder, interFile, modalities);
  for (const modality of modalities) writeModality(folder, modality);
  if (itemTitles !== undefined) writeFileAtomically(file("items.json"), titlesText(dataset, itemTitles));
  if (needsIds(dataset)) writeFileAtomically(file(idsFile), idsText(dataset));
  if (dislikes !== undefined) writeFileAtomically(file(dislikesFile), userItemsText(dislikes));
  if (trainWeights !== undefined) writeNpy(file(weightsFile), [trainWeights.length], "float32", trainWeights);
  if (layout === "inter") {
    writeFileAtomically(file(interFile), interLines(dataset));
    return;
  }
  fs.mkdirSync(file("5-core"), { recursive: true });
  for (const [label, name] of [...fiveCoreFiles.entries()].reverse()) {
    writeFileAtomically(file(path.join("5-core", name)), userItemsText(interactions[splits[label]]));
  }
}
