/** `latticework recommend`: the best items for some users, for all, or for a history, as a table, JSON lines or CSV. */
import { setImmediate as breathe } from "node:timers/promises";
import { type Command, Option } from "commander";
import {
  keptWithRun,
  type ListRules,
  openRecommender,
  type Recommendations,
  type Recommender,
  type RecommendOptions,
  recommendationText,
  writeRecommendations,
} from "../recommender/index.ts";
import { decimal, idList, wholeNumber } from "./arguments.ts";
import { UsageError } from "./failure.ts";
import { addIndexOptions, type IndexFlags, indexOptionsOf } from "./index-options.ts";
import { addRuleOptions, gatherRules, type RuleFlags } from "./list-rules.ts";
import { readNewItems } from "./new-items-file.ts";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { figureText } from "./wording.ts";

type Format = "table" | "json" | "csv";

interface RecommendFlags extends RuleFlags, IndexFlags {
  readonly user?: readonly string[];
  readonly all?: boolean;
  readonly history?: readonly string[];
  readonly add?: string;
  readonly dataset?: string;
  readonly format: Format;
  readonly out?: string;
  readonly exclude: "training" | "all" | "nothing";
  readonly because?: readonly string[];
  readonly becauseWeight?: number;
  readonly threads?: number;
}

export function addRecommend(program: Command, terminal: Terminal): void {
  const command = program
    .command("recommend")
    .summary("the best items for users")
    .description("Ranks all items for users and prints the best; what a user has trained with or dislikes is left out.")
    .argument("<run>", "run folder")
    .option("--user <id...>", "users by their ids", idList)
    .option("--all", "all users")
    .option(
      "--history <id...>",
      "somebody who is no user yet, or a session, by the items they took or looked at",
      idList,
    )
    .option("--add <file>", "items that came after the training: JSON lines of id, title and features by modality")
    .option("--dataset <folder>", "with --add or categories: the dataset of the training, where it moved")
    .option("--because <id...>", "items that count beside each user: one they look at, or their session", idList)
    .option("--because-weight <w>", "how much these count, from 0 to 1 (default: 0.5)", decimal(0, 1))
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
    .option("--threads <n>", "threads that rank (default: 1)", wholeNumber(1))
    .addHelpText(
      "after",
      `
Examples:
  latticework recommend runs/baby --user 17 42 --count 10
  latticework recommend runs/baby --user 17 --allow 3,14,15 --format json
  latticework recommend runs/baby --history 3,14,15 --count 10
  latticework recommend runs/baby --user 17 --add new-items.jsonl
  latticework recommend runs/baby --all --format csv --out recommendations.csv
  latticework recommend runs/baby --all --format json | jq .items[0].id
  latticework recommend runs/baby --user 17 --diversity 0.3 --popularity-correction 0.2
  latticework recommend runs/baby --user 17 --because 42
  latticework recommend runs/shop --user 17 --category Shoes --boost boosts.json

boosts.json: {"items": {"42": 0.5}, "categories": {"Shoes": 1}}, in standard deviations of the user's scores.`,
    )
    .action((run: string, flags: RecommendFlags) => recommend(run, flags, terminal));
  addRuleOptions(command);
  addIndexOptions(command);
}

/** Whom to recommend to: exactly one of the three ways to say it. */
function wanted({ user = [], all = false, history = [] }: RecommendFlags): "users" | "all" | "history" {
  const given = [user.length > 0, all, history.length > 0].filter((is) => is).length;
  if (given !== 1) {
    throw new UsageError("recommend wants one of --user with ids, --history with ids, or --all");
  }
  return all ? "all" : user.length > 0 ? "users" : "history";
}

/** What a history gets stands in the output as a user without a name. */
function forHistory(
  recommender: Recommender,
  { history = [], exclude }: RecommendFlags,
  rules: ListRules,
): Recommendations {
  const list = recommender.recommendFor({
    history,
    ...rules,
    exclude: exclude === "nothing" ? "nothing" : "history",
  });
  return { user: "", ...list };
}

async function recommend(run: string, flags: RecommendFlags, terminal: Terminal): Promise<void> {
  const { user = [], format, out, because, becauseWeight } = flags;
  const whom = wanted(flags);
  if (out !== undefined && format === "table")
    throw new UsageError("--out wants --format json or csv; a table is for the screen");
  if (because !== undefined && whom === "history")
    throw new UsageError("--because goes with --user or --all; give --history the items themselves");
  if (becauseWeight !== undefined && because === undefined)
    throw new UsageError("--because-weight goes with --because");
  const { rules, categories } = await gatherRules(flags);
  const options: RecommendOptions = { ...rules, exclude: flags.exclude, because, becauseWeight };
  const newItems = flags.add === undefined ? undefined : await readNewItems(flags.add);
  const settings = indexOptionsOf(flags);
  const index = settings === undefined ? undefined : keptWithRun(run, settings);
  const recommender = await openRecommender(run, { threads: flags.threads, dataset: flags.dataset, categories, index });
  try {
    if (newItems !== undefined) await recommender.addItems(newItems);
    const blocks =
      whom === "all"
        ? recommender.recommendAll(options)
        : [whom === "users" ? recommender.recommend(user, options) : [forHistory(recommender, flags, rules)]];
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
      const whom = user === "" ? "history" : `user ${user}`;
      const heading = source === "popularity" ? `${whom} (no training items: most popular items)` : whom;
      yield `${heading}\n${itemTable(items, source === "popularity" ? "purchases" : "score")}\n`;
    }
  }
}

/** Items with rank, id, title where there is one, score, and what they were ranked by where that is another number. */
export function itemTable(items: Recommendations["items"], scoreHead: string): string {
  const titled = items.some((item) => item.title !== undefined);
  const adjusted = items.some((item) => item.adjusted !== undefined);
  const text = (value: number): string => (Number.isInteger(value) ? String(value) : figureText(value));
  const rows = items.map((item, place) => [
    String(place + 1),
    item.id,
    ...(titled ? [item.title ?? ""] : []),
    text(item.score),
    ...(adjusted ? [text(item.adjusted ?? item.score)] : []),
  ]);
  return tableText(
    [
      { head: "", align: "right" },
      { head: "item" },
      ...(titled ? [{ head: "title" }] : []),
      { head: scoreHead, align: "right" },
      ...(adjusted ? ([{ head: "adjusted", align: "right" }] as const) : []),
    ],
    rows,
  );
}
