/** `latticework serve`: recommendations over HTTP for a living catalogue, until it is stopped. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { decimal, nameList, wholeNumber } from "./arguments.ts";
import { UsageError } from "./failure.ts";
import { addIndexOptions, type IndexFlags, indexOptionsOf } from "./index-options.ts";
import type { Terminal } from "./terminal.ts";

interface ServeFlags extends IndexFlags {
  readonly store: string;
  readonly port: number;
  readonly host: string;
  readonly dataset?: string;
  readonly origin?: readonly string[];
  readonly rate: number;
  readonly cache: number;
  readonly importLimit: number;
  readonly logLevel: string;
  readonly studio: boolean;
  readonly versions?: string;
  readonly retrainHours?: number;
  readonly retrainChanges?: number;
  readonly keep: number;
  readonly retrainThreads: number;
}

const logLevels = ["debug", "info", "warn", "error", "silent"];

export function addServe(program: Command, terminal: Terminal): void {
  const command = program
    .command("serve")
    .summary("recommendations over HTTP, for a catalogue that changes")
    .description(
      "Answers requests for lists, similar items and reasons, and takes items and interactions, which count at once. /docs of the service says what there is.",
    )
    .argument(
      "[run]",
      "run folder; what was retrained from it and is in charge stays (default: the version that the store served last)",
    )
    .requiredOption(
      "--store <address>",
      "where items, interactions and keys are kept: a file for SQLite, or postgres://…",
    )
    .option("--port <n>", "port to listen on, 0 for any", wholeNumber(0), 4700)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--dataset <folder>", "the dataset of the training, where it moved")
    .option("--origin <url...>", "web pages that may call from browsers (default: none)", nameList)
    .option("--rate <n>", "requests a second that a key may send, 0 for any number", wholeNumber(0), 1000)
    .option("--cache <megabytes>", "answers kept at hand, 0 for none", decimal(0), 64)
    .option("--import-limit <megabytes>", "largest bulk import", decimal(0), 1000)
    .option("--no-studio", "do not show the studio at /studio")
    .option("--versions <folder>", "where retrained versions lie (default: this service does not retrain)")
    .option("--retrain-hours <n>", "retrain every so many hours, where anything changed", decimal(0))
    .option("--retrain-changes <n>", "retrain after so many changes of the store", wholeNumber(1))
    .option("--keep <n>", "retrained versions to keep", wholeNumber(1), 3)
    .option("--retrain-threads <n>", "threads of a retraining", wholeNumber(1), 1)
    .option("--log-level <name>", logLevels.join(", "), "info")
    .addHelpText(
      "after",
      `
Examples:
  latticework serve runs/shop --store data/shop.sqlite
  latticework key create --scope read --store data/shop.sqlite
  latticework serve --store data/shop.sqlite --host 0.0.0.0 --port 80
  latticework serve --store data/shop.sqlite --versions data/versions --retrain-hours 24
  latticework serve runs/millions --store postgres://… --index
  curl localhost:4700/v1/users/17/recommendations?count=5

Without a key only this machine is served. The log goes to standard output, JSON a line.
Ctrl-C lets requests finish and stops.`,
    )
    .action((run: string | undefined, flags: ServeFlags) => serveUntilStopped(run, flags, terminal));
  addIndexOptions(command);
}

async function serveUntilStopped(run: string | undefined, flags: ServeFlags, terminal: Terminal): Promise<void> {
  if (!logLevels.includes(flags.logLevel)) throw new UsageError(`--log-level is one of ${logLevels.join(", ")}`);
  const { versions, retrainHours, retrainChanges } = flags;
  const index = indexOptionsOf(flags);
  if (versions === undefined && (retrainHours !== undefined || retrainChanges !== undefined)) {
    throw new UsageError("--retrain-hours and --retrain-changes need --versions FOLDER, where versions are kept");
  }
  const { openLog } = await import("../service/log.ts");
  const { openStore } = await import("../service/store/open-store.ts");
  const { serve } = await import("../service/serve.ts");
  const { scheduleRetraining } = await import("../service/retraining/schedule.ts");
  const log = openLog(flags.logLevel);
  const store = await openStore(flags.store);
  const asked = new Promise<void>((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
  const retraining =
    versions === undefined
      ? undefined
      : scheduleRetraining({
          store,
          task: {
            store: flags.store,
            versions: resolve(versions),
            keep: flags.keep,
            dataset: flags.dataset,
            threads: flags.retrainThreads,
            options: {},
            index: index !== undefined,
          },
          schedule: { everyHours: retrainHours, afterChanges: retrainChanges },
          logger: log.logger,
        });
  let service: Awaited<ReturnType<typeof serve>>;
  try {
    service = await serve({
      store,
      run: run === undefined ? undefined : resolve(run),
      dataset: flags.dataset,
      index,
      port: flags.port,
      host: flags.host,
      logger: log.logger,
      origins: flags.origin,
      studio: flags.studio,
      requestsPerSecond: flags.rate,
      cacheBytes: flags.cache * 1_000_000,
      mostImportBytes: flags.importLimit * 1_000_000,
      ...(retraining === undefined ? {} : { retraining: () => retraining }),
    });
  } catch (error) {
    await retraining?.stop();
    log.end();
    await store.close();
    throw error;
  }
  const host = flags.host.includes(":") ? `[${flags.host}]` : flags.host;
  const at = `http://${host}:${service.port}`;
  terminal.tell(`Serving at ${at}; ${at}/docs says what there is${flags.studio ? `, ${at}/studio/ shows it` : ""}.`);
  await asked;
  terminal.tell("Letting requests finish, then stopping.");
  await retraining?.stop();
  await service.stop();
  log.end();
}
