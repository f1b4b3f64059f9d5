/**
 * What the two common layouts of this field have no place for, in files beside them: outside ids (`ids.json`), what users do not want
 * (`dislikes.json`) and how much training interactions count (`train_weights.npy`).
 */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { DatasetError } from "../errors.ts";
import { readUserItems } from "./five-core.ts";
import type { ItemLimit } from "./inter-file.ts";
import { collectInteractions, dislikeLabel, type InteractionList } from "./interactions.ts";
import { openNpy, readNpyFloats } from "./npy.ts";
import { refuseRepeatedIds } from "./outside-ids.ts";

export const idsFile = "ids.json";
export const dislikesFile = "dislikes.json";
export const weightsFile = "train_weights.npy";

const idsSchema = z.object({ users: z.array(z.string()), items: z.array(z.string()) });

export interface OutsideIds {
  readonly users: readonly string[];
  readonly items: readonly string[];
}

/**
 * Outside ids by index; undefined where the folder has none.
 * @throws DatasetError when the file is damaged, or an id stands there twice
 */
export function readIdsFile(folder: string): OutsideIds | undefined {
  const file = path.join(folder, idsFile);
  if (!fs.existsSync(file)) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatasetError(
      `${idsFile} is not JSON: ${reason}; expected {"users": ["id", …], "items": ["id", …]} by index: copy it again or remove it`,
      { cause: error },
    );
  }
  const parsed = idsSchema.safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new DatasetError(
      `${idsFile} at ${JSON.stringify(issue?.path.join(".") ?? "")}: ${issue?.message ?? "unexpected content"}; expected {"users": ["id", …], "items": ["id", …]} by index`,
    );
  }
  refuseRepeatedIds("user", parsed.data.users);
  refuseRepeatedIds("item", parsed.data.items);
  return parsed.data;
}

/**
 * The interactions with the folder's dislikes after them, where it has any.
 * @throws DatasetError when the file is damaged, or names an item beyond the limit
 */
export function withDislikes(folder: string, list: InteractionList, limit: ItemLimit | undefined): InteractionList {
  const file = path.join(folder, dislikesFile);
  if (!fs.existsSync(file)) return list;
  const collector = collectInteractions(list.labels.length);
  for (let p = 0; p < list.labels.length; p++) collector.add(list.users[p], list.items[p], list.labels[p]);
  readUserItems(file, dislikesFile, limit, (user, item) => collector.add(user, item, dislikeLabel));
  return collector.list();
}

/** Weights in the order of users and then items; undefined where the folder has none. @throws DatasetError for a wrong type or shape */
export function readWeightsFile(folder: string): Float32Array | undefined {
  const file = path.join(folder, weightsFile);
  if (!fs.existsSync(file)) return undefined;
  const npy = openNpy(file, weightsFile);
  const [count = 0] = npy.shape;
  if (npy.shape.length !== 1) {
    throw new DatasetError(
      `${weightsFile} has shape (${npy.shape.join(", ")}), expected one dimension: a weight a training interaction, by user, then item`,
    );
  }
  const weights = new Float32Array(count);
  readNpyFloats(npy, 0, count, weights);
  return weights;
}
