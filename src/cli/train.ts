/** `latticework train`: from a dataset folder to a run folder, watched, interruptible, resumable. */
import { type Command, Option } from "commander";
import { type BackboneName, backboneNames, type ModelName, modelNames } from "../models/configuration.ts";
import { readRunConfig } from "../runs/open-run.ts";
import type { RunMetrics } from "../runs/run-format.ts";
import type { TrainingOptions } from "../training/configuration.ts";
import { wholeNumber } from "./arguments.ts";
import { Interrupted } from "./failure.ts";
import { watchInterruption } from "./interruption.ts";
import { metricTableText } from "./metric-rows.ts";
import { gatherOptions, optionHelp } from "./option-sources.ts";
import { progressView } from "./progress.ts";
import { resumeCommand } from "./resume-command.ts";
import type { Terminal } from "./terminal.ts";
import { loadTrainRun } from "./train-run-loader.ts";
import { bytesText, durationText } from "./wording.ts";

interface TrainFlags {
  readonly out: string;
  readonly model?: ModelName;
  readonly backbone?: BackboneName;
  readonly set?: readonly string[];
  readonly config?: string;
  readonly seed?: number;
  readonly threads?: number;
  readonly epochs?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly warmStart?: string;
}

export function addTrain(program: Command, terminal: Terminal): void {
  program
    .command("train")
    .summary("train a model on a dataset")
    .description("Trains a model on a dataset folder and writes a run folder.")
    .argument("<dataset>", "dataset folder")
    .requiredOption("--out <run>", "run folder to write")
    .addOption(new Option("--model <name>", "model (default: lattice)").choices(modelNames))
    .addOption(new Option("--backbone <name>", "what LATTICE plugs into (default: lightgcn)").choices(backboneNames))
    .option("--set <key=value...>", "set options; wins over --config")
    .option("--config <file>", "JSON file of options")
    .option("--seed <n>", "seed of everything random (default: 1)", wholeNumber(0))
    .option("--threads <n>", "threads that compute (default: the machine's processors)", wholeNumber(1))
    .option("--epochs <n>", "epochs at most, as --set epochs=n", wholeNumber(1))
    .option("--json", "one JSON object a line on standard output: each epoch, then the metrics")
    .option("--quiet", "errors only")
    .option("--resume", "continue the interrupted training of this run folder")
    .option("--overwrite", "replace a finished run of the same folder")
    .option("--warm-start <run>", "begin with the weights of this run of the same model, by outside ids")
    .addHelpText(
      "after",
      () => `
Examples:
  latticework train data/baby --out runs/baby
  latticework train data/baby --out runs/baby --set skip=0.7 neighbours=15 --seed 2
  latticework train data/baby --out runs/lightgcn --model lightgcn --config settings.json
  latticework train data/baby --out runs/baby --resume
  latticework train data/baby --out runs/baby --json | jq .loss

Ctrl-C finishes the epoch, saves a checkpoint and exits; --resume goes on from it to the same weights.

${optionHelp()}`,
    )
    .action((folder: string, flags: TrainFlags) => train(folder, flags, terminal));
}

async function train(folder: string, flags: TrainFlags, terminal: Terminal): Promise<void> {
  const { InterruptedError, trainRun } = await loadTrainRun();
  const options = await gatherOptions(flags);
  const { epochs, validateBy } = flags.resume === true ? resumedOptions(flags.out, options.complete) : options.complete;
  const speaks = flags.quiet !== true;
  const view = progressView(terminal, { epochs, validateBy });
  const interruption = watchInterruption(terminal, view.tell);
  try {
    const run = await trainRun({
      dataset: folder,
      out: flags.out,
      model: flags.model,
      backbone: flags.backbone,
      options: options.given,
      seed: flags.seed,
      threads: flags.threads,
      resume: flags.resume,
      overwrite: flags.overwrite,
      warmStart: flags.warmStart === undefined ? undefined : { run: flags.warmStart },
      signal: interruption.signal,
      onEvent: (event) => {
        if (flags.json === true && event.kind === "epoch") terminal.print(JSON.stringify(event.record));
        if (speaks && (flags.json !== true || event.kind === "notice")) view.onEvent(event);
      },
    });
    view.end();
    if (flags.json === true) terminal.print(JSON.stringify(run.metrics));
    else if (speaks) terminal.print(summaryText(flags.out, run.metrics));
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new Interrupted(
      `Stopped and saved after ${error.epochs} epochs. Continue with:\n  ${resumeCommand(process.argv)}`,
    );
  } finally {
    view.end();
    interruption.dispose();
  }
}

/** What a resumed training runs with: the options it was started with; the trainer itself refuses others. */
function resumedOptions(out: string, otherwise: TrainingOptions): TrainingOptions {
  try {
    return readRunConfig(out).options;
  } catch {
    return otherwise;
  }
}

function summaryText(out: string, metrics: RunMetrics): string {
  const figures = [
    { title: "validation", figures: metrics.validation },
    { title: "test", figures: metrics.test },
  ].filter((table) => Object.keys(table.figures).length > 0);
  const { total, perEpoch } = metrics.seconds;
  const validated = Object.keys(metrics.validation).length > 0;
  const epochs = validated
    ? `best epoch ${metrics.bestEpoch} of ${metrics.epochs}`
    : `${metrics.epochs} epochs, the last is kept`;
  return [
    ...(figures.length === 0 ? [] : [metricTableText(figures), ""]),
    metrics.epochs === 0
      ? `${durationText(total)}; ${bytesText(metrics.peakMemoryBytes)} at most`
      : `${epochs}; ${durationText(total)}, ${durationText(perEpoch)} an epoch; ${bytesText(metrics.peakMemoryBytes)} at most`,
    `${out}: report.html to read, or: latticework recommend ${out} --user ID`,
  ].join("\n");
}
