/**
 * The whole way, from a shop's raw files to recommendations, with the same functions that the commands call: export → prepare → encode pictures
 * and texts → look at what they carry → train → compare → report. Nothing of it is computed beforehand.
 */
import fs from "node:fs";
import path from "node:path";
import { type Dataset, inspectDataset, readDataset, writeFileAtomically } from "../data/index.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { ConfigError } from "../errors.ts";
import { type EncodingReport, encodeDataset } from "../features/encode-dataset.ts";
import type { Encoder } from "../features/encoder.ts";
import { createImageEncoder } from "../features/image/open-image-encoder.ts";
import { createTextEncoder } from "../features/text/open-text-encoder.ts";
import type { ModelName } from "../models/configuration.ts";
import { fileSource } from "../preparation/file-source.ts";
import { prepareDataset } from "../preparation/index.ts";
import { trainRun } from "../runs/train-run.ts";
import type { TrainingOptionsInput } from "../training/configuration.ts";
import { imagesFolder, ordersFile, productsFile, writeRawFiles } from "./raw-files.ts";
import { type LiftRecord, renderPage, type StageRecord } from "./report/page.ts";
import { makeShop, type Shop, type ShopSize } from "./shop.ts";
import { makeShowcase, type Showcase, type TrainedModel } from "./showcase.ts";

export interface JourneyObserver {
  begins(name: string): void;
  /** @param share 0 to 1 of the stage @param note what there is to say about it meanwhile */
  progress(share: number, note?: string): void;
  ends(stage: StageRecord): void;
}

export interface JourneyRequest extends ShopSize {
  /** Folder for everything; what an earlier journey left there is replaced. */
  readonly out: string;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly observer?: JourneyObserver | undefined;
  /** Of each training, at most; default 100. */
  readonly epochs?: number | undefined;
}

export interface Journey {
  readonly shop: Shop;
  readonly dataset: Dataset;
  readonly datasetFolder: string;
  readonly stages: readonly StageRecord[];
  readonly lifts: readonly LiftRecord[];
  readonly showcase: Showcase;
  readonly report: string;
}

interface Contestant {
  readonly title: string;
  readonly sees: string;
  readonly folder: string;
  readonly model: ModelName;
  readonly options: TrainingOptionsInput;
}

/** The same for every model, sized to a shop of this size and a minute of patience. */
const trainingOptions = { batchSize: 512, learningRate: 5e-3, sampler: "by-interaction", patience: 3 } as const;

const contestants: readonly Contestant[] = [
  { title: "LATTICE", sees: "purchases, pictures, texts", folder: "lattice", model: "lattice", options: {} },
  {
    title: "pictures only",
    sees: "LATTICE without texts",
    folder: "lattice-pictures",
    model: "lattice",
    options: { modalities: ["image"] },
  },
  {
    title: "texts only",
    sees: "LATTICE without pictures",
    folder: "lattice-texts",
    model: "lattice",
    options: { modalities: ["text"] },
  },
  { title: "LightGCN", sees: "purchases", folder: "lightgcn", model: "lightgcn", options: {} },
  { title: "MF", sees: "purchases", folder: "mf", model: "mf", options: {} },
];

const count = (value: number): string => value.toLocaleString("en-GB");

/** Takes away an earlier export; somebody's other files are never touched. */
function clearExport(folder: string): void {
  if (!fs.existsSync(folder)) return;
  const ours = [ordersFile, productsFile, imagesFolder];
  const foreign = fs.readdirSync(folder).filter((name) => !ours.includes(name));
  if (foreign.length > 0) {
    throw new ConfigError(
      `--out: ${folder} holds ${foreign.slice(0, 3).join(", ")}, which the demonstration did not write; choose another folder`,
    );
  }
  for (const name of ours) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
}

function encodingText({ encoded, items, columns, missing }: EncodingReport): string {
  const empty = missing.find(({ reason }) => reason === "the column is empty")?.count ?? 0;
  const broken = items - encoded - empty;
  const absent = [
    ...(empty === 0 ? [] : [`${count(empty)} have none`]),
    ...(broken === 0 ? [] : [`${count(broken)} are broken`]),
  ];
  const rows = `${count(encoded)} of ${count(items)} products as ${columns} values each`;
  return absent.length === 0 ? rows : `${rows}; ${absent.join(", ")}`;
}

/** @throws LatticeworkError as its steps do; whatever they throw when the signal is aborted */
export async function runJourney(request: JourneyRequest): Promise<Journey> {
  const { out, items, users, seed, threads, signal, observer, epochs = 100 } = request;
  const stages: StageRecord[] = [];
  const stage = async <Value>(
    name: string,
    work: () => Promise<readonly [result: string, value: Value]>,
  ): Promise<Value> => {
    signal?.throwIfAborted();
    observer?.begins(name);
    const begun = performance.now();
    const [result, value] = await work();
    const record = { name, result, seconds: (performance.now() - begun) / 1000 };
    stages.push(record);
    observer?.ends(record);
    return value;
  };
  const exportFolder = path.join(out, "export");
  const datasetFolder = path.join(out, "dataset");

  const shop = await stage("raw files", async () => {
    const made = makeShop({ items, users, seed });
    clearExport(exportFolder);
    await writeRawFiles(exportFolder, made, {
      onProgress: (done, total) => observer?.progress(done / total, `${count(done)} pictures drawn`),
      signal,
    });
    const pictures = made.products.filter(({ picture }) => picture !== "none").length;
    return [
      `${ordersFile} with ${count(made.orders.length)} rows, ${productsFile} with ${count(items)}, ${count(pictures)} pictures`,
      made,
    ];
  });

  await stage("prepare", async () => {
    const report = await prepareDataset({
      source: fileSource({
        file: path.join(exportFolder, ordersFile),
        items: { file: path.join(exportFolder, productsFile) },
      }),
      out: datasetFolder,
      overwrite: true,
      name: "demo",
      events: { purchase: 1, return: "dislike" },
      repeats: "once",
      minimumUserInteractions: 4,
      method: "ratio",
      seed,
      threads,
      signal,
      onProgress: ({ step, share }) => observer?.progress(share ?? 0, step),
    });
    const { split } = report;
    return [
      `${count(report.users)} customers, ${count(report.items)} products; ${count(split.train)} purchases to learn from, ${count(split.validation + split.test)} held out, ${count(split.dislike)} returns`,
      report,
    ];
  });

  const encode = async (modality: string, column: string, encoder: Encoder): Promise<EncodingReport> => {
    try {
      return await encodeDataset({
        folder: datasetFolder,
        modality,
        column,
        encoder,
        signal,
        onProgress: ({ share }) => observer?.progress(share),
      });
    } finally {
      if (encoder.kind === "item") await encoder.close();
    }
  };
  await stage("pictures", async () => {
    const report = await encode("image", "image", await createImageEncoder({ imageRoot: exportFolder }));
    return [encodingText(report), report];
  });
  await stage("texts", async () => {
    const report = await encode("text", "description", createTextEncoder({ seed, threads }));
    return [encodingText(report), report];
  });

  const engine = await openEngine({ threads });
  try {
    const dataset = await readDataset(datasetFolder);
    const lifts = await stage("look", async () => {
      const found = liftsOf(dataset, engine, seed);
      return [liftText(found), found];
    });
    const models: TrainedModel[] = [];
    for (const { title, sees, folder, model, options } of contestants) {
      const trained = await stage(title, async () => {
        const run = await trainRun({
          dataset,
          out: path.join(out, "runs", folder),
          model,
          options: { ...trainingOptions, epochs, ...options },
          seed,
          engine,
          overwrite: true,
          signal,
          onEvent: (event) => {
            if (event.kind === "step") observer?.progress((event.epoch + event.step / event.steps) / epochs);
            if (event.kind === "epoch" && event.best !== undefined) {
              observer?.progress(
                (event.record.epoch + 1) / epochs,
                `epoch ${event.record.epoch}, best recall@20 ${event.best.value.toFixed(4)}`,
              );
            }
          },
        });
        const { metrics } = run;
        return [
          `${sees}: ${metrics.epochs} epochs, recall@20 ${(metrics.test["recall@20"] ?? 0).toFixed(4)}`,
          { title, sees, folder: run.folder, metrics },
        ];
      });
      models.push(trained);
    }
    const report = path.join(out, "report.html");
    const showcase = await stage("compare", async () => {
      const made = await makeShowcase(shop, dataset, models);
      return [
        `${made.customers.length} customers and ${made.similar.length} products with what each model makes of them`,
        made,
      ];
    });
    writeFileAtomically(
      report,
      await renderPage({ shop, exportFolder, stages, lifts, showcase, next: nextCommands(out, showcase) }),
    );
    return { shop, dataset, datasetFolder, stages, lifts, showcase, report };
  } finally {
    engine.close();
  }
}

function liftsOf(dataset: Dataset, engine: Engine, seed: number): readonly LiftRecord[] {
  const { modalities } = inspectDataset(dataset, engine, { seed });
  return modalities.map(({ name, preference }) => ({ modality: name, lift: preference.lift }));
}

function liftText(lifts: readonly LiftRecord[]): string {
  const parts = lifts.map(({ modality, lift }) => `${modality} ${lift === undefined ? "–" : `× ${lift.toFixed(2)}`}`);
  return `shared customers of the nearest products against any two: ${parts.join(", ")}`;
}

/** What to try afterwards, as command lines. */
export function nextCommands(out: string, { customers, similar }: Showcase): readonly string[] {
  const lattice = path.join(out, "runs", "lattice");
  return [
    `latticework inspect ${path.join(out, "dataset")}`,
    `latticework recommend ${lattice} --user ${customers[0]?.id ?? ""}`,
    ...(similar[0] === undefined ? [] : [`latticework similar ${lattice} --item ${similar[0].sku} --by image`]),
  ];
}
