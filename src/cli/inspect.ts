/** `latticework inspect`: what a dataset holds and whether its modalities carry preference. */
import type { Command } from "commander";
import { formatInspection, inspectDataset, readDataset } from "../data/index.ts";
import { openEngine } from "../engine/open.ts";
import { wholeNumber } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";

interface InspectFlags {
  readonly threads?: number;
  readonly json?: boolean;
}

export function addInspect(program: Command, terminal: Terminal): void {
  program
    .command("inspect")
    .summary("look at a dataset")
    .description(
      "Prints counts, density, the health of each modality, and how many nearest neighbours share users compared with random pairs.",
    )
    .argument("<dataset>", "dataset folder")
    .option("--threads <n>", "threads that compute (default: the machine's processors)", wholeNumber(1))
    .option("--json", "one JSON object on standard output")
    .addHelpText(
      "after",
      `
Examples:
  latticework inspect data/baby
  latticework inspect data/baby --json > baby.json`,
    )
    .action((folder: string, flags: InspectFlags) => inspect(folder, flags, terminal));
}

async function inspect(folder: string, flags: InspectFlags, terminal: Terminal): Promise<void> {
  const dataset = await readDataset(folder);
  const engine = await openEngine(flags.threads === undefined ? {} : { threads: flags.threads });
  try {
    const inspection = inspectDataset(dataset, engine);
    terminal.print(flags.json === true ? JSON.stringify(inspection) : formatInspection(inspection));
  } finally {
    engine.close();
  }
}
