/** `latticework explain`: why somebody is recommended an item, as a table with a sentence a reason, or as JSON. */
import { type Command, Option } from "commander";
import { type Explanation, type Likeness, openRecommender } from "../recommender/index.ts";
import { idList, wholeNumber } from "./arguments.ts";
import { UsageError } from "./failure.ts";
import { readNewItems } from "./new-items-file.ts";
import { type TableColumn, tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { figureText } from "./wording.ts";

interface ExplainFlags {
  readonly user?: string;
  readonly history?: readonly string[];
  readonly item: string;
  readonly count: number;
  readonly format: "table" | "json";
  readonly add?: string;
  readonly dataset?: string;
}

export function addExplain(program: Command, terminal: Terminal): void {
  program
    .command("explain")
    .summary("why an item is recommended")
    .description(
      "Takes the score of an item apart: what each item of the history carries, by the backbone and by the item graph, and over which neighbours.",
    )
    .argument("<run>", "run folder")
    .requiredOption("--item <id>", "the recommended item by its id")
    .option("--user <id>", "the user by their id")
    .option("--history <id...>", "somebody who is no user yet, by the items they took", idList)
    .option("--count <n>", "how many reasons, and how many neighbours of the table", wholeNumber(1), 10)
    .option("--add <file>", "items that came after the training: JSON lines of id, title and features by modality")
    .option("--dataset <folder>", "with --add: the dataset of the training, where it moved")
    .addOption(new Option("--format <name>", "table, or json: one object").choices(["table", "json"]).default("table"))
    .addHelpText(
      "after",
      `
Examples:
  latticework explain runs/baby --user 17 --item 42
  latticework explain runs/baby --user 17 --item 42 --count 3 --format json
  latticework explain runs/baby --history 3,14,15 --item 42
  latticework explain runs/baby --user 17 --item new-1 --add new-items.jsonl`,
    )
    .action((run: string, flags: ExplainFlags) => explain(run, flags, terminal));
}

async function explain(run: string, flags: ExplainFlags, terminal: Terminal): Promise<void> {
  const { user, history = [], item, count, format } = flags;
  if ((user === undefined) === (history.length === 0)) {
    throw new UsageError("explain wants one of --user with an id, or --history with ids");
  }
  const newItems = flags.add === undefined ? undefined : await readNewItems(flags.add);
  const recommender = await openRecommender(run, { dataset: flags.dataset });
  try {
    if (newItems !== undefined) await recommender.addItems(newItems);
    const explanation =
      user === undefined
        ? recommender.explainFor(history, item, { count })
        : recommender.explain(user, item, { count });
    const whom = user === undefined ? "history" : `user ${user}`;
    terminal.print(
      format === "json"
        ? JSON.stringify({ user: user ?? "", ...explanation })
        : explanationText(whom, explanation, count),
    );
  } finally {
    recommender.close();
  }
}

const right = (head: string): TableColumn => ({ head, align: "right" });

/** Title columns where any item has a title. */
function titled(items: readonly { readonly title?: string | undefined }[]) {
  const has = items.some(({ title }) => title !== undefined);
  return {
    heads: has ? [{ head: "title" }] : [],
    cells: (title: string | undefined): readonly string[] => (has ? [title ?? ""] : []),
  };
}

function reasonsTable({ reasons, others, own }: Explanation): string {
  const { heads, cells } = titled(reasons);
  const parts = (part: Explanation["own"]): readonly string[] =>
    [part.contribution, part.backbone, part.graph].map(figureText);
  const rows = reasons.map((reason, place) => [
    String(place + 1),
    reason.id,
    ...cells(reason.title),
    ...parts(reason),
    reason.sentence,
  ]);
  const last = (what: string, part: Explanation["own"]): string[] => ["", what, ...cells(""), ...parts(part), ""];
  if (others.items > 0) rows.push(last(`${others.items} more`, others));
  if (own.contribution !== 0) rows.push(last("the user alone", own));
  return tableText(
    [right(""), { head: "history" }, ...heads, right("score"), right("backbone"), right("graph"), { head: "why" }],
    rows,
  );
}

function waysText(likenesses: readonly Likeness[]): string {
  return likenesses
    .map(
      ({ modality = "", graph, cosine }) =>
        `${modality}${graph === "learned" ? " (learned)" : ""} ${figureText(cosine)}`,
    )
    .join(", ");
}

function neighboursTable({ item, neighbours }: Explanation, count: number): string {
  const shown = neighbours.slice(0, count);
  const { heads, cells } = titled(shown);
  const rows = shown.map(({ id, title, contribution, taken, likenesses }) => [
    id,
    ...cells(title),
    figureText(contribution),
    id === item.id ? "itself" : taken ? "taken" : "",
    waysText(likenesses),
  ]);
  const rest = neighbours.slice(count);
  if (rest.length > 0) {
    const sum = rest.reduce((total, { contribution }) => total + contribution, 0);
    rows.push([`${rest.length} more`, ...cells(""), figureText(sum), "", ""]);
  }
  return tableText([{ head: "neighbour" }, ...heads, right("score"), { head: "" }, { head: "alike by" }], rows);
}

function explanationText(whom: string, explanation: Explanation, count: number): string {
  const { item, score, backbone, graph, reasons, own, others, neighbours } = explanation;
  const title = item.title === undefined ? "" : ` (${item.title})`;
  const blocks = [
    `${whom}, item ${item.id}${title}: score ${figureText(score)} = backbone ${figureText(backbone)} + graph ${figureText(graph)}`,
  ];
  if (reasons.length + others.items > 0 || own.contribution !== 0) blocks.push(reasonsTable(explanation));
  else blocks.push("nothing in the history speaks for it or against it");
  if (neighbours.length > 0) blocks.push(neighboursTable(explanation, count));
  return blocks.join("\n\n");
}
