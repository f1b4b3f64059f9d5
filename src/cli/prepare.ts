/** `latticework prepare`: from raw interactions and items, wherever they are, to a dataset folder. */
import { type Command, Option } from "commander";
import { createLogUpdate } from "log-update";
import { fileFormats } from "../preparation/file-format.ts";
import {
  formatPreparation,
  type PreparationProgress,
  prepareDataset,
  recogniseSource,
  type SourceRequest,
} from "../preparation/index.ts";
import type { EventWeight, PrepareOptions } from "../preparation/options.ts";
import { wholeNumber } from "./arguments.ts";
import { Interrupted } from "./failure.ts";
import { watchInterruption } from "./interruption.ts";
import { aNumber, byteCount, duration, eventWeights, moment, shares, splitName } from "./preparation-arguments.ts";
import type { Terminal } from "./terminal.ts";
import { countText, durationText } from "./wording.ts";

interface PrepareFlags {
  readonly out: string;
  readonly name?: string;
  readonly overwrite?: boolean;
  readonly format?: SourceRequest["format"];
  readonly delimiter?: string;
  readonly header: boolean;
  readonly encoding?: string;
  readonly query?: string;
  readonly table?: string;
  readonly userColumn?: string;
  readonly itemColumn?: string;
  readonly ratingColumn?: string;
  readonly timeColumn?: string;
  readonly time: boolean;
  readonly timeFormat?: string;
  readonly eventColumn?: string;
  readonly items?: string;
  readonly itemsQuery?: string;
  readonly itemsTable?: string;
  readonly itemIdColumn?: string;
  readonly titleColumn?: string;
  readonly imageFolder?: string;
  readonly keepUntouchedItems?: boolean;
  readonly dropUntouchedItems?: boolean;
  readonly minimumRating?: number;
  readonly dislikeRating?: number;
  readonly events?: Readonly<Record<string, EventWeight>>;
  readonly since?: number;
  readonly until?: number;
  readonly halfLife?: number;
  readonly repeats?: "sum" | "once";
  readonly kCore?: number;
  readonly minUserInteractions?: number;
  readonly minItemInteractions?: number;
  readonly split?: PrepareOptions["method"];
  readonly ratio?: readonly [number, number, number];
  readonly coldShare?: number;
  readonly seed?: number;
  readonly paperText?: boolean;
  readonly missingImages?: "mark" | "mean";
  readonly memoryLimit?: number;
  readonly threads?: number;
  readonly tempFolder?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function addPrepare(program: Command, terminal: Terminal): void {
  program
    .command("prepare")
    .summary("turn raw interactions and items into a dataset")
    .description(
      "Reads interactions (and items) from a file, a database, the Amazon 2014 files or an earlier dataset, filters and splits them, and writes a dataset folder.",
    )
    .argument("<source>", "CSV, TSV, Parquet or JSON Lines file (also .gz), SQLite file, postgres://…, or folder")
    .requiredOption("--out <dataset>", "dataset folder to write")
    .option("--name <name>", "name of the dataset (default: the source's)")
    .option("--overwrite", "replace an earlier dataset at --out, features and all")
    .optionsGroup("Reading:")
    .addOption(new Option("--format <name>", "what the file is (default: recognised)").choices(fileFormats))
    .option("--delimiter <character>", "what separates columns (default: recognised)")
    .option("--no-header", "the first row is data; columns are called column0, column1, …")
    .option("--encoding <name>", "of text files, e.g. latin-1 or utf-16 (default: utf-8)")
    .option("--query <sql>", "interactions of a database")
    .option("--table <name>", "interactions of a database: all of a table")
    .option("--user-column <name>", "(default: recognised, as the other columns)")
    .option("--item-column <name>", "column of the item's id in the interactions")
    .option("--rating-column <name>", "column of the rating")
    .option("--time-column <name>", "column of the time: seconds, milliseconds, ISO 8601 dates …")
    .option("--time-format <format>", "how the time is written, e.g. '%d/%m/%Y %H:%M' (default: recognised)")
    .option("--no-time", "do without times")
    .option("--event-column <name>", "column of the kind of event")
    .optionsGroup("Items:")
    .option("--items <file>", "file of items with any columns: title, description, picture …")
    .option("--items-query <sql>", "items of a database")
    .option("--items-table <name>", "items of a database: all of a table")
    .option("--item-id-column <name>", "column of the item's id in the items")
    .option("--title-column <name>", "column of the item's name for people")
    .option("--image-folder <folder>", "below which picture paths lie (default: the folder of --items)")
    .option("--keep-untouched-items", "keep items without interactions (default for all-train and earlier datasets)")
    .option("--drop-untouched-items", "leave them out (default otherwise)")
    .optionsGroup("Filters and weights:")
    .option("--minimum-rating <n>", "leave out lower ratings", aNumber)
    .option("--dislike-rating <n>", "this rating and lower ones are dislikes: never recommended", aNumber)
    .option(
      "--events <name=weight,...>",
      "events that count and how much; weight dislike: never recommended",
      eventWeights,
    )
    .option("--since <time>", "leave out what came before, e.g. 2024-01-31", moment)
    .option("--until <time>", "leave out what came then or later", moment)
    .option("--half-life <duration>", "an interaction counts half after this time, e.g. 90d", duration)
    .addOption(
      new Option(
        "--repeats <how>",
        "a repeated pair weighs the sum or counts once (default: sum with weights)",
      ).choices(["sum", "once"]),
    )
    .option("--k-core <n>", "leave out users and items with fewer interactions, to a fixed point", wholeNumber(1))
    .option("--min-user-interactions <n>", "the same for users alone", wholeNumber(1))
    .option("--min-item-interactions <n>", "the same for items alone", wholeNumber(1))
    .optionsGroup("Split:")
    .option(
      "--split <method>",
      "paper, ratio, global-time, leave-last-out, cold-start or all-train (default: ratio where times are known, else paper)",
      splitName,
    )
    .option("--ratio <shares>", "train, validation and test for ratio and global-time (default: 0.8,0.1,0.1)", shares)
    .option("--cold-share <share>", "items held out by cold-start (default: 0.2)", aNumber)
    .option("--seed <n>", "seed of the split (default: 1)", wholeNumber(0))
    .optionsGroup("Amazon 2014 files:")
    .option("--paper-text", "compose texts as the released script does, with the title in the place of the brand")
    .addOption(
      new Option(
        "--missing-images <how>",
        "items without a picture: marked missing, or the mean (default: mark)",
      ).choices(["mark", "mean"]),
    )
    .optionsGroup("Machine:")
    .option("--memory-limit <size>", "memory of the database; what needs more goes to disk (default: 1GB)", byteCount)
    .option("--threads <n>", "threads (default: the machine's processors)", wholeNumber(1))
    .option("--temp-folder <folder>", "where what does not fit in memory goes (default: beside --out)")
    .option("--json", "the report as one JSON object on standard output")
    .option("--quiet", "errors only")
    .addHelpText(
      "after",
      `
Examples:
  latticework prepare orders.csv --out data/shop
  latticework prepare orders.csv --items products.csv --k-core 5 --out data/shop
  latticework prepare events.parquet --events view=1,cart=3,purchase=5,dislike=dislike --half-life 90d --split all-train --out data/shop
  latticework prepare shop.sqlite --table orders --items-table products --out data/shop
  latticework prepare postgres://reader@db.example.org/shop --query "SELECT customer, sku, ordered_at FROM orders" --out data/shop
  latticework prepare raw/baby --out data/baby
  latticework prepare data/baby --split cold-start --out data/baby-cold

What was recognised and left out is printed, and kept in the dataset's dataset.json.`,
    )
    .action((source: string, flags: PrepareFlags) => prepare(source, flags, terminal));
}

function sourceRequest(flags: PrepareFlags): SourceRequest {
  const { items: file, itemsQuery: query, itemsTable: table } = flags;
  const columns = { item: flags.itemIdColumn, title: flags.titleColumn };
  const items =
    file !== undefined
      ? { file, ...columns }
      : query !== undefined || table !== undefined
        ? { query, table, ...columns }
        : undefined;
  return {
    format: flags.format,
    delimiter: flags.delimiter === "\\t" ? "\t" : flags.delimiter,
    header: flags.header ? undefined : false,
    encoding: flags.encoding,
    query: flags.query,
    table: flags.table,
    user: flags.userColumn,
    item: flags.itemColumn,
    rating: flags.ratingColumn,
    time: flags.time ? flags.timeColumn : false,
    timeFormat: flags.timeFormat,
    event: flags.eventColumn,
    items,
    paperText: flags.paperText,
    missingImages: flags.missingImages,
  };
}

async function prepare(place: string, flags: PrepareFlags, terminal: Terminal): Promise<void> {
  const speaks = flags.quiet !== true;
  const view = preparationView(terminal, speaks);
  const interruption = watchInterruption(terminal, () => undefined);
  try {
    const source = await recogniseSource(place, sourceRequest(flags));
    const report = await prepareDataset({
      source,
      out: flags.out,
      name: flags.name,
      overwrite: flags.overwrite,
      imageFolder: flags.imageFolder,
      keepUntouchedItems:
        flags.keepUntouchedItems === true ? true : flags.dropUntouchedItems === true ? false : undefined,
      minimumRating: flags.minimumRating,
      dislikeRating: flags.dislikeRating,
      events: flags.events,
      since: flags.since,
      until: flags.until,
      halfLife: flags.halfLife,
      repeats: flags.repeats,
      minimumUserInteractions: flags.minUserInteractions ?? flags.kCore,
      minimumItemInteractions: flags.minItemInteractions ?? flags.kCore,
      method: flags.split,
      ratio: flags.ratio,
      coldShare: flags.coldShare,
      seed: flags.seed,
      memoryBytes: flags.memoryLimit,
      threads: flags.threads,
      temporaryFolder: flags.tempFolder,
      signal: interruption.signal,
      onProgress: view.onProgress,
    });
    view.end();
    if (flags.json === true) terminal.print(JSON.stringify(report));
    else if (speaks) {
      terminal.print(formatPreparation(report));
      terminal.print(`${durationText(report.seconds)}; ${flags.out} is ready: latticework inspect ${flags.out}`);
    }
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    throw new Interrupted("Stopped; nothing was written.");
  } finally {
    view.end();
    interruption.dispose();
  }
}

const redrawMilliseconds = 100;

interface PreparationView {
  readonly onProgress: (progress: PreparationProgress) => void;
  readonly end: () => void;
}

/** One live line on a screen; without a screen, a line a step. */
function preparationView(terminal: Terminal, speaks: boolean): PreparationView {
  const live = terminal.live && speaks ? createLogUpdate(process.stderr, { showCursor: true }) : undefined;
  let drawnAt = 0;
  let last = "";
  return {
    onProgress: ({ step, share, rows }) => {
      if (!speaks) return;
      const isNew = step !== last;
      last = step;
      if (live === undefined) {
        if (isNew) terminal.tell(step);
        return;
      }
      const now = performance.now();
      if (!isNew && now - drawnAt < redrawMilliseconds) return;
      drawnAt = now;
      const shown = [
        step,
        ...(share === undefined ? [] : [`${Math.floor(100 * share)} %`]),
        ...(rows === undefined ? [] : [`${countText(rows)} rows`]),
      ].join("  ");
      live(shown.slice(0, Math.max(1, terminal.columns - 1)));
    },
    end: () => live?.clear(),
  };
}
