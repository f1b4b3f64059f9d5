/**
 * The training loop (specification, section 5): epochs of BPR steps, selection by the validation set with early stopping, checkpoints,
 * and at the end the parameters of the best epoch. It never looks at the test set.
 */
import type { Dataset } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { evaluateInBlocks, usersWithItems } from "../evaluation/evaluate.ts";
import { cutoffOf, type MetricTable } from "../evaluation/metric-table.ts";
import type { Model } from "../models/model.ts";
import { createBestParameters } from "./best-parameters.ts";
import { type Breather, createBreather } from "./breather.ts";
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

/**
 * Trains until the last epoch, until validation has found no new best for too long, or until the signal.
 * @throws DatasetError when there is nothing to train on; RunError when the loss is no longer finite; EngineError when memory does not suffice
 */
export async function train(request: TrainingRequest): Promise<TrainingResult> {
  const { model, dataset, options, seed, signal } = request;
  const onEvent = request.onEvent ?? (() => {});
  const started = performance.now();
  const sampler = createSampler(dataset.interactions.train, options, seed);
  if (sampler.usersWithoutNegatives > 0) {
    onEvent({
      kind: "notice",
      message: `${sampler.usersWithoutNegatives} users have every candidate item and are left out of sampling`,
    });
  }
  const validated = usersWithItems(dataset.interactions.validation).length > 0;
  if (!validated) {
    onEvent({
      kind: "notice",
      message: `no validation interactions: all ${options.epochs} epochs are trained and the last is kept`,
    });
  }

  const breather = createBreather();
  const timeLeft = createTimeLeft(options.epochs, options.validateEvery);
  const best = createBestParameters(model.parameters);
  const history: EpochRecord[] = [];
  let selection = noSelection;
  let interrupted = false;

  const announceStop = (): void =>
    onEvent({ kind: "notice", message: `stopping: epoch ${history.length} is finished first` });
  signal?.addEventListener("abort", announceStop, { once: true });
  try {
    while (history.length < options.epochs && !isExhausted(selection, options.patience)) {
      if (signal?.aborted) {
        interrupted = true;
        break;
      }
      const epoch = history.length;
      const losses = await trainEpoch({ model, sampler, options, seed, epoch, breather, onEvent });
      let validation: MetricTable | undefined;
      const validationStarted = performance.now();
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
      const bestSoFar =
        selection.bestEpoch < 0 ? undefined : { epoch: selection.bestEpoch, value: selection.bestValue };
      onEvent({ kind: "epoch", record, best: bestSoFar, secondsLeft: timeLeft.after(epoch) });
      await breather.turn();
    }
  } finally {
    signal?.removeEventListener("abort", announceStop);
  }

  best.restore();
  const bestEpoch = selection.bestEpoch < 0 ? history.length - 1 : selection.bestEpoch;
  return {
    history,
    epochs: history.length,
    bestEpoch,
    validation: history[bestEpoch]?.validation ?? {},
    seconds: {
      total: secondsSince(started),
      perEpoch: history.reduce((sum, record) => sum + record.seconds, 0) / Math.max(1, history.length),
      graph: model.graphSeconds,
    },
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    interrupted,
  };
}
