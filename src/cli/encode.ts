/** `latticework encode`: texts, pictures and sounds of a dataset's items become modalities of it. */
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type EncodingReport, EncodingStopped, encodeDataset } from "../features/encode-dataset.ts";
import type { Encoder } from "../features/encoder.ts";
import { type EncodingTarget, openEncodingTarget } from "../features/encoding-target.ts";
import { type Device, type Dtype, devices, dtypes } from "../features/neural/options.ts";
import { idList, wholeNumber } from "./arguments.ts";
import { type EncodePlan, type PlannedEncoding, planEncodings } from "./encode-plan.ts";
import { encodeProgress } from "./encode-progress.ts";
import { Interrupted, UsageError } from "./failure.ts";
import { watchInterruption } from "./interruption.ts";
import type { Terminal } from "./terminal.ts";
import { countText, durationText } from "./wording.ts";

interface EncodeFlags {
  readonly text?: readonly string[];
  readonly image?: string;
  readonly audio?: string;
  readonly name?: string;
  readonly model?: string;
  readonly dtype?: Dtype;
  readonly device?: Device;
  readonly batch?: number;
  readonly prefix?: string;
  readonly cache?: string;
  readonly offline?: boolean;
  readonly root?: string;
  readonly items?: string;
  readonly itemIdColumn?: string;
  readonly size: number;
  readonly seed: number;
  readonly threads?: number;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

function columnList(text: string, previous: readonly string[] = []): readonly string[] {
  const columns = idList(text, previous);
  if (columns.length === 0) throw new InvalidArgumentError("expected at least one column.");
  return columns;
}

export function addEncode(program: Command, terminal: Terminal): void {
  program
    .command("encode")
    .summary("turn texts, pictures and sounds into features")
    .description(
      "Encodes columns of a dataset's items into modalities: by default texts by TF-IDF and a singular value decomposition, pictures by colours and gradients, both offline and repeatable; with --model by a neural network.",
    )
    .argument("<dataset>", "dataset folder")
    .option("--text <columns>", "columns with texts, commas between (default: guessed)", columnList)
    .option("--image <column>", "column with paths of pictures (default: guessed)")
    .option("--audio <column>", "column with paths of sounds; needs --model")
    .option("--name <modality>", "name of the modality (default: text, image or audio)")
    .option("--model <model>", "neural network: a model id such as Xenova/all-MiniLM-L6-v2, or a folder with one")
    .addOption(new Option("--dtype <format>", "number format of the model's weights (default: fp32)").choices(dtypes))
    .addOption(new Option("--device <device>", "where the model runs (default: cpu)").choices(devices))
    .option("--batch <n>", "items the model sees at a time (default: 16)", wholeNumber(1))
    .option("--prefix <text>", 'what stands before each text, as some models want it ("query: ")')
    .option("--cache <folder>", "where models are kept (default: latticework/models in the user's cache folder)")
    .option("--offline", "download nothing: the model is a folder, or lies in the cache")
    .option("--root <folder>", "folder that pictures and sounds lie below (default: as the dataset says)")
    .option("--items <file>", "table of the items, for .inter and 5-core datasets (TSV, CSV, Parquet, JSON Lines)")
    .option("--item-id-column <column>", "its column of ids (default: guessed)")
    .option("--size <n>", "values a text's row has at most, classic encoder", wholeNumber(1), 256)
    .option("--seed <n>", "seed of the decomposition, classic encoder", wholeNumber(0), 1)
    .option("--threads <n>", "threads that compute (default: the machine's processors)", wholeNumber(1))
    .option("--force", "replace a modality of the same name")
    .option("--json", "one JSON object a modality on standard output")
    .option("--quiet", "errors only")
    .addHelpText(
      "after",
      `
Examples:
  latticework encode data/shop
  latticework encode data/shop --text title,description --force
  latticework encode data/shop --image picture --root photos
  latticework encode data/shop --text title --name text-minilm --model Xenova/all-MiniLM-L6-v2
  latticework encode data/films --items films.csv --text title,summary

Items without a text or with a broken picture are marked missing and listed in MODALITY_missing.csv.
Ctrl-C stops; pictures, sounds and neural encodings go on where they were with the same command.`,
    )
    .action((folder: string, flags: EncodeFlags) => encode(folder, flags, terminal));
}

/** Below which the files lie: as told, as the dataset says, its own `images` folder, or the table's folder. */
function rootFolder(target: EncodingTarget, { root, items }: EncodeFlags): string {
  if (root !== undefined) return root;
  if (target.imageFolder !== undefined) return target.imageFolder;
  const images = join(target.folder, "images");
  if (existsSync(images) && statSync(images).isDirectory()) return images;
  return items === undefined ? target.folder : dirname(items);
}

async function openEncoder(
  { kind }: PlannedEncoding,
  target: EncodingTarget,
  flags: EncodeFlags,
  onNotice: (text: string) => void,
): Promise<Encoder> {
  const { model, threads, size, seed } = flags;
  if (model !== undefined) {
    const { createNeuralEncoder } = await import("../features/neural/open-neural-encoder.ts");
    return createNeuralEncoder({
      kind,
      model,
      dtype: flags.dtype,
      device: flags.device,
      batchSize: flags.batch,
      cacheFolder: flags.cache,
      localOnly: flags.offline,
      prefix: flags.prefix,
      root: kind === "text" ? undefined : rootFolder(target, flags),
      onProgress: ({ file, loaded, total }) => {
        if (total > 0) onNotice(`downloading ${file} ${Math.floor((100 * loaded) / total)}%`);
      },
    });
  }
  switch (kind) {
    case "text": {
      const { createTextEncoder } = await import("../features/text/open-text-encoder.ts");
      return createTextEncoder({ size, seed, threads });
    }
    case "image": {
      const { createImageEncoder } = await import("../features/image/open-image-encoder.ts");
      return createImageEncoder({ imageRoot: rootFolder(target, flags), parallel: threads });
    }
    case "audio":
      throw new UsageError("sounds need a --model");
  }
}

async function encode(folder: string, flags: EncodeFlags, terminal: Terminal): Promise<void> {
  const speaks = flags.quiet !== true;
  const source = { file: flags.items, idColumn: flags.itemIdColumn };
  const target = await openEncodingTarget(folder, source);
  let plan: EncodePlan;
  try {
    plan = await planEncodings(target, flags);
  } finally {
    target.close();
  }
  if (speaks) for (const note of plan.notes) terminal.tell(note);
  const interruption = watchInterruption(terminal, () => {
    terminal.tell("Stopping after the batch at hand. Press Ctrl-C again to stop at once.");
  });
  try {
    for (const planned of plan.encodings) {
      const view = encodeProgress(terminal, planned.modality, speaks);
      const started = performance.now();
      const encoder = await openEncoder(planned, target, flags, view.notice);
      try {
        const report = await encodeDataset({
          folder,
          modality: planned.modality,
          column: planned.columns,
          encoder,
          items: source,
          force: flags.force,
          signal: interruption.signal,
          onProgress: view.onProgress,
        });
        view.end();
        if (flags.json === true) terminal.print(JSON.stringify(report));
        else if (speaks) terminal.print(reportText(report, (performance.now() - started) / 1000));
      } finally {
        view.end();
        if (encoder.kind === "item") await encoder.close();
      }
    }
  } catch (error) {
    if (!(error instanceof EncodingStopped)) throw error;
    throw new Interrupted(
      error.kept > 0
        ? `Stopped; ${countText(error.kept)} items are kept. The same command goes on from there.`
        : "Stopped; the dataset is as it was.",
    );
  } finally {
    interruption.dispose();
  }
}

function reportText(
  { modality, columns, items, encoded, missing, files, resumedAt }: EncodingReport,
  seconds: number,
): string {
  const gone = items - encoded;
  const before = resumedAt > 0 ? `, ${countText(resumedAt)} of them earlier` : "";
  return [
    `${modality}: ${countText(encoded)} of ${countText(items)} items${before}, ${columns} values each, ${durationText(seconds)}; ${files.join(", ")}`,
    ...(gone > 0 ? [`  ${countText(gone)} marked missing:`] : []),
    ...missing.map(
      ({ reason, count, examples }) =>
        `  ${countText(count).padStart(9)}  ${reason} (${examples.join(", ")}${count > examples.length ? ", …" : ""})`,
    ),
  ].join("\n");
}
