/** `latticework export`: a run's embeddings and item graph as npy, or a dataset in another layout, for anyone's own tools. */
import fs from "node:fs";
import path from "node:path";
import { type Command, Option } from "commander";
import { type DatasetLayout, datasetLayouts, exportDataset } from "../data/index.ts";
import { ConfigError } from "../errors.ts";
import { exportRun } from "../runs/export-run.ts";
import { folderState } from "../runs/folder-state.ts";
import type { Terminal } from "./terminal.ts";

interface ExportFlags {
  readonly out: string;
  readonly layout?: DatasetLayout;
}

export function addExport(program: Command, terminal: Terminal): void {
  program
    .command("export")
    .summary("a run as npy, or a dataset in another layout")
    .description(
      "Of a run, writes final embeddings and the item graph as npy files, and the ids of users and items. Of a dataset, with --layout, writes the same dataset in another layout: .inter with npy, 5-core JSON with npy, or our own (Parquet with npy).",
    )
    .argument("<folder>", "run folder, or dataset folder with --layout")
    .requiredOption("--out <folder>", "folder to write")
    .addOption(new Option("--layout <name>", "layout to write a dataset in").choices([...datasetLayouts]))
    .addHelpText(
      "after",
      `
Examples:
  latticework export runs/baby --out exported
  latticework export data/shop --layout inter --out shop-inter
  latticework export data/baby --layout native --out baby-native`,
    )
    .action(async (folder: string, flags: ExportFlags) => {
      if (isDataset(folder, flags.layout)) await exportDataset(folder, flags.out, flags.layout);
      else exportRun(folder, flags.out);
      terminal.tell(`written to ${flags.out}`);
    });
}

/** @throws ConfigError when a layout is given for a run, or none for a dataset */
function isDataset(folder: string, layout: DatasetLayout | undefined): layout is DatasetLayout {
  const state = folderState(folder);
  if (layout !== undefined) {
    if (state !== "finished" && state !== "unfinished") return true;
    throw new ConfigError(
      `${folder} is a run folder, expected a dataset folder with --layout ${layout}; leave --layout away to export the run, or give the dataset it was trained on`,
    );
  }
  if (state === "foreign" && looksLikeDataset(folder)) {
    throw new ConfigError(
      `${folder} is a dataset folder and no run; say --layout ${datasetLayouts.join(", ")} to write the dataset in another layout`,
    );
  }
  return false;
}

function looksLikeDataset(folder: string): boolean {
  if (!fs.statSync(folder).isDirectory()) return false;
  const names = fs.readdirSync(folder);
  return (
    names.some((name) => name === "dataset.json" || name === "train.json" || name.endsWith(".inter")) ||
    fs.existsSync(path.join(folder, "5-core", "train.json"))
  );
}
