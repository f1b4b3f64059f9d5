/** `latticework similar`: items like an item, by what they are recommended for, by the item graph, or by one modality. */
import { type Command, Option } from "commander";
import { openRecommender } from "../recommender/index.ts";
import { wholeNumber } from "./arguments.ts";
import { itemTable } from "./recommend.ts";
import type { Terminal } from "./terminal.ts";

interface SimilarFlags {
  readonly item: string;
  readonly by: string;
  readonly count: number;
  readonly format: "table" | "json";
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
    .addOption(new Option("--format <name>", "table, or json: one object").choices(["table", "json"]).default("table"))
    .addHelpText(
      "after",
      `
Examples:
  latticework similar runs/baby --item 42
  latticework similar runs/baby --item 42 --by graph
  latticework similar runs/baby --item 42 --by image --count 5 --format json`,
    )
    .action((run: string, flags: SimilarFlags) => similar(run, flags, terminal));
}

async function similar(run: string, { item, by, count, format }: SimilarFlags, terminal: Terminal): Promise<void> {
  const recommender = await openRecommender(run);
  try {
    const items = recommender.similar(item, { by, count });
    const text =
      format === "json" ? JSON.stringify({ item, by, items }) : itemTable(items, by === "graph" ? "weight" : "cosine");
    terminal.print(text);
  } finally {
    recommender.close();
  }
}
