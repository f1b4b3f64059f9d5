/** The index of a run, kept in its folder: it follows from the final embeddings, so it is no part of the run, and whoever may write there spares the next one the building. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { openRun } from "../../runs/open-run.ts";
import { type ItemIndexOptions, openItemIndex } from "./item-index.ts";

export type RunIndexOptions = Omit<ItemIndexOptions, "file">;

/** Options of an index that is kept with a run; in memory alone where the folder cannot be written to. */
export function keptWithRun(folder: string, options: RunIndexOptions = {}): ItemIndexOptions {
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return options;
  }
  return { ...options, file: join(folder, "items.index") };
}

/** Builds it ahead, for those who open the run later. @throws as `openItemIndex` and `openRun` */
export async function buildRunIndex(folder: string, options: RunIndexOptions = {}): Promise<void> {
  await openItemIndex(openRun(folder).weights().items, keptWithRun(folder, options));
}
