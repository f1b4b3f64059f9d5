/**
 * From a dataset to a finished run: options are parsed and held against the data, memory is told before the start, the model
 * trains, the test set is looked at once with the best epoch's parameters, and the run is written.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Dataset } from "../data/dataset.ts";
import { readDataset } from "../data/index.ts";
import { changedModality } from "../data/modality-content.ts";
import type { Engine } from "../engine/engine.ts";
import { openEngine } from "../engine/open.ts";
import { LatticeworkError, RunError } from "../errors.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import { cutoffOf } from "../evaluation/metric-table.ts";
import { usesModalities } from "../models/configuration.ts";
import { createModel } from "../models/index.ts";
import { selectModalities } from "../models/modality-selection.ts";
import type { Model } from "../models/model.ts";
import type { TrainingOptions } from "../training/configuration.ts";
import { estimateMemory } from "../training/estimate.ts";
import type { MetricTable, TrainingResult } from "../training/events.ts";
import { train } from "../training/train.ts";
import { checkOptions } from "./check-options.ts";
import { collectWeights } from "./collect-weights.ts";
import { summariseDataset } from "./dataset-summary.ts";
import { describeEnvironment } from "./environment.ts";
import { checkStart, clearRun } from "./folder-state.ts";
import { openRun, type Run, readRunConfig } from "./open-run.ts";
import { amount } from "./report/names.ts";
import { checkpointFolderName, type RunConfig, runFormatVersion } from "./run-format.ts";
import { planTraining, type TrainingPlan, type TrainRunRequest } from "./training-plan.ts";
import { resumedOrigin, warmStart, warmStartOrigin } from "./warm-start.ts";
import { type RunContent, writeRun, writeUnfinishedConfig } from "./write-run.ts";

export type { TrainRunRequest };

/** A training that its signal ended before its time; `out` holds a checkpoint to resume from. */
export class InterruptedError extends LatticeworkError {
  override readonly name = "InterruptedError";
  readonly folder: string;
  /** Epochs that are done. */
  readonly epochs: number;

  constructor(folder: string, epochs: number) {
    super(`training stopped after ${epochs} epochs; continue it with train --resume (run folder ${folder})`);
    this.folder = folder;
    this.epochs = epochs;
  }
}

/** Cutoffs of the figures every run has. */
const reportedCutoffs = [10, 20];

function testFigures(engine: Engine, model: Model, dataset: Dataset, options: TrainingOptions): MetricTable {
  if (dataset.interactions.test.columnIndices.length === 0) return {};
  const embeddings = model.finalEmbeddings();
  try {
    return evaluate({
      engine,
      embeddings,
      interactions: dataset.interactions,
      dislikes: dataset.dislikes,
      split: "test",
      cutoffs: [...new Set([...reportedCutoffs, cutoffOf(options.validateBy)])].sort((a, b) => a - b),
      maskValidation: options.maskValidation,
      ndcg: options.ndcg,
    });
  } finally {
    engine.release(embeddings.users.data);
    engine.release(embeddings.items.data);
  }
}

const secondsBetweenNotices = 5;

/** Tells how far the initial graphs are, now and then, and lets everything else take its turn between blocks. */
function graphProgress(notice: (message: string) => void, checkSignal: () => void) {
  let told = performance.now();
  return async (modality: string, share: number): Promise<void> => {
    await setImmediate();
    checkSignal();
    if (performance.now() - told < 1000 * secondsBetweenNotices) return;
    told = performance.now();
    notice(`finding the nearest items by ${modality}: ${Math.floor(100 * share)}% done`);
  };
}

/** Writes the run; the checkpoint survives when that fails, so nothing has to be trained again. */
async function saveRun(out: string, content: RunContent): Promise<void> {
  try {
    await writeRun(out, content);
  } catch (error) {
    if (!(error instanceof LatticeworkError)) throw error;
    throw new RunError(`${error.message}; the training is kept in its checkpoint: continue with train --resume`, {
      cause: error,
    });
  }
}

/** Trains on an open engine and writes the run. */
async function trainOn(engine: Engine, dataset: Dataset, plan: TrainingPlan, request: TrainRunRequest): Promise<void> {
  const { model: modelName, backbone, options, seed } = plan;
  const { out, signal, onEvent } = request;
  const notice = (message: string): void => onEvent?.({ kind: "notice", message });
  const modalities = selectModalities(dataset, options.modalities);
  const checkpointFolder = path.join(out, checkpointFolderName);
  const resume = request.resume === true && fs.existsSync(checkpointFolder);
  if (request.resume === true && !resume) notice("no checkpoint was saved yet: starting from the beginning");
  const before = request.resume === true ? readRunConfig(out) : undefined;
  const changed = resume && before !== undefined ? changedModality(before.dataset.modalities, modalities) : undefined;
  if (changed !== undefined) {
    throw new RunError(
      `${out} was begun with other ${changed} features than ${dataset.name} has now; bring those back, or train into another folder`,
    );
  }
  const start =
    before?.warmStart === undefined || resume
      ? request.warmStart
      : (request.warmStart ?? resumedOrigin(before.warmStart));
  const origin = before?.warmStart ?? (start && warmStartOrigin(start));
  const config: RunConfig = {
    formatVersion: runFormatVersion,
    status: "unfinished",
    model: modelName,
    ...(backbone === undefined ? {} : { backbone }),
    seed,
    options,
    dataset: summariseDataset(dataset, usesModalities(modelName) ? modalities : []),
    environment: describeEnvironment(engine),
    ...(origin === undefined ? {} : { warmStart: origin }),
    startedAt: before?.startedAt ?? new Date().toISOString(),
  };
  const begin = (): void => {
    if (request.resume !== true) clearRun(out);
    writeUnfinishedConfig(out, config);
  };
  const onGraphProgress = graphProgress(notice, () => {
    if (signal?.aborted !== true) return;
    begin();
    throw new InterruptedError(out, 0);
  });

  const setup = { model: modelName, backbone: backbone ?? "lightgcn", options, seed, onGraphProgress };
  const model = await createModel(engine, dataset, setup);
  try {
    if (start !== undefined) {
      const { users, items } = warmStart(model, dataset, start);
      notice(
        `warm start from ${start.run}: it knows ${users} of ${dataset.users} users and ${items} of ${dataset.items} items`,
      );
    }
    begin();
    const result: TrainingResult = await train({
      engine,
      model,
      dataset,
      options,
      seed,
      signal,
      onEvent,
      checkpointFolder,
      resume,
    });
    if (result.interrupted) throw new InterruptedError(out, result.epochs);
    const test = testFigures(engine, model, dataset, options);
    const weights = collectWeights(model, dataset);
    await saveRun(out, {
      config: { ...config, status: "finished", finishedAt: new Date().toISOString() },
      metrics: {
        model: modelName,
        ...(backbone === undefined ? {} : { backbone }),
        dataset: dataset.name,
        seed,
        epochs: result.epochs,
        bestEpoch: result.bestEpoch,
        validation: result.validation,
        test,
        seconds: { ...result.seconds, total: result.seconds.total + result.seconds.graph },
        peakMemoryBytes: Math.max(result.peakMemoryBytes, process.resourceUsage().maxRSS * 1024),
      },
      history: result.history,
      ids: {
        users: [...dataset.userIds],
        items: [...dataset.itemIds],
        ...(dataset.itemTitles === undefined ? {} : { titles: [...dataset.itemTitles] }),
      },
      weights,
    });
  } finally {
    model.dispose();
  }
}

/**
 * Trains a model and writes the run folder.
 * @returns the finished run, opened
 * @throws ConfigError for options that cannot be (before anything is written); DatasetError for data that cannot be used;
 * RunError when `out` holds something that would be lost, or the checkpoint does not fit; EngineError when memory does not
 * suffice; InterruptedError when the signal ended it
 */
export async function trainRun(request: TrainRunRequest): Promise<Run> {
  checkStart(request.out, { resume: request.resume === true, overwrite: request.overwrite === true });
  const plan = planTraining(request);
  const dataset =
    typeof request.dataset === "string"
      ? await readDataset(request.dataset, { modalities: plan.options.modalities })
      : request.dataset;
  for (const message of checkOptions(dataset, plan.model, plan.options, plan.given)) {
    request.onEvent?.({ kind: "notice", message });
  }
  const threads = request.threads ?? request.engine?.threads ?? os.availableParallelism();
  const { bytes } = estimateMemory(dataset, plan.model, plan.options, threads, { backbone: plan.backbone });
  request.onEvent?.({ kind: "notice", message: `memory needed: about ${amount(bytes)}` });
  const engine = request.engine ?? (await openEngine({ threads }));
  try {
    await trainOn(engine, dataset, plan, request);
  } finally {
    if (request.engine === undefined) engine.close();
  }
  return openRun(request.out);
}
