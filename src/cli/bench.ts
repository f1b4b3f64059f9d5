/**
 * `latticework bench`: what each kernel reaches on this machine, beside what the same engine reaches in the same run on
 * multiply-adds in registers, on a large copy, and on a gather of random rows.
 */
import type { Command } from "commander";
import { type KernelMeasurement, measureKernels } from "../engine/measure.ts";
import { openEngine } from "../engine/open.ts";
import { wholeNumber } from "./arguments.ts";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { rateText } from "./wording.ts";

interface BenchFlags {
  readonly threads?: number;
  readonly only: string;
  readonly large?: boolean;
  readonly json?: boolean;
}

export function addBench(program: Command, terminal: Terminal): void {
  program
    .command("bench")
    .summary("the kernels beside what this machine can do")
    .description("Measures every kernel and prints GFLOP/s or GB/s beside the engine's own ceiling in the same run.")
    .option("--threads <n>", "threads that compute (default: the machine's processors)", wholeNumber(1))
    .option("--only <text>", "only kernels whose name contains this", "")
    .option("--large", "also the sizes that take long or much memory")
    .option("--json", "one JSON object on standard output")
    .addHelpText(
      "after",
      `
Examples:
  latticework bench
  latticework bench --threads 1 --only spmm
  latticework bench --json > bench.json`,
    )
    .action((flags: BenchFlags) => bench(flags, terminal));
}

async function bench(flags: BenchFlags, terminal: Terminal): Promise<void> {
  const engine = await openEngine(flags.threads === undefined ? {} : { threads: flags.threads });
  try {
    const kernels = measureKernels(engine, { only: flags.only, large: flags.large === true });
    const text = flags.json === true ? JSON.stringify({ threads: engine.threads, kernels }) : kernelTable(kernels);
    terminal.print(text);
  } finally {
    engine.close();
  }
}

const boundNames: Readonly<Record<KernelMeasurement["bound"], string>> = {
  gflops: "GFLOP/s, multiply-adds",
  copy: "GB/s, large copy",
  gather: "GB/s, random rows",
};

function kernelTable(kernels: readonly KernelMeasurement[]): string {
  const rows = kernels.map(({ name, shape, milliseconds, gflops, gbps, bound, ceiling, share }) => [
    name,
    shape,
    rateText(milliseconds),
    rateText(gflops ?? gbps ?? 0),
    rateText(ceiling),
    boundNames[bound],
    `${Math.round(share * 100)}%`,
  ]);
  return tableText(
    [
      { head: "kernel" },
      { head: "shape" },
      { head: "ms", align: "right" },
      { head: "reached", align: "right" },
      { head: "ceiling", align: "right" },
      { head: "of what" },
      { head: "share", align: "right" },
    ],
    rows,
  );
}
