/** `latticework export`: embeddings and item graph as npy with id lists, for anyone's own tools. */
import type { Command } from "commander";
import { exportRun } from "../runs/export-run.ts";
import type { Terminal } from "./terminal.ts";

interface ExportFlags {
  readonly out: string;
}

export function addExport(program: Command, terminal: Terminal): void {
  program
    .command("export")
    .summary("embeddings and item graph as npy")
    .description("Writes final embeddings and the item graph as npy files, and the ids of users and items.")
    .argument("<run>", "run folder")
    .requiredOption("--out <folder>", "folder to write")
    .addHelpText(
      "after",
      `
Examples:
  latticework export runs/baby --out exported`,
    )
    .action((run: string, flags: ExportFlags) => {
      exportRun(run, flags.out);
      terminal.tell(`written to ${flags.out}`);
    });
}
