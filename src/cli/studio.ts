/** `latticework studio`: a page in the browser to look at runs, their catalogue and what they recommend. */
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { RunError } from "../errors.ts";
import { wholeNumber } from "./arguments.ts";
import { demoFolder } from "./demo.ts";
import { openPage } from "./open-page.ts";
import type { Terminal } from "./terminal.ts";

interface StudioFlags {
  readonly dataset?: string;
  readonly port: number;
  readonly open: boolean;
}

const usualPort = 4321;

export function addStudio(program: Command, terminal: Terminal): void {
  program
    .command("studio")
    .summary("look at runs in the browser")
    .description(
      "Serves a page on this machine that shows the catalogue, the item graph, recommendations with their reasons, and trainings.",
    )
    .argument(
      "[runs...]",
      "run folders, or folders of runs; the first finished one is shown first (default: the demo's)",
    )
    .option("--dataset <folder>", "the dataset with pictures and categories, where it moved since the training")
    .option("--port <n>", "port on 127.0.0.1; 0 for any that is free", wholeNumber(0), usualPort)
    .option("--no-open", "do not open the page in the browser")
    .addHelpText(
      "after",
      `
Examples:
  latticework studio                     # after latticework demo
  latticework studio runs/shop
  latticework studio runs/a runs/b --port 8080
  latticework studio runs/shop --dataset data/shop

In a terminal it opens the page in the browser. It reads only, listens on this machine alone, and ends with Ctrl-C.
latticework serve shows the studio of a service, at /studio of it.`,
    )
    .action((runs: readonly string[], flags: StudioFlags) => showStudio(runs, flags, terminal));
}

/** @throws RunError when none are named and there was no demonstration */
function chosenRuns(named: readonly string[]): readonly string[] {
  if (named.length > 0) return named;
  const ofDemo = path.join(demoFolder, "runs");
  if (fs.existsSync(ofDemo)) return [ofDemo];
  throw new RunError(`there is no demo at ${demoFolder}; name run folders, or make one with latticework demo`);
}

async function showStudio(named: readonly string[], flags: StudioFlags, terminal: Terminal): Promise<void> {
  const { dataset, port } = flags;
  const { openStudio } = await import("../studio/server/run-studio.ts");
  const { serveStudio } = await import("../studio/server/serve.ts");
  const studio = openStudio({ runs: chosenRuns(named), dataset });
  const served = await serveStudio(studio, port, (error) => terminal.tell(String(error)));
  terminal.print(`The studio is at ${served.address}\nStop it with Ctrl-C.`);
  const stop = new AbortController();
  const ended = () => stop.abort();
  process.once("SIGINT", ended);
  process.once("SIGTERM", ended);
  if (flags.open) await openPage(served.address, terminal);
  if (!stop.signal.aborted) await once(stop.signal, "abort");
  await served.close();
}
