/**
 * The `5-core/{train,val,test}.json` layout: one file a split, each an object from user id to the list of that user's items,
 * `{"0": [12, 7], "1": [3]}`.
 */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import { DatasetError } from "../errors.ts";
import { checkId, type ItemLimit } from "./inter-file.ts";
import { collectInteractions, type InteractionList } from "./interactions.ts";

/** By split, in the order of `splits`. */
export const fiveCoreFiles = ["train.json", "val.json", "test.json"] as const;
const schema = z.record(z.string(), z.array(z.unknown()));

function parseUserItems(file: string, label: string): Record<string, unknown[]> {
  const text = fs.readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  if (text.trim() === "") {
    throw new DatasetError(
      `${label} is empty, expected an object from user ids to lists of item ids; write {} for none`,
    );
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DatasetError(`${label} is not JSON: ${reason}; the file is cut short or damaged: copy it again`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.length ? ` at user ${JSON.stringify(issue.path.join("."))}` : "";
    throw new DatasetError(
      `${label}${where}: ${issue?.message ?? "unexpected content"}; expected {"user": [item, …], …} with 0-based ids`,
    );
  }
  return parsed.data;
}

/**
 * Visits every pair of a file {"user": [item, …], …}, users and items as indices.
 * @throws DatasetError naming file and user for a file that is damaged, or an id that is no index
 */
export function readUserItems(
  file: string,
  label: string,
  limit: ItemLimit | undefined,
  visit: (user: number, item: number) => void,
): void {
  for (const [key, items] of Object.entries(parseUserItems(file, label))) {
    const user = Number(key);
    if (!/^\d+$/.test(key)) {
      const fault = /^-\d+$/.test(key) ? "is negative" : "is not an integer";
      throw new DatasetError(`${label}: user ${JSON.stringify(key)} ${fault}; ids are 0-based user indices`);
    }
    checkId(`${label}: user`, user, undefined);
    for (const item of items) {
      if (typeof item !== "number" || !Number.isInteger(item) || item < 0) {
        const fault = typeof item === "number" && item < 0 ? "is negative" : "is not an integer";
        throw new DatasetError(
          `${label} user ${JSON.stringify(key)}: item ${JSON.stringify(item)} ${fault}; ids are 0-based item indices`,
        );
      }
      checkId(`${label} user ${JSON.stringify(key)}: item`, item, limit);
      visit(user, item);
    }
  }
}

/** @throws DatasetError naming file and user for a file that is missing or damaged, or an id that is no index */
export function readFiveCore(folder: string, labelFolder: string, limit: ItemLimit | undefined): InteractionList {
  const collector = collectInteractions();
  for (const [split, fileName] of fiveCoreFiles.entries()) {
    const label = path.posix.join(labelFolder, fileName);
    const file = path.join(folder, fileName);
    if (!fs.existsSync(file)) {
      throw new DatasetError(
        `${label} is missing, expected ${fiveCoreFiles.join(", ")} side by side; write {} where nothing is held out`,
      );
    }
    readUserItems(file, label, limit, (user, item) => collector.add(user, item, split));
  }
  return collector.list();
}
