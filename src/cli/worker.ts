/** `latticework worker`: trains for sweeps and comparisons that run elsewhere, until it is stopped. */
import type { Command } from "commander";
import { wholeNumber } from "./arguments.ts";
import { watchInterruption } from "./interruption.ts";
import type { Terminal } from "./terminal.ts";

interface WorkerFlags {
  readonly datasets: string;
  readonly name?: string;
  readonly parallel: number;
  readonly threads?: number;
  readonly lease: number;
  readonly scratch?: string;
  readonly quiet?: boolean;
}

export function addWorker(program: Command, terminal: Terminal): void {
  program
    .command("worker")
    .summary("train for sweeps and comparisons of other machines")
    .description(
      "Takes what sweep --workers and compare --workers put into a Redis or Valkey server, trains it and sends back a trial's figures, or a comparison's whole run.",
    )
    .argument("<address>", "Redis or Valkey server, e.g. redis://10.0.0.5:6379")
    .requiredOption("--datasets <folder>", "folder of dataset folders; a dataset is known by its content")
    .option("--name <name>", "what it is called in logs (default: machine and process)")
    .option("--parallel <n>", "trainings at a time", wholeNumber(1), 1)
    .option("--threads <n>", "threads of a training (default: the processors, shared)", wholeNumber(1))
    .option("--lease <seconds>", "without a sign of life for so long, its work goes to others", wholeNumber(2), 30)
    .option("--scratch <folder>", "where runs are kept until they are sent (default: the system's temporary folder)")
    .option("--quiet", "errors only")
    .addHelpText(
      "after",
      `
Examples:
  latticework worker redis://10.0.0.5 --datasets data
  latticework worker redis://:password@10.0.0.5:6380/1 --datasets data --parallel 2

It works for its own version only, on datasets it has; the rest it hands back by name.
Ctrl-C hands its work back and exits.`,
    )
    .action((address: string, flags: WorkerFlags) => work(address, flags, terminal));
}

async function work(address: string, flags: WorkerFlags, terminal: Terminal): Promise<void> {
  const { runWorker } = await import("../workers/worker.ts");
  const { trainingJobs } = await import("../comparison/training-job.ts");
  const { trialJobs } = await import("../sweep/trial-job.ts");
  const interruption = watchInterruption(terminal, () =>
    terminal.tell("Handing work back. Press Ctrl-C again to stop at once."),
  );
  try {
    await runWorker({
      address,
      datasets: flags.datasets,
      kinds: [trialJobs, trainingJobs],
      name: flags.name,
      parallel: flags.parallel,
      threads: flags.threads,
      leaseSeconds: flags.lease,
      scratch: flags.scratch,
      signal: interruption.signal,
      onNotice: flags.quiet === true ? () => undefined : terminal.tell,
    });
  } finally {
    interruption.dispose();
  }
}
