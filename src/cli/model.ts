/** `latticework model`: versions of a service's model, listed, trained anew, and taken back. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import { RunError } from "../errors.ts";
import { wholeNumber } from "./arguments.ts";
import { type StoreFlag, storeOption, withStore } from "./service-store.ts";
import { tableText } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface RetrainFlags extends StoreFlag {
  readonly versions: string;
  readonly keep: number;
  readonly dataset?: string;
  readonly set?: readonly string[];
  readonly threads?: number;
  readonly index?: boolean;
}

export function addModel(program: Command, terminal: Terminal): void {
  const models = program
    .command("model")
    .summary("versions of a service's model: list, retrain, roll back")
    .description("Services that run on the store follow within a second, and no request fails meanwhile.")
    .addHelpText(
      "after",
      `
Examples:
  latticework model list --store data/shop.sqlite
  latticework model retrain --store data/shop.sqlite --versions data/versions
  latticework model roll-back --store data/shop.sqlite`,
    );
  models
    .command("list")
    .description("Lists the versions, and what is known of each.")
    .requiredOption(...storeOption)
    .action((flags: StoreFlag) =>
      withStore(flags.store, async (store) => {
        const { noteOf } = await import("../service/retraining/versions.ts");
        const served = await store.servedModel();
        const rows = (await store.models()).map((model) => {
          const note = noteOf(model);
          const state = model.version === served ? "served" : note?.outcome === "rejected" ? "rejected" : "";
          const figures =
            note === undefined
              ? ""
              : `${note.candidateNdcg.toFixed(4)} against ${note.servingNdcg.toFixed(4)} of ${note.from}`;
          return [model.version, state, new Date(model.createdAt).toISOString().slice(0, 16), figures, model.folder];
        });
        terminal.print(
          tableText([{ head: "version" }, { head: "" }, { head: "since" }, { head: "NDCG@20" }, { head: "run" }], rows),
        );
      }),
    );
  models
    .command("retrain")
    .description(
      "Trains another version on what came into the store, beginning with the weights of the served one, and serves it when it is no worse on what was held out.",
    )
    .requiredOption(...storeOption)
    .requiredOption("--versions <folder>", "where the versions' folders are")
    .option("--keep <n>", "retrained versions to keep", wholeNumber(1), 3)
    .option("--dataset <folder>", "the dataset of the served run, where it moved")
    .option("--set <key=value...>", "options that differ from those of the served run")
    .option("--threads <n>", "threads that compute (default: the machine's processors)", wholeNumber(1))
    .option("--index", "build its index as well, for services that were started with --index")
    .action((flags: RetrainFlags) => retrainOnce(flags, terminal));
  models
    .command("roll-back")
    .description("Serves an earlier version again.")
    .argument("[version]", "which one (default: the one that the served version took over from)")
    .requiredOption(...storeOption)
    .action((version: string | undefined, flags: StoreFlag) =>
      withStore(flags.store, async (store) => {
        const { rollBack } = await import("../service/retraining/versions.ts");
        terminal.tell(`Served now: ${await rollBack(store, version)}`);
      }),
    );
}

async function retrainOnce(flags: RetrainFlags, terminal: Terminal): Promise<void> {
  const { parseSettings } = await import("../training/parse-options.ts");
  const { startRetraining } = await import("../service/retraining/start-retraining.ts");
  const running = startRetraining(
    {
      store: flags.store,
      versions: resolve(flags.versions),
      keep: flags.keep,
      dataset: flags.dataset,
      threads: flags.threads ?? availableParallelism(),
      options: parseSettings(flags.set ?? []),
      index: flags.index ?? false,
    },
    { onEpoch: (epoch) => terminal.tell(`epoch ${epoch + 1}`) },
  );
  const end = await running.ended;
  switch (end.kind) {
    case "busy":
      throw new RunError("another process is retraining on this store; wait until it is done");
    case "failed":
      throw end.ours ? new RunError(end.message) : new Error(end.message);
    case "finished": {
      const { outcome, from, candidateNdcg, servingNdcg, addedPairs, validationPairs, epochs, seconds } = end.note;
      terminal.tell(
        `${end.version}: ${addedPairs} new interactions, ${epochs} epochs, ${seconds.toFixed(0)} s; NDCG@20 ${candidateNdcg.toFixed(4)} against ${servingNdcg.toFixed(4)} of ${from} on ${validationPairs} held out`,
      );
      terminal.print(outcome === "served" ? `served: ${end.version}` : `rejected; ${from} stays`);
    }
  }
}
