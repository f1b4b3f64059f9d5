/** `latticework worker`: trains trials of sweeps that run elsewhere, until it is stopped. */
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
  readonly quiet?: boolean;
}

export function addWorker(program: Command, terminal: Terminal): void {
  program
    .command("worker")
    .summary("train trials for sweeps of other machines")
    .description(
      "Takes trials that sweep --workers puts into a Redis or Valkey server, trains them and sends the figures back.",
    )
    .argument("<address>", "Redis or Valkey server, e.g. redis://10.0.0.5:6379")
    .requiredOption("--datasets <folder>", "folder of dataset folders; a dataset is known by its content")
    .option("--name <name>", "what it is called in logs (default: machine and process)")
    .option("--parallel <n>", "trials at a time", wholeNumber(1), 1)
    .option("--threads <n>", "threads of a trial (default: the processors, shared)", wholeNumber(1))
    .option("--lease <seconds>", "without a sign of life for so long, its trials go to others", wholeNumber(2), 30)
    .option("--quiet", "errors only")
    .addHelpText(
      "after",
      `
Examples:
  latticework worker redis://10.0.0.5 --datasets data
  latticework worker redis://:password@10.0.0.5:6380/1 --datasets data --parallel 2

It trains trials of its own version only, on datasets it has; others it hands back by name.
Ctrl-C hands its trials back and exits.`,
    )
    .action((address: string, flags: WorkerFlags) => work(address, flags, terminal));
}

async function work(address: string, flags: WorkerFlags, terminal: Terminal): Promise<void> {
  const { runWorker } = await import("../sweep/workers/worker.ts");
  const interruption = watchInterruption(terminal, () =>
    terminal.tell("Handing trials back. Press Ctrl-C again to stop at once."),
  );
  try {
    await runWorker({
      address,
      datasets: flags.datasets,
      name: flags.name,
      parallel: flags.parallel,
      threads: flags.threads,
      leaseSeconds: flags.lease,
      signal: interruption.signal,
      onNotice: flags.quiet === true ? () => undefined : terminal.tell,
    });
  } finally {
    interruption.dispose();
  }
}
