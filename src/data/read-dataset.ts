/**
 * A dataset folder, read as it is. Three layouts are told apart by their files: our own, which has a `dataset.json`, and two of this
 * field, one `NAME.inter` or `5-core/{train,val,test}.json`, both with `<modality>_feat.npy` and, where somebody made
 * them, neighbours, missing items, outside ids, dislikes and weights in files beside them.
 */
import fs from "node:fs";
import path from "node:path";
import { DatasetError } from "../errors.ts";
import { assembleDataset } from "./assemble.ts";
import type { Dataset, DatasetWarning, Modality } from "./dataset.ts";
import { readFiveCore } from "./five-core.ts";
import { chooseModalities, findModalities, openModality } from "./folder-modalities.ts";
import { idsFile, readIdsFile, readWeightsFile, withDislikes } from "./index-layout-files.ts";
import { type ItemLimit, readInterFile } from "./inter-file.ts";
import type { InteractionList } from "./interactions.ts";
import { readItemTitles } from "./item-titles.ts";
import { featureSuffix, indexSuffix } from "./modality-files.ts";
import { hasDescription } from "./native-description.ts";
import { readNativeDataset } from "./native-reader.ts";
import { decimalIds } from "./outside-ids.ts";

export interface ReadDatasetOptions {
  /** Names, in the order wanted; default: all that the folder has, by name. */
  readonly modalities?: readonly string[] | undefined;
  /**
   * What to do about NaN, Inf and modalities of differing length: refuse them (the default), or leave them to whoever
   * looks at the dataset (`inspectDataset`). A dataset read with "report" is not for training.
   */
  readonly features?: "refuse" | "report" | undefined;
}

function listFolder(folder: string): readonly string[] {
  let status: fs.Stats;
  try {
    status = fs.statSync(folder);
  } catch (error) {
    throw new DatasetError(`dataset folder ${folder} does not exist or cannot be read; check the path`, {
      cause: error,
    });
  }
  if (!status.isDirectory()) {
    throw new DatasetError(`${folder} is a file, expected a dataset folder; give the folder it lies in`);
  }
  return fs.readdirSync(folder);
}

/** Every file that has a row an item, with its number of rows. */
function rowCounts(modalities: readonly Modality[]): readonly ItemLimit[] {
  return modalities.flatMap(({ name, features, neighbours }) => [
    ...(features === undefined ? [] : [{ items: features.rows, source: name + featureSuffix }]),
    ...(neighbours === undefined ? [] : [{ items: neighbours.rows, source: name + indexSuffix }]),
  ]);
}

function agreedRows(counts: readonly ItemLimit[]): ItemLimit | undefined {
  const first = counts[0];
  const other = counts.find((count) => count.items !== first?.items);
  if (first !== undefined && other !== undefined) {
    throw new DatasetError(
      `${other.source} has ${other.items} rows and ${first.source} ${first.items}, expected one row an item in both; give items without features a row of zeros and list them as missing`,
    );
  }
  return first;
}

interface Layout {
  readonly name: string;
  readonly modalityFolders: readonly string[];
  readonly read: (limit: ItemLimit | undefined) => InteractionList;
  readonly warnings: readonly DatasetWarning[];
}

function detectLayout(folder: string, files: readonly string[]): Layout {
  const tables = files.filter((file) => file.endsWith(".inter")).sort();
  const fiveCore = path.join(folder, "5-core");
  const hasFiveCore = fs.existsSync(path.join(fiveCore, "train.json"));
  const [table, second] = tables;
  if (table !== undefined) {
    if (second !== undefined) {
      throw new DatasetError(
        `${folder} has ${tables.length} .inter files (${tables.join(", ")}), expected one; move the others`,
      );
    }
    return {
      name: path.basename(table, ".inter"),
      modalityFolders: [folder],
      read: (limit) => readInterFile(path.join(folder, table), table, limit),
      warnings: hasFiveCore
        ? [{ kind: "other", count: 1, message: `5-core/ is left aside: interactions come from ${table}` }]
        : [],
    };
  }
  // The folder itself may be the 5-core folder, with the features in it.
  const inside = fs.existsSync(path.join(folder, "train.json"));
  if (!hasFiveCore && !inside) {
    throw new DatasetError(
      `${folder} holds no dataset: expected one NAME.inter (columns userID, itemID, x_label) or 5-core/train.json, val.json and test.json; found ${files.length === 0 ? "nothing" : files.slice(0, 8).join(", ")}`,
    );
  }
  return {
    name: path.basename(folder),
    modalityFolders: hasFiveCore ? [folder, fiveCore] : [folder],
    read: (limit) => (hasFiveCore ? readFiveCore(fiveCore, "5-core", limit) : readFiveCore(folder, "", limit)),
    warnings: [],
  };
}

/** One more than the largest value, 0 for none. */
function extent(values: Int32Array): number {
  let largest = -1;
  for (const value of values) if (value > largest) largest = value;
  return largest + 1;
}

/**
 * Reads a dataset folder in whichever layout it has. Features stay on the disk; with the default options they are read
 * through once, to refuse NaN and Inf before any training begins.
 * @throws DatasetError naming file and line, what was found, what was expected and what to do
 */
export async function readDataset(folder: string, options: ReadDatasetOptions = {}): Promise<Dataset> {
  const absolute = path.resolve(folder);
  const files = listFolder(absolute);
  const report = options.features === "report";
  if (hasDescription(absolute)) {
    const parts = await readNativeDataset(absolute, options.modalities, !report);
    return assembleDataset({ ...parts, scanFeatures: !report });
  }
  const layout = detectLayout(absolute, files);
  const found = chooseModalities(findModalities(layout.modalityFolders), options.modalities, absolute);
  const modalities = found.map(openModality);
  const ids = readIdsFile(absolute);
  const counts = [
    ...(ids === undefined ? [] : [{ items: ids.items.length, source: idsFile }]),
    ...rowCounts(modalities),
  ];
  const limit = report ? undefined : agreedRows(counts);
  const list = withDislikes(absolute, layout.read(limit), limit);
  const users = extent(list.users);
  if (ids !== undefined && users > ids.users.length) {
    throw new DatasetError(
      `${idsFile} has ${ids.users.length} users, but there are interactions of user ${users - 1}; expected an id a user, by index: add the missing ids`,
    );
  }
  const items = limit?.items ?? Math.max(extent(list.items), ...counts.map((count) => count.items));
  const itemIds = ids?.items.length === items ? ids.items : decimalIds(items);
  return assembleDataset({
    name: layout.name,
    folder: absolute,
    userIds: ids?.users ?? decimalIds(users),
    itemIds,
    itemTitles: readItemTitles(absolute, itemIds),
    list,
    trainWeights: readWeightsFile(absolute),
    modalities,
    scanFeatures: !report,
    warnings: layout.warnings,
  });
}
