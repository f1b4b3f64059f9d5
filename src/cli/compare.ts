/** `latticework compare`: several models on one dataset by one protocol, trained with several seeds, tested against each other. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { comparisonFiles } from "../comparison/comparison-format.ts";
import { chooseContenders, parsePerContender } from "../comparison/contenders.ts";
import { ConfigError } from "../errors.ts";
import { parseSettings } from "../training/parse-options.ts";
import { idList, wholeNumber } from "./arguments.ts";
import { comparisonProgress } from "./comparison-progress.ts";
import { comparisonText } from "./comparison-text.ts";
import { Interrupted } from "./failure.ts";
import { watchInterruption } from "./interruption.ts";
import type { Terminal } from "./terminal.ts";

interface CompareFlags {
  readonly out: string;
  readonly models?: readonly string[];
  readonly seeds: number;
  readonly reference?: string;
  readonly set?: readonly string[];
  readonly config?: string;
  readonly threads?: number;
  readonly parallel: number;
  readonly resamples: number;
  readonly workers?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function addCompare(program: Command, terminal: Terminal): void {
  program
    .command("compare")
    .summary("compare models on a dataset")
    .description(
      "Trains every model with every seed by one protocol and tests their differences. What is trained already in the folder is kept: a comparison that was stopped goes on with the same command.",
    )
    .argument("<dataset>", "dataset folder")
    .requiredOption("--out <folder>", "folder of the comparison")
    .option("--models <list>", "models, e.g. lightgcn,lattice,lattice@ngcf (default: all of --config)", idList)
    .option("--seeds <n>", "seeds 1 to n a model", wholeNumber(1), 3)
    .option("--reference <model>", "what the others are tested against (default: the best on validation)")
    .option("--set <key=value...>", "set options of all models; wins over --config")
    .option("--config <file>", 'JSON file of options by model: { "lattice": { "skip": 0.7 }, "*": { "epochs": 50 } }')
    .option("--threads <n>", "threads of a training (default: the processors, shared)", wholeNumber(1))
    .option("--parallel <n>", "trainings at a time", wholeNumber(1), 1)
    .option("--workers <address>", "train on the machines that work for this Redis or Valkey: redis://host:6379")
    .option("--resamples <n>", "draws of users for the intervals", wholeNumber(100), 1000)
    .option("--json", "the comparison as one JSON object on standard output")
    .option("--quiet", "errors only")
    .addHelpText(
      "after",
      `
Examples:
  latticework compare data/baby --models mf,vbpr,lightgcn,lattice --out comparisons/baby
  latticework compare data/baby --models lattice,lattice@ngcf,ngcf --seeds 5 --parallel 2 --out comparisons/backbones
  latticework compare data/baby --config settings.json --set validateEvery=1 --out comparisons/own
  latticework compare data/baby --models lightgcn,lattice --workers redis://10.0.0.5 --parallel 8 --out comparisons/many

Writes report.html to look at, compare.json and compare.csv; the runs are under runs/.
Ctrl-C finishes the epoch, saves and exits; the same command goes on from there.`,
    )
    .action((folder: string, flags: CompareFlags) => compare(folder, flags, terminal));
}

async function readPerContender(file: string): Promise<Record<string, Record<string, unknown>>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${file}: cannot be read as JSON (${reason}); --config wants options by model`);
  }
  return parsePerContender(value, file);
}

async function compare(folder: string, flags: CompareFlags, terminal: Terminal): Promise<void> {
  const contenders = chooseContenders({
    names: flags.models,
    perContender: flags.config === undefined ? undefined : await readPerContender(flags.config),
    settings: parseSettings(flags.set ?? []),
  });
  const { compareModels } = await import("../comparison/compare.ts");
  const progress = comparisonProgress(terminal);
  const interruption = watchInterruption(terminal, progress.tell, flags.workers === undefined ? "here" : "elsewhere");
  try {
    const comparison = await compareModels({
      dataset: folder,
      out: flags.out,
      contenders,
      seeds: Array.from({ length: flags.seeds }, (_, index) => index + 1),
      reference: flags.reference,
      threads: flags.threads,
      parallel: flags.parallel,
      resamples: flags.resamples,
      workers: flags.workers,
      signal: interruption.signal,
      onEvent: flags.quiet === true ? undefined : progress.onEvent,
    });
    progress.end();
    if (comparison === undefined) {
      throw new Interrupted("Stopped and saved. Go on with the same command: what is trained is kept.");
    }
    if (flags.json === true) terminal.print(JSON.stringify(comparison));
    else if (flags.quiet !== true) {
      terminal.print(comparisonText(comparison));
      terminal.print(`\n${path.join(flags.out, comparisonFiles.report)} to look at`);
    }
  } finally {
    progress.end();
    interruption.dispose();
  }
}
