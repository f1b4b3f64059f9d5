/** `latticework recommend`: the best items for some users, or for all, as a table, JSON lines or CSV. */
import { setImmediate as breathe } from "node:timers/promises";
import { type Command, Option } from "commander";
import {
  openRecommender,
  type Recommendations,
  type RecommendOptions,
  recommendationText,
  writeRecommendations,
} from "../recommender/index.ts";
import { idList, wholeNumber } from "./arguments.ts";
import { UsageError } from "./failure.ts";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { figureText } from "./wording.ts";

type Format = "table" | "json" | "csv";

interface RecommendFlags {
  readonly user?: readonly string[];
  readonly all?: boolean;
  readonly count: number;
  readonly format: Format;
  readonly out?: string;
  readonly exclude: "training" | "all" | "nothing";
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly threads?: number;
}

export function addRecommend(program: Command, terminal: Terminal): void {
  program
    .command("recommend")
    .summary("the best items for users")
    .description("Ranks all items for users and prints the best; what a user has trained with is left out.")
    .argument("<run>", "run folder")
    .option("--user <id...>", "users by their ids", idList)
    .option("--all", "all users")
    .option("--count <n>", "items a user", wholeNumber(1), 20)
    .addOption(
      new Option("--format <name>", "table; json: a line a user; csv: a row an item")
        .choices(["table", "json", "csv"])
        .default("table"),
    )
    .option("--out <file>", "write there, whole or not at all, instead of to standard output")
    .addOption(
      new Option("--exclude <what>", "of a user's own items, leave out those of training, all, or nothing")
        .choices(["training", "all", "nothing"])
        .default("training"),
    )
    .option("--allow <id...>", "only these items", idList)
    .option("--deny <id...>", "none of these items", idList)
    .option("--threads <n>", "threads that rank (default: 1)", wholeNumber(1))
    .addHelpText(
      "after",
      `
Examples:
  latticework recommend runs/baby --user 17 42 --count 10
  latticework recommend runs/baby --user 17 --allow 3,14,15 --format json
  latticework recommend runs/baby --all --format csv --out recommendations.csv
  latticework recommend runs/baby --all --format json | jq .items[0].id`,
    )
    .action((run: string, flags: RecommendFlags) => recommend(run, flags, terminal));
}

async function recommend(run: string, flags: RecommendFlags, terminal: Terminal): Promise<void> {
  const { user = [], all = false, format, out } = flags;
  if (all === user.length > 0) throw new UsageError("recommend wants either --user with ids or --all");
  if (out !== undefined && format === "table")
    throw new UsageError("--out wants --format json or csv; a table is for the screen");
  const options: RecommendOptions = {
    count: flags.count,
    exclude: flags.exclude,
    allow: flags.allow,
    deny: flags.deny,
  };
  const recommender = await openRecommender(run, { threads: flags.threads });
  try {
    const blocks = all ? recommender.recommendAll(options) : [recommender.recommend(user, options)];
    if (format === "table") return await printChunks(tableChunks(blocks), terminal);
    const textFormat = format === "json" ? "jsonl" : "csv";
    if (out === undefined) return await printChunks(recommendationText(blocks, textFormat), terminal);
    writeRecommendations(out, blocks, textFormat);
    terminal.tell(`written to ${out}`);
  } finally {
    recommender.close();
  }
}

/** Stops when the reader has gone away, which shows only between turns of the event loop. */
async function printChunks(chunks: Iterable<string>, terminal: Terminal): Promise<void> {
  for (const chunk of chunks) {
    if (terminal.readerIsGone()) return;
    terminal.write(chunk);
    await breathe();
  }
}

function* tableChunks(blocks: Iterable<readonly Recommendations[]>): Generator<string> {
  for (const block of blocks) {
    for (const { user, source, items } of block) {
      const heading = source === "popularity" ? `user ${user} (no training items: most popular items)` : `user ${user}`;
      yield `${heading}\n${itemTable(items, source === "popularity" ? "purchases" : "score")}\n`;
    }
  }
}

/** Items with rank, id, title where there is one, and score. */
export function itemTable(items: Recommendations["items"], scoreHead: string): string {
  const titled = items.some((item) => item.title !== undefined);
  const rows = items.map(({ id, title, score }, place) => [
    String(place + 1),
    id,
    ...(titled ? [title ?? ""] : []),
    Number.isInteger(score) ? String(score) : figureText(score),
  ]);
  return tableText(
    [
      { head: "", align: "right" },
      { head: "item" },
      ...(titled ? [{ head: "title" }] : []),
      { head: scoreHead, align: "right" },
    ],
    rows,
  );
}
