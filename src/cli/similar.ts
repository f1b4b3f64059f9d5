/** `latticework similar`: items like an item, by what they are recommended for, by the item graph, or by one modality. */
import { type Command, Option } from "commander";
import { openRecommender } from "../recommender/index.ts";
import { wholeNumber } from "./arguments.ts";
import { readNewItems } from "./new-items-file.ts";
import { itemTable } from "./recommend.ts";
import type { Terminal } from "./terminal.ts";

interface SimilarFlags {
  readonly item: string;
  readonly by: string;
  readonly count: number;
  readonly format: "table" | "json";
  readonly add?: string;
  readonly dataset?: string;
}

export function addSimilar(program: Command, terminal: Terminal): void {
  program
    .command("similar")
    .summary("items like an item")
    .description("Prints the items nearest to an item.")
    .argument("<run>", "run folder")
    .requiredOption("--item <id>", "the item by its id")
    .option("--by <what>", "embedding, graph, or the name of a modality", "embedding")
    .option("--count <n>", "how many items", wholeNumber(1), 10)
    .option("--add <file>", "items that came after the training: JSON lines of id, title and features by modality")
    .option("--dataset <folder>", "with --add: the dataset of the training, where it moved")
    .addOption(new Option("--format <name>", "table, or json: one object").choices(["table", "json"]).default("table"))
    .addHelpText(
      "after",
      `
Examples:
  latticework similar runs/baby --item 42
  latticework similar runs/baby --item 42 --by graph
  latticework similar runs/baby --item 42 --by image --count 5 --format json
  latticework similar runs/baby --item new-1 --add new-items.jsonl`,
    )
    .action((run: string, flags: SimilarFlags) => similar(run, flags, terminal));
}

async function similar(run: string, flags: SimilarFlags, terminal: Terminal): Promise<void> {
  const { item, by, count, format } = flags;
  const newItems = flags.add === undefined ? undefined : await readNewItems(flags.add);
  const recommender = await openRecommender(run, { dataset: flags.dataset });
  try {
    if (newItems !== undefined) await recommender.addItems(newItems);
    const items = recommender.similar(item, { by, count });
    const text =
      format === "json" ? JSON.stringify({ item, by, items }) : itemTable(items, by === "graph" ? "weight" : "cosine");
    terminal.print(text);
  } finally {
    recommender.close();
  }
}
