/**
 * From a source to a dataset folder: rows are staged, filtered, merged, reduced to their core, indexed, split and written, each a
 * statement of the database, whose memory is bounded and which goes to the disk for what does not fit.
 */
import fs from "node:fs";
import path from "node:path";
import { formatMark, writeDescription } from "../data/native-description.ts";
import { ConfigError, DatasetError } from "../errors.ts";
import { indexCatalogue, readCatalogue } from "./catalogue.ts";
import { checkAgainstSource, checkOptions, timesAreNeeded } from "./check-options.ts";
import { findCore } from "./k-core.ts";
import type { PrepareOptions } from "./options.ts";
import { type OutFolder, openOutFolder } from "./out-folder.ts";
import { mergePairs } from "./pairs.ts";
import { droppedText, type PreparationReport } from "./report.ts";
import type { StagedSource } from "./source.ts";
import { splitInteractions } from "./splits.ts";
import { type Dropped, type RawColumns, stageRows } from "./staged-rows.ts";
import { explainDatabase, openSteps, type Steps } from "./steps.ts";
import { writeTables } from "./write-tables.ts";

/**
 * Prepares a dataset and writes it as a folder of our own layout, which appears whole or not at all.
 * @returns what was read, recognised, left out and written
 * @throws ConfigError for options that cannot be, DatasetError for data that cannot be used or when nothing is left of it, both naming
 * what was found and what to do; LatticeworkError when the disk or the memory does not suffice; the signal's reason when it was stopped
 */
export async function prepareDataset(options: PrepareOptions): Promise<PreparationReport> {
  checkOptions(options);
  const out = openOutFolder(options.out, options.overwrite === true);
  try {
    const temporaryFolder = options.temporaryFolder ?? path.dirname(out.staging);
    if (!fs.statSync(temporaryFolder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new ConfigError(`--temp-folder ${temporaryFolder} is no folder; make it or choose another`);
    }
    const { memoryBytes, threads, onProgress, signal } = options;
    const steps = await openSteps({ memoryBytes, threads, onProgress, signal, temporaryFolder });
    try {
      return await prepare(steps, out, options);
    } finally {
      steps.close();
    }
  } finally {
    out.discard();
  }
}

async function prepare(steps: Steps, out: OutFolder, options: PrepareOptions): Promise<PreparationReport> {
  const { source, signal } = options;
  const started = performance.now();
  let staged: StagedSource;
  try {
    staged = await source.stage({ database: steps.database, onProgress: steps.onProgress, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw explainDatabase(error);
  }
  let report: Omit<PreparationReport, "seconds">;
  try {
    report = await runSteps(steps, out.staging, options, staged);
  } catch (error) {
    signal?.throwIfAborted();
    throw (await staged.diagnose?.(error)) ?? error;
  }
  const imageFolder = options.imageFolder ?? staged.imageFolder;
  writeDescription(out.staging, {
    ...formatMark,
    name: report.name,
    users: report.users,
    items: report.items,
    interactions: report.interactions,
    modalities: [],
    preparation: descriptionOf(report),
    ...(imageFolder === undefined ? {} : { imageFolder: storedPath(report.folder, imageFolder) }),
  });
  const added = (await staged.addModalities?.(out.staging)) ?? [];
  signal?.throwIfAborted();
  out.finish();
  return { ...report, notes: [...report.notes, ...added], seconds: (performance.now() - started) / 1000 };
}

/** Everything between the staged tables and the written ones. */
async function runSteps(
  steps: Steps,
  folder: string,
  options: PrepareOptions,
  staged: StagedSource,
): Promise<Omit<PreparationReport, "seconds">> {
  const split = checkAgainstSource(options, staged);
  const interactionColumns = await columnsOf(steps, "raw_interactions");
  const raw: RawColumns = {
    ratings: staged.hasRatings,
    times: staged.hasTimes,
    events: staged.hasEvents,
    weights: interactionColumns.has("weight"),
    dislikes: interactionColumns.has("dislike"),
  };
  const tables = {
    items: staged.hasItems,
    userOrder: (await columnsOf(steps, "raw_user_order")).size > 0,
    itemOrder: (await columnsOf(steps, "raw_item_order")).size > 0,
  };
  const { rows, dropped } = await stageRows(steps, raw, options, timesAreNeeded(options, split));
  const pairs = await mergePairs(steps, raw, options);
  const merged = rows - dropped.reduce((sum, one) => sum + one.rows, 0) - pairs.pairs;
  if (pairs.pairs === pairs.dislikes) throw nothingLeft(rows, dropped, pairs.dislikes);

  const minimumUserInteractions = options.minimumUserInteractions ?? 1;
  const minimumItemInteractions = options.minimumItemInteractions ?? 1;
  const asksForCore = Math.max(minimumUserInteractions, minimumItemInteractions) > 1;
  await steps.database.run(
    `CREATE VIEW prepared_likes AS SELECT u, i FROM prepared_pairs${pairs.columns.dislikes ? " WHERE NOT dislike" : ""}`,
  );
  const core = await findCore(steps, { minimumUserInteractions, minimumItemInteractions });
  const belowCore: Dropped = { reason: "below-k-core", rows: pairs.pairs - pairs.dislikes - core.interactions };
  const allDropped = belowCore.rows === 0 ? dropped : [...dropped, belowCore];
  if (core.interactions === 0) throw nothingLeft(rows, allDropped, pairs.dislikes);

  const catalogueCounts = staged.hasItems ? await readCatalogue(steps) : undefined;
  const keepItems = options.keepUntouchedItems ?? (split.method === "all-train" || tables.itemOrder);
  const catalogue = await indexCatalogue(
    steps,
    tables,
    { untouchedItems: keepItems, untouchedUsers: minimumUserInteractions === 1 },
    split.seed,
  );
  const sizes = await splitInteractions(steps, pairs.columns, split);
  const lone = pairs.dislikes - sizes.dislike;
  const weights = await writeTables(steps, folder, pairs.columns, staged.hasItems);
  const interactions = sizes.train + sizes.validation + sizes.test;
  return {
    folder: path.resolve(options.out),
    name: options.name ?? options.source.name,
    read: staged.read,
    columns: staged.columns,
    time: staged.time,
    notes: staged.notes,
    earlier: staged.earlier,
    rows,
    dropped: lone === 0 ? allDropped : [...allDropped, { reason: "lone-dislike", rows: lone }],
    merged,
    core: asksForCore ? { rounds: core.rounds, users: core.users, items: core.items } : undefined,
    catalogue: catalogueCounts,
    users: catalogue.users,
    items: catalogue.items,
    untouchedItems: catalogue.untouched,
    unlistedItems: catalogue.unlisted,
    interactions,
    split: { method: split.method, seed: split.seed, ...sizes },
    density: interactions / (catalogue.users * catalogue.items),
    weights,
    options: {
      ...Object.fromEntries(
        settingNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
      ),
      keepUntouchedItems: keepItems,
      method: split.method,
      seed: split.seed,
      ...(split.method === "ratio" || split.method === "global-time" ? { ratio: split.ratio } : {}),
      ...(split.method === "cold-start" ? { coldShare: split.coldShare } : {}),
    },
  };
}

/** Options that say what is in the dataset, and not where it goes or how much memory that takes. */
const settingNames = [
  "minimumRating",
  "dislikeRating",
  "events",
  "since",
  "until",
  "halfLife",
  "repeats",
  "minimumUserInteractions",
  "minimumItemInteractions",
] as const satisfies readonly (keyof PrepareOptions)[];

async function columnsOf(steps: Steps, table: string): Promise<ReadonlySet<string>> {
  const columns = await steps.database.rows(
    `SELECT column_name FROM information_schema.columns WHERE table_name = '${table}'`,
  );
  return new Set(columns.map((column) => String(column.column_name)));
}

function nothingLeft(rows: number, dropped: readonly Dropped[], dislikes: number): DatasetError {
  if (rows === 0) return new DatasetError("there are no interactions: the source has no rows; check what it reads");
  const gone = [
    ...dropped.map(droppedText),
    ...(dislikes === 0 ? [] : [`${dislikes} said to be dislikes, which nobody can be recommended by`]),
  ];
  return new DatasetError(
    `no interaction is left of ${rows} rows: ${gone.join("; ")}; ask for less, or check that the columns are the right ones`,
  );
}

/** A path below the dataset's own parent is kept relative, so that both may move together. */
function storedPath(folder: string, target: string): string {
  const relative = path.relative(folder, path.resolve(target));
  const absolute = path.isAbsolute(relative) || relative.startsWith(path.join("..", "..", "..", ".."));
  return absolute ? path.resolve(target) : relative === "" ? "." : relative.split(path.sep).join("/");
}

function descriptionOf(report: Omit<PreparationReport, "seconds">): Readonly<Record<string, unknown>> {
  const { folder: _folder, name: _name, users: _users, items: _items, interactions: _interactions, ...kept } = report;
  return kept;
}
