/**
 * The training loop (specification, section 5): epochs of BPR steps, selection by the validation set with early stopping, checkpoints,
 * and at the end the parameters of the best epoch. It never looks at the test set.
 */
import type { Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { RunError } from "../errors.ts";
import { evaluateInBlocks, usersWithItems } from "../evaluation/evaluate.ts";
import { cutoffOf, type MetricTable } from "../evaluation/metric-table.ts";
import type { Model } from "../models/model.ts";
import { createBestParameters } from "./best-parameters.ts";
import { type Breather, createBreather } from "./breather.ts";
import type { CheckpointIdentity } from "./checkpoint-format.ts";
import { loadCheckpoint } from "./checkpoint-reader.ts";
import { type CheckpointWriter, createCheckpointWriter } from "./checkpoint-writer.ts";
import type { TrainingOptions } from "./configuration.ts";
import { isExhausted, noSelection, select } from "./early-stopping.ts";
import { trainEpoch } from "./epoch.ts";
import type { EpochRecord, TrainingEvent, TrainingResult } from "./events.ts";
import { createSampler } from "./samplers.ts";
import { createTimeLeft } from "./time-left.ts";

export interface TrainingRequest {
  readonly engine: Engine;
  /** Made for this dataset, engine and seed; afterwards its parameters hold the best epoch's values. */
  readonly model: Model;
  readonly dataset: Dataset;
  readonly options: TrainingOptions;
  /** Decides, with the options and the dataset, every byte of the weights. */
  readonly seed: number;
  /** When aborted, the epoch is finished, a checkpoint written, and the result says `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Where checkpoints go, at most every half minute and at the end; absent: none are written. */
  readonly checkpointFolder?: string | undefined;
  /** Continue from the checkpoint in that folder, to the same bytes as without the stop. */
  readonly resume?: boolean | undefined;
}

/** Cutoffs of validation figures, besides the one that selects. */
const validationCutoffs = [10, 20];

async function validate(request: TrainingRequest, breather: Breather): Promise<MetricTable> {
  const { engine, model, dataset, options } = request;
  const embeddings = model.finalEmbeddings();
  try {
    const blocks = evaluateInBlocks({
      engine,
      embeddings,
      interactions: dataset.interactions,
      split: "validation",
      cutoffs: [...validationCutoffs, cutoffOf(options.validateBy)],
      ndcg: options.ndcg,
    });
    let next = blocks.next();
    while (next.done !== true) {
      if (breather.isDue()) await breather.turn();
      next = blocks.next();
    }
    return next.value;
  } finally {
    engine.release(embeddings.users.data);
    engine.release(embeddings.items.data);
  }
}

const secondsSince = (milliseconds: number): number => (performance.now() - milliseconds) / 1000;

/** A checkpoint is due half a minute after the last, and so rarely that saving takes at most a twentieth of the time. */
function createCheckpointClock(): { isDue(): boolean; time(save: () => void): void } {
  let last = performance.now();
  let interval = 30_000;
  return {
    isDue: () => performance.now() - last >= interval,
    time: (save) => {
      const started = performance.now();
      save();
      last = performance.now();
      interval = Math.max(30_000, 20 * (last - started));
    },
  };
}

function identityOf({ engine, model, dataset, options, seed }: TrainingRequest): CheckpointIdentity {
  return {
    model: model.name,
    dataset: dataset.fingerprint,
    seed,
    engine: `${engine.name} ${engine.precision}`,
    options: { ...options },
  };
}

/**
 * Trains until the last epoch, until validation has found no new best for too long, or until the signal.
 * @throws DatasetError when there is nothing to train on; RunError when the loss is no longer finite, a checkpoint cannot be
 * saved, or the one to resume is damaged or of another training; EngineError when memory does not suffice
 */
export async function train(request: TrainingRequest): Promise<TrainingResult> {
  const { model, dataset, options, seed, signal, checkpointFolder } = request;
  const onEvent = request.onEvent ?? (() => {});
  const notice = (message: string): void => onEvent({ kind: "notice", message });
  const started = performance.now();
  const sampler = createSampler(dataset.interactions.train, options, seed);
  if (sampler.usersWithoutNegatives > 0) {
    notice(`${sampler.usersWithoutNegatives} users have every candidate item and are left out of sampling`);
  }
  const validated = usersWithItems(dataset.interactions.validation).length > 0;
  if (!validated) notice(`no validation interactions: all ${options.epochs} epochs are trained and the last is kept`);

  const breather = createBreather();
  const timeLeft = createTimeLeft(options.epochs, options.validateEvery);
  const best = createBestParameters(model.parameters);
  const history: EpochRecord[] = [];
  let selection = noSelection;
  let secondsBefore = 0;
  let interrupted = false;
  let savedEpochs: number | undefined;
  let writer: CheckpointWriter | undefined;
  const clock = createCheckpointClock();

  if (request.resume === true) {
    if (checkpointFolder === undefined) throw new RunError("resume: no checkpoint folder was given to continue from");
    const loaded = loadCheckpoint(checkpointFolder, identityOf(request), model.parameters);
    history.push(...loaded.history);
    selection = loaded.selection;
    secondsBefore = loaded.seconds;
    savedEpochs = history.length;
    if (loaded.best !== undefined) best.adopt(loaded.best);
    const bestFile = loaded.bestPart && { bestEpoch: selection.bestEpoch, part: loaded.bestPart };
    writer = createCheckpointWriter(checkpointFolder, identityOf(request), model.parameters, bestFile);
    notice(`continuing after ${history.length} epochs`);
  } else if (checkpointFolder !== undefined) {
    writer = createCheckpointWriter(checkpointFolder, identityOf(request), model.parameters);
  }

  const saveCheckpoint = (): void => {
    if (writer === undefined || savedEpochs === history.length) return;
    const { save } = writer;
    clock.time(() => save({ history, selection, best: best.values(), seconds: secondsBefore + secondsSince(started) }));
    savedEpochs = history.length;
    onEvent({ kind: "checkpoint", epoch: history.length - 1 });
  };

  const runEpoch = async (epoch: number): Promise<void> => {
    const losses = await trainEpoch({ model, sampler, options, seed, epoch, breather, onEvent });
    const validationStarted = performance.now();
    let validation: MetricTable | undefined;
    if (validated && epoch % options.validateEvery === 0) {
      validation = await validate(request, breather);
      selection = select(selection, epoch, validation[options.validateBy] ?? 0);
      if (selection.bestEpoch === epoch) best.take();
    }
    timeLeft.record(losses.seconds, validation && secondsSince(validationStarted));
    const record: EpochRecord = {
      epoch,
      loss: losses.ranking + losses.regularisation,
      rankingLoss: losses.ranking,
      regularisationLoss: losses.regularisation,
      learningRate: losses.learningRate,
      seconds: losses.seconds,
      validation,
      modalityWeights: model.modalityWeights(),
    };
    history.push(record);
    const { bestEpoch, bestValue } = selection;
    onEvent({
      kind: "epoch",
      record,
      best: bestEpoch < 0 ? undefined : { epoch: bestEpoch, value: bestValue },
      secondsLeft: timeLeft.after(epoch),
    });
  };

  const announceStop = (): void => notice(`stopping: epoch ${history.length} is finished first`);
  signal?.addEventListener("abort", announceStop, { once: true });
  try {
    while (history.length < options.epochs && !isExhausted(selection, options.patience)) {
      if (signal?.aborted) {
        interrupted = true;
        break;
      }
      await runEpoch(history.length);
      if (clock.isDue()) saveCheckpoint();
      await breather.turn();
    }
  } finally {
    signal?.removeEventListener("abort", announceStop);
  }
  saveCheckpoint();

  best.restore();
  const bestEpoch = selection.bestEpoch < 0 ? history.length - 1 : selection.bestEpoch;
  return {
    history,
    epochs: history.length,
    bestEpoch,
    validation: history[bestEpoch]?.validation ?? {},
    seconds: {
      total: secondsBefore + secondsSince(started),
      perEpoch: history.reduce((sum, record) => sum + record.seconds, 0) / Math.max(1, history.length),
      graph: model.graphSeconds,
    },
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    interrupted,
  };
}
