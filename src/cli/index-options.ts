/** `--index`: options of an approximate index, for catalogues too large to score whole. */
import type { Command } from "commander";
import type { ItemIndexOptions } from "../recommender/index.ts";
import { wholeNumber } from "./arguments.ts";
import { UsageError } from "./failure.ts";

export interface IndexFlags {
  readonly index?: boolean;
  readonly indexExpansion?: number;
}

export function addIndexOptions(command: Command): Command {
  return command
    .option(
      "--index",
      "for millions of items: lists from an approximate index, which is kept with the run; wants the package usearch",
    )
    .option(
      "--index-expansion <n>",
      "items that a search of the index looks at: more find more of the best (default: 256)",
      wholeNumber(2),
    );
}

/** @returns undefined where no index is asked for @throws UsageError for settings without it */
export function indexOptionsOf({
  index = false,
  indexExpansion,
}: IndexFlags): Pick<ItemIndexOptions, "expansionSearch"> | undefined {
  if (index) return { expansionSearch: indexExpansion };
  if (indexExpansion !== undefined) throw new UsageError("--index-expansion goes with --index");
  return undefined;
}
