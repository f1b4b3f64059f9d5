/** `latticework sweep`: searches a space of settings on a dataset; the winner is chosen on validation. */
import path from "node:path";
import { type Command, Option } from "commander";
import { type BackboneName, backboneNames, type ModelName, modelNames } from "../models/configuration.ts";
import { readSpace } from "../sweep/space.ts";
import { type SearchMethod, searchMethods, sweepFiles } from "../sweep/sweep-format.ts";
import { wholeNumber } from "./arguments.ts";
import { Interrupted } from "./failure.ts";
import { watchInterruption } from "./interruption.ts";
import { gatherOptions } from "./option-sources.ts";
import { byteCount } from "./preparation-arguments.ts";
import { sweepProgress } from "./sweep-progress.ts";
import { sweepText } from "./sweep-text.ts";
import type { Terminal } from "./terminal.ts";

interface SweepFlags {
  readonly space: string;
  readonly out: string;
  readonly method: SearchMethod;
  readonly trials?: number;
  readonly reduction: number;
  readonly stopping: boolean;
  readonly seed: number;
  readonly model?: ModelName;
  readonly backbone?: BackboneName;
  readonly set?: readonly string[];
  readonly config?: string;
  readonly parallel: number;
  readonly threads?: number;
  readonly memory?: number;
  readonly workers?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function addSweep(program: Command, terminal: Terminal): void {
  program
    .command("sweep")
    .summary("search for the best settings")
    .description(
      "Trains trials of a space of settings and chooses the best on validation; its test figures are measured once. A sweep that was stopped or killed goes on with the same command.",
    )
    .argument("<dataset>", "dataset folder")
    .requiredOption("--space <file>", 'JSON file: { "skip": { "min": 0, "max": 1 }, "neighbours": [5, 10, 20] }')
    .requiredOption("--out <folder>", "folder of the sweep")
    .addOption(
      new Option("--method <name>", "grid, random, tpe (learns where to look) or halving (many short trials, few long)")
        .choices(searchMethods)
        .default("tpe"),
    )
    .option("--trials <n>", "trials (default: all of a grid, 27 for halving, else 30)", wholeNumber(1))
    .option("--reduction <n>", "halving: one of n goes on, with n times the epochs", wholeNumber(2), 3)
    .option("--no-stopping", "train bad trials to their end")
    .option("--seed <n>", "seed of the search and of the trainings", wholeNumber(0), 1)
    .addOption(new Option("--model <name>", "where the space names none (default: lattice)").choices(modelNames))
    .addOption(new Option("--backbone <name>", "where the space names none (default: lightgcn)").choices(backboneNames))
    .option("--set <key=value...>", "set options of all trials; wins over --config")
    .option("--config <file>", "JSON file of options of all trials")
    .option("--parallel <n>", "trials at a time", wholeNumber(1), 1)
    .option("--threads <n>", "threads of a trial (default: the processors, shared)", wholeNumber(1))
    .option("--memory <size>", "memory of all trials at a time, e.g. 8GB (default: what is available)", byteCount)
    .option("--workers <address>", "train on the machines that work for this Redis or Valkey: redis://host:6379")
    .option("--json", "the sweep as one JSON object on standard output")
    .option("--quiet", "errors only")
    .addHelpText(
      "after",
      `
Examples:
  latticework sweep data/baby --space space.json --out sweeps/baby
  latticework sweep data/baby --space space.json --method grid --parallel 2 --out sweeps/grid
  latticework sweep data/baby --space space.json --method halving --trials 81 --out sweeps/halving
  latticework sweep data/baby --space space.json --workers redis://10.0.0.5 --parallel 8 --out sweeps/many

Keys of a space are options, model and backbone; each has a list, or { "min": …, "max": …, "scale": "log" }.
Writes report.html to look at, sweep.json, trials.jsonl and the winner's run folder.
Ctrl-C saves and exits; the same command goes on from there.`,
    )
    .action((folder: string, flags: SweepFlags) => sweep(folder, flags, terminal));
}

async function sweep(folder: string, flags: SweepFlags, terminal: Terminal): Promise<void> {
  const space = readSpace(flags.space);
  const { given } = await gatherOptions(flags);
  const { runSweep } = await import("../sweep/sweep.ts");
  const progress = sweepProgress(terminal);
  const interruption = watchInterruption(terminal, progress.tell, flags.workers === undefined ? "here" : "elsewhere");
  try {
    const outcome = await runSweep({
      dataset: folder,
      space,
      out: flags.out,
      method: flags.method,
      trials: flags.trials,
      reduction: flags.reduction,
      stopping: flags.stopping,
      seed: flags.seed,
      model: flags.model,
      backbone: flags.backbone,
      options: given,
      parallel: flags.parallel,
      threads: flags.threads,
      memoryBytes: flags.memory,
      workers: flags.workers,
      signal: interruption.signal,
      onEvent: flags.quiet === true ? undefined : progress.onEvent,
    });
    progress.end();
    if (outcome === undefined) {
      throw new Interrupted("Stopped and saved. Go on with the same command: trials that are done are kept.");
    }
    if (flags.json === true) terminal.print(JSON.stringify(outcome));
    else if (flags.quiet !== true) {
      terminal.print(sweepText(outcome));
      terminal.print(
        `\n${path.join(flags.out, sweepFiles.report)} to look at; the run is ${path.join(flags.out, sweepFiles.winner)}`,
      );
    }
  } finally {
    progress.end();
    interruption.dispose();
  }
}
