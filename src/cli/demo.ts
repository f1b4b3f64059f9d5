/**
 * `latticework demo`: a made-up shop's raw files, prepared, encoded, trained on and compared, with a line for every stage; then what five of its
 * customers are recommended, and a page with the pictures.
 */
import path from "node:path";
import type { Command } from "commander";
import { createLogUpdate } from "log-update";
import type { Journey, JourneyObserver } from "../demo/journey.ts";
import type { Shown } from "../demo/showcase.ts";
import { wholeNumber } from "./arguments.ts";
import { Interrupted } from "./failure.ts";
import { watchInterruption } from "./interruption.ts";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { durationText, figureText } from "./wording.ts";

interface DemoFlags {
  readonly out: string;
  readonly items: number;
  readonly users: number;
  readonly seed: number;
  readonly threads?: number;
  readonly epochs?: number;
}

/** Where a demonstration goes that is not told otherwise. */
export const demoFolder = ".latticework/demo";

const itemsPrinted = 3;

export function addDemo(program: Command, terminal: Terminal): void {
  program
    .command("demo")
    .summary("see the whole way on a made-up shop, in a minute")
    .description(
      "Makes a small shop's raw files, prepares and encodes them, trains LATTICE and others, compares them and shows what they recommend.",
    )
    .option("--out <folder>", "folder for everything; what an earlier demo left there is replaced", demoFolder)
    .option("--items <n>", "products of the shop", wholeNumber(20), 1000)
    .option("--users <n>", "customers of the shop", wholeNumber(10), 2000)
    .option("--seed <n>", "seed of everything random", wholeNumber(0), 1)
    .option("--threads <n>", "threads that compute (default: the machine's processors)", wholeNumber(1))
    .option("--epochs <n>", "of each training, at most (default: 100)", wholeNumber(1))
    .addHelpText(
      "after",
      `
Examples:
  latticework demo
  latticework demo --items 2000 --users 5000
  latticework demo --out /tmp/shop --seed 7`,
    )
    .action((flags: DemoFlags) => demo(flags, terminal));
}

async function demo(flags: DemoFlags, terminal: Terminal): Promise<void> {
  // Drawing, the database and the charts take longer to load than all other commands.
  const { nextCommands, runJourney } = await import("../demo/journey.ts");
  const view = stageView(terminal);
  const interruption = watchInterruption(terminal, () => view.tell("Stopping. Press Ctrl-C again to stop at once."));
  let journey: Journey;
  try {
    journey = await runJourney({ ...flags, signal: interruption.signal, observer: view });
  } catch (error) {
    if (interruption.signal.aborted) throw new Interrupted("Stopped. Start again with: latticework demo");
    throw error;
  } finally {
    view.end();
    interruption.dispose();
  }
  terminal.print(`\n${comparisonText(journey)}`);
  terminal.print(`\n${customersText(journey)}`);
  const commands = nextCommands(flags.out, journey.showcase).map((command) => `  ${command}`);
  terminal.print(
    `\nLook at it with its pictures in a browser:\n  ${path.resolve(journey.report)}\nand go on with:\n${commands.join("\n")}\n\nSee what it has understood, and try recommendations, in the studio:\n  ${studioCommand(flags.out)}`,
  );
}

/** In a clone the demo's own place needs no more words. */
const studioCommand = (out: string): string =>
  out === demoFolder ? "npm run studio   (or: latticework studio)" : `latticework studio ${path.join(out, "runs")}`;

interface StageView extends JourneyObserver {
  tell(text: string): void;
  end(): void;
}

const redrawMilliseconds = 80;
const nameColumns = 14;

/** A line a stage on standard error, and on a screen a live one for the stage in work. */
function stageView(terminal: Terminal): StageView {
  const live = terminal.live ? createLogUpdate(process.stderr, { showCursor: true }) : undefined;
  let name = "";
  let lastNote = "";
  let drawnAt = 0;
  const draw = (share: number, note = lastNote): void => {
    lastNote = note;
    const now = performance.now();
    if (live === undefined || now - drawnAt < redrawMilliseconds) return;
    drawnAt = now;
    const filled = Math.round(Math.min(1, share) * 20);
    live(
      `${name.padEnd(nameColumns)} ${"█".repeat(filled)}${"░".repeat(20 - filled)}  ${note}`.slice(
        0,
        terminal.columns - 1,
      ),
    );
  };
  const tell = (text: string): void => {
    live?.clear();
    terminal.tell(text);
  };
  return {
    begins: (begun) => {
      name = begun;
      lastNote = "";
      drawnAt = 0;
      draw(0);
    },
    progress: draw,
    ends: ({ name: ended, result, seconds }) =>
      tell(`${ended.padEnd(nameColumns)} ${durationText(seconds).padStart(6)}  ${result}`),
    tell,
    end: () => live?.clear(),
  };
}

const percent = (share: number): string => `${Math.round(100 * share)}%`;

function comparisonText({ showcase }: Journey): string {
  const { models, byChance } = showcase;
  const rows = models.map(({ title, metrics, shares }) => [
    title,
    figureText(metrics.test["recall@20"] ?? Number.NaN),
    figureText(metrics.test["ndcg@20"] ?? Number.NaN),
    percent(shares.look),
    percent(shares.wording),
    percent(shares.company),
    metrics.seconds.total.toFixed(1),
  ]);
  rows.push(["by chance", "", "", percent(byChance.look), percent(byChance.wording), percent(byChance.company), ""]);
  const head = ["recall@20", "NDCG@20", "colour", "style", "circle", "seconds"];
  const table = tableText([{ head: "model" }, ...head.map((one) => ({ head: one, align: "right" }) as const)], rows);
  return `${table}\nColour, style and circle: how many of the ten first recommendations are to the customer's hidden taste. Only pictures\nshow a colour, only texts tell a style, and which circle of customers buys a brand shows only in purchases.`;
}

function customersText({ showcase, shop }: Journey): string {
  const titles = (items: readonly Shown[]): string =>
    items
      .slice(0, itemsPrinted)
      .map(({ product }) => shop.products[product]?.title ?? "")
      .join("  ·  ");
  return showcase.customers
    .map(
      ({ id, bought, lists }) =>
        `Customer ${id}\n  bought    ${titles(bought)}\n  may like  ${titles(lists[0]?.items ?? [])}`,
    )
    .join("\n");
}
