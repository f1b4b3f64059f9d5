/** `latticework leaderboard`: the figures of runs beside published ones. */
import { type Command, Option } from "commander";
import { writeFileAtomically } from "../data/atomic-file.ts";
import { idList } from "./arguments.ts";
import { type TableColumn, tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface LeaderboardFlags {
  readonly format: "text" | "markdown" | "csv" | "html";
  readonly split?: string;
  readonly metrics?: readonly string[];
  readonly out?: string;
}

export function addLeaderboard(program: Command, terminal: Terminal): void {
  program
    .command("leaderboard")
    .summary("runs beside published figures")
    .description(
      "Tables of test figures by dataset and split: of run folders, mean over seeds, and as papers published them.",
    )
    .argument("[runs...]", "run folders, or folders of comparisons (default: published figures alone)")
    .addOption(
      new Option("--format <name>", "what to write").choices(["text", "markdown", "csv", "html"]).default("text"),
    )
    .option("--split <name>", "the published split that these runs are of: lattice-paper or benchmark")
    .option(
      "--metrics <list>",
      "figures, e.g. recall@20,ndcg@20 (default: recall, precision and both NDCGs at 20)",
      idList,
    )
    .option("--out <file>", "file to write (default: standard output)")
    .addHelpText(
      "after",
      `
Examples:
  latticework leaderboard
  latticework leaderboard comparisons/baby --split lattice-paper
  latticework leaderboard runs/a runs/b --format html --out leaderboard.html

Without --split a run's split is its dataset's own, and stands beside no published figure.`,
    )
    .action((runs: readonly string[], flags: LeaderboardFlags) => showLeaderboard(runs, flags, terminal));
}

async function showLeaderboard(folders: readonly string[], flags: LeaderboardFlags, terminal: Terminal): Promise<void> {
  const { leaderboard } = await import("../comparison/leaderboard.ts");
  const tables = await import("../comparison/leaderboard-tables.ts");
  const rows = leaderboard({ folders, split: flags.split, metrics: flags.metrics });
  const textOf = async (): Promise<string> => {
    switch (flags.format) {
      case "markdown":
        return tables.leaderboardMarkdown(rows);
      case "csv":
        return tables.leaderboardCsv(rows);
      case "html":
        return (await import("../comparison/report/leaderboard-page.ts")).renderLeaderboard(rows);
      case "text":
        return `${tables
          .leaderboardTables(rows)
          .map((table) => {
            const last = table.head.length - 1;
            const columns = table.head.map(
              (head, index): TableColumn => ({ head, align: index === 0 || index === last ? "left" : "right" }),
            );
            return `${tables.tableTitle(table)}\n\n${tableText(columns, table.rows)}`;
          })
          .join("\n\n")}\n`;
    }
  };
  const text = await textOf();
  if (flags.out === undefined) terminal.write(text);
  else writeFileAtomically(flags.out, text);
}
