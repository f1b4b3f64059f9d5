/** `latticework evaluate`: the figures of a finished run, at any cutoffs. */
import { type Command, Option } from "commander";
import { evaluateRun } from "../runs/evaluate-run.ts";
import { parseSettings } from "../training/parse-options.ts";
import { cutoffList, wholeNumber } from "./arguments.ts";
import { metricTableText } from "./metric-rows.ts";
import type { Terminal } from "./terminal.ts";

interface EvaluateFlags {
  readonly split: "validation" | "test";
  readonly candidates: "all" | "cold";
  readonly cutoffs: readonly number[];
  readonly set?: readonly string[];
  readonly threads?: number;
  readonly json?: boolean;
}

export function addEvaluate(program: Command, terminal: Terminal): void {
  program
    .command("evaluate")
    .summary("evaluate a run")
    .description("Ranks all items for every user with held-out items and prints the figures.")
    .argument("<run>", "run folder")
    .addOption(new Option("--split <name>", "held-out interactions").choices(["validation", "test"]).default("test"))
    .addOption(
      new Option("--candidates <which>", "items that are ranked: all, or cold ones, which nobody trained with")
        .choices(["all", "cold"])
        .default("all"),
    )
    .option("--cutoffs <list>", "list lengths, e.g. 10,20", cutoffList, [10, 20])
    .option("--set <key=value...>", "evaluate otherwise than trained: ndcg=retrieved, maskValidation=true")
    .option("--threads <n>", "threads that compute (default: the machine's processors)", wholeNumber(1))
    .option("--json", "one JSON object on standard output")
    .addHelpText(
      "after",
      `
Examples:
  latticework evaluate runs/baby
  latticework evaluate runs/baby --split validation --cutoffs 5,10,50
  latticework evaluate runs/cold --candidates cold
  latticework evaluate runs/baby --set maskValidation=true --json`,
    )
    .action((run: string, flags: EvaluateFlags) => evaluate(run, flags, terminal));
}

async function evaluate(run: string, flags: EvaluateFlags, terminal: Terminal): Promise<void> {
  const figures = await evaluateRun(run, {
    split: flags.split,
    candidates: flags.candidates,
    cutoffs: flags.cutoffs,
    set: parseSettings(flags.set ?? []),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
  });
  terminal.print(flags.json === true ? JSON.stringify(figures) : metricTableText([{ title: flags.split, figures }]));
}
